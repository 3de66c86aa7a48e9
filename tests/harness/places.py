"""Where things are, and the lists that the tests share with the sources."""

import pathlib
import re

TOP = pathlib.Path(__file__).resolve().parents[2]
BUILD = TOP / "build"
DISK = BUILD / "disk.img"
TEST_DISK = BUILD / "test.img"  # the tests' programs beside the others
CHECKED_DISK = BUILD / "checked.img"  # the same with the checked kernel, which looks for mistakes of its own
SYMBOLS = BUILD / "megha.sym"

SECTOR = 512
# How NASM is strict, which depends on its version; the build says so in one place.
NASM_WARN = re.search(r"(?m)^NASM_WARN := (.+)$", (TOP / "tools/Makefile").read_text(encoding="utf-8"))[1].split()


def milestones():
    """The milestones of include/boot/milestones.def as (number, name, file, sentence), in their order."""
    text = (TOP / "include/boot/milestones.def").read_text(encoding="utf-8")
    found = re.findall(r'^MILESTONE\((\d+), (\w+), "([^"]+)",\s*"([^"]+)"\)', text, re.MULTILINE)
    return [(int(number), name, file, sentence) for number, name, file, sentence in found]


def layout_number(name, header="boot/layout.h"):
    """A number of such a header, which may be derived from others there."""
    text = (TOP / "include" / header).read_text(encoding="utf-8")
    value = re.search(rf"(?m)^#define {name}\s+(.+?)(?:\s*/\*.*)?$", text)[1]
    value = re.sub(r"\b(0x[0-9A-Fa-f]+|\d+)[uUlL]+\b", r"\1", value)
    while names := re.findall(r"[A-Z]\w+", re.sub(r"0x[0-9A-Fa-f]+", "", value)):
        for other in names:
            value = re.sub(rf"\b{other}\b", f"({layout_number(other, header)})", value)
    return int(eval(value, {"__builtins__": {}}))  # numbers, brackets and operators only


def symbols():
    """Names and addresses of loader and kernel."""
    pairs = (line.split() for line in SYMBOLS.read_text(encoding="ascii").splitlines())
    return {name: int(address, 16) for address, name in pairs}
