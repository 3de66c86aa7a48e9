"""Where things are, and the lists that the tests share with the sources."""

import pathlib
import re

TOP = pathlib.Path(__file__).resolve().parents[2]
BUILD = TOP / "build"
DISK = BUILD / "disk.img"
TEST_DISK = BUILD / "test.img"
SYMBOLS = BUILD / "megha.sym"

SECTOR = 512


def milestones():
    """The milestones of include/boot/milestones.def as (number, name, file, sentence), in their order."""
    text = (TOP / "include/boot/milestones.def").read_text(encoding="utf-8")
    found = re.findall(r'^MILESTONE\((\d+), (\w+), "([^"]+)",\s*"([^"]+)"\)', text, re.MULTILINE)
    return [(int(number), name, file, sentence) for number, name, file, sentence in found]


def symbols():
    """Names and addresses of loader and kernel."""
    pairs = (line.split() for line in SYMBOLS.read_text(encoding="ascii").splitlines())
    return {name: int(address, 16) for address, name in pairs}
