"""Every preemption point and every wait of every system call meets every act of a neighbour.

The program `meetings` (programs/meetings) goes through all triples of call, point and act, on the checked kernel, whose
freed memory bites. A small machine: an act takes all of its memory.
"""

import re

import pytest

from harness.bochs import Bochs
from harness.machine import Mishap
from harness.places import CHECKED_DISK, TEST_DISK, TOP
from harness.qemu import Qemu
from harness.road import boot

LIMIT = 600  # seconds

# The machine's clocks count instructions, so that a run is the same each time, however busy this computer is.
BY_INSTRUCTIONS = ("-accel", "tcg", "-icount", "shift=0,sleep=off", "-rtc", "clock=vm")
CALL = re.compile(r"(?m)^\s*\S+ \((\w+)\): (?:(\d+) meetings|no point)$")
END = re.compile(r"(?m)^meetings: (\d+) of \d+ calls with \d+ acts, (\d+) wrong$")


def meet(machine, words, seconds):
    """Runs `meetings WORDS`; returns its text, how many met, and how often something was wrong."""
    text = machine.command(f"meetings {words}".rstrip(), seconds)
    end = END.search(text)
    wrong = [line for line in text.splitlines() if "WRONG" in line]
    if not end or wrong or end[2] != "0":
        raise Mishap(machine.tell(f"`meetings {words}` found:\n" + "\n".join(wrong or text.splitlines()[-8:])))
    return text, int(end[1])


def calls():
    text = (TOP / "include/abi/syscalls.def").read_text(encoding="utf-8")
    return set(re.findall(r"(?m)^SYSCALL\(\d+, (\w+)", text))


@pytest.mark.limit(LIMIT)
def test_every_point_of_every_call_meets_every_act(record_property):
    with Qemu(CHECKED_DISK, *BY_INSTRUCTIONS, memory="8M") as machine:
        boot(machine)
        text, met = meet(machine, "all", LIMIT - 30)
    told = {name for name, _ in CALL.findall(text)}
    assert told == calls(), "a system call has neither a host nor a reason in programs/meetings, or is gone"
    record_property("meetings", f"{met} triples of call, point and act")


def test_a_read_that_waits_ends_with_the_foreground():
    """At each of its points the reader loses the foreground: no key may reach it any more."""
    with Qemu(CHECKED_DISK, *BY_INSTRUCTIONS) as machine:
        boot(machine)
        for point in range(1, 20):
            machine.type(f"meetings lose {point}\r")
            met, result = re.search(r"(met|never met), then (\w+)\n", machine.wait_for(r"then \w+\n")).groups()
            machine.seen = len(machine.serial)
            if met == "never met":
                break
            assert result == "NOT_ALLOWED", f"at point {point}"
        assert point > 2, "a read has a copy and a wait at least"


@pytest.mark.long
@pytest.mark.limit(1800)
def test_they_meet_in_bochs_too():
    with Bochs(CHECKED_DISK, "megs: 8") as machine:
        machine.go()
        boot(machine)
        meet(machine, "", 1700)


def test_the_plain_kernel_arranges_no_meetings():
    with Qemu(TEST_DISK) as machine:
        boot(machine)
        assert "not the checked one" in machine.command("meetings")
