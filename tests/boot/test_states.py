"""The machine is at each milestone as docs/boot-sequence.md says."""

import re

from harness.bochs import Bochs
from harness.places import DISK, TOP, milestones

# Where ESP lies: (lowest, highest).
STACKS = {
    "the BIOS's": (0, 0xFFFFF),
    "below 0x7C00": (0x500, 0x7C00),
    "below 0x70000": (0x68000, 0x70000),
    "in the kernel's image": (0xC0100000, 0xC0400000),
    "a kernel stack": (0xF4000000, 0xF8000000),
}


def told_states():
    """The rows of the table: milestone, CS, protected mode, paging, interrupts, stack."""
    text = (TOP / "docs/boot-sequence.md").read_text(encoding="utf-8")
    rows = re.findall(r"(?m)^\| (\d+ \w+) \| ([\w, ]+) \| (yes|no) \| (yes|no) \| ([\w ]+) \| ([^|]+) \|$", text)
    return {milestone: state for milestone, *state in rows}


def state(machine):
    """CS, protected mode, paging and interrupts in the words of the table, and ESP."""
    registers = machine.registers()
    cs = int(re.search(r"cs:0x([0-9a-f]+)", machine.debug("sreg"))[1], 16)
    cr0 = int(re.search(r"CR0=0x([0-9a-f]+)", machine.debug("creg"))[1], 16)
    words = ("no", "yes")
    interrupts = "on" if registers["eflags"] >> 9 & 1 else "off"
    return [f"{cs:04X}", words[cr0 & 1], words[cr0 >> 31], interrupts], registers["esp"]


def test_the_machine_is_at_each_milestone_as_the_boot_sequence_says():
    told = told_states()
    names = [f"{number} {name}" for number, name, _, _ in milestones()]
    assert list(told) == names
    with Bochs(DISK) as machine:
        machine.load_symbols()
        for breakpoint_number, name in enumerate(names, 1):
            machine.debug(f'lb "milestone_{name.replace(" ", "_")}"')
            machine.go_to_stop()
            machine.debug(f"d {breakpoint_number}")
            *words, stack = told[name]
            found, esp = state(machine)
            differing = [pair for pair in zip(words, found) if pair[1] not in re.findall(r"\w+", pair[0])]
            assert not differing, f"at {name} the page says {words}, but the machine is {found}"
            low, high = STACKS[stack]
            assert low <= esp <= high, f"at {name} ESP is {esp:#x}, and the page says: {stack}"
