"""docs/faults.md shows what Megha really prints, numbers aside."""

import re
import subprocess
import sys

import pytest

from harness.places import TEST_DISK, TOP
from harness.qemu import Qemu
from harness.road import boot

PAGE = TOP / "docs/faults.md"
LAST = "provoke broken_wild_call"


def blocks():
    """{command at the prompt: the lines shown below it}."""
    found = {}
    for block in re.findall(r"(?m)(?:^    .*\n|^\n(?=    \S))+", PAGE.read_text(encoding="utf-8")):
        lines = [line[4:] for line in block.splitlines() if line.strip()]
        if lines and lines[0].startswith("megha> "):
            found[lines[0].removeprefix("megha> ")] = lines[1:]
    return found


def alike(text):
    """Lines without their numbers; times of the log and what it says about memory differ from boot to boot."""
    lines = [re.sub(r"\b(0x)?[0-9A-Fa-f]*\d[0-9A-Fa-f]*\b|\b[0-9A-F]{2}\b", "#", line) for line in text]
    return [line.rstrip() for line in lines if line.strip() and not line.startswith("  [")]


@pytest.fixture(scope="module")
def printed():
    """{command: what it prints}, of one machine, the one that ends it last."""
    with Qemu(TEST_DISK, "-cpu", "max", panic_expected=True) as machine:
        boot(machine)
        told = {command: machine.command(command) for command in blocks() if command != LAST}
        machine.type(LAST + "\r")
        machine.wait_for("restart it.\n")
        told[LAST] = machine.serial[machine.serial.index("PANIC") :]
        return told


def test_the_page_shows_what_is_printed_now(printed):
    shown = blocks()
    assert {"crash jump", "why", LAST, "pages 0x400000"} <= set(shown)
    for command, lines in shown.items():
        assert alike(lines) == alike(printed[command].splitlines()), command


def test_the_page_shows_what_explain_makes_of_it(printed):
    explain = [sys.executable, TOP / "tools/explain.py"]
    told = subprocess.run(explain, input=printed["why"], text=True, capture_output=True, check=True).stdout
    page = PAGE.read_text(encoding="utf-8")
    for line in re.findall(r"(?m)^ +([\w/]+\.\w+):\d+  (.+)$", told):
        assert re.search(rf"{re.escape(line[0])}:\d+  {re.escape(line[1])}\n", page), line
