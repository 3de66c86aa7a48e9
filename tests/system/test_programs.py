"""Runs each program of programs/ in test.img and compares what it prints with NAME/NAME.expected.

Process numbers and addresses differ from run to run and from build to build; in the transcripts they read `pid N`,
`at ADDRESS name+OFFSET` and `writing ADDRESS`; address 0 stands as it is.
Equal reports of the kernel that follow each other are one.
"""

import difflib
import pathlib
import re

import pytest

from harness.bochs import Bochs
from harness.places import CHECKED_DISK, TEST_DISK
from harness.qemu import Qemu
from harness.road import boot

PROGRAMS = sorted(path for path in (pathlib.Path(__file__).parent / "programs").iterdir() if path.is_dir())


MACHINES = {
    "QEMU": lambda: Qemu(CHECKED_DISK),
    "QEMU, plain kernel": lambda: Qemu(TEST_DISK),
    "Bochs": lambda: Bochs(CHECKED_DISK),
}


@pytest.fixture(scope="module", params=MACHINES.values(), ids=MACHINES.keys())
def machines(request):
    """One machine for all programs; after a test that failed, the next one gets a new one."""
    running = []

    def at_prompt():
        if not running:
            machine = request.param()
            running.append(machine.__enter__())
            if isinstance(machine, Bochs):
                machine.go()
            boot(machine)
        return running[0]

    def drop():
        running.pop().stop()

    at_prompt.drop = drop
    yield at_prompt
    while running:
        drop()


def normal(text):
    text = re.sub(r"\bpid \d+", "pid N", text)
    text = re.sub(r"\b(at|reading|writing|executing|ESP) 0x(?!0{8})[0-9A-Fa-f]{8}\b", r"\1 ADDRESS", text)
    text = re.sub(r"\+0x[0-9A-Fa-f]+\b", "+OFFSET", text)
    return re.sub(r"(?m)^(.* \(pid N\) (?:killed|ended before it began):.*\n)(?:\1)+", r"\1", text)


@pytest.mark.parametrize("program", PROGRAMS, ids=[path.name for path in PROGRAMS])
def test_what_it_prints_is_its_transcript(program, machines):
    path = program / f"{program.name}.expected"
    assert path.exists(), f"{path} is missing: the transcript that {program.name} has to print"
    expected = path.read_text(encoding="utf-8")
    machine = machines()
    try:
        printed = normal(machine.command(program.name))
        lines = expected.splitlines(), printed.splitlines()
        assert printed == expected, "\n".join(difflib.unified_diff(*lines, "expected", "printed", lineterm=""))
    except BaseException:
        machines.drop()
        raise
