"""Disks with faults, and what Megha's loader has to say about them."""

import re

from harness.machine import Mishap
from harness.qemu import Qemu

WAIT = 10  # seconds; by then every failure is told


def with_errors(image, sector, once=False, **more):
    """QEMU with a disk on which reading one sector fails, always or once."""
    rules = f"{image.folder}/faults"
    with open(rules, "w", encoding="ascii") as out:
        out.write(f'[inject-error]\nevent = "read_aio"\nerrno = "5"\nsector = "{sector}"\n')
        out.write(f'once = "{"on" if once else "off"}"\n')
    drive = f"file=blkdebug:{rules}:{image.path},format=raw,if=ide"
    return Qemu(image.path, "-drive", drive, medium="none", **more)


def screen_of_stage1(machine):
    """Waits for stage 1's last words. They are on the screen only."""
    for _ in range(100):
        text = "\n".join(machine.screen())
        if "No Megha" in text:
            return text
        try:
            machine.wait_for("milestone", 0.2)
        except Mishap:
            continue
        raise Mishap(machine.tell("stage 2 runs, but stage 1 should have refused it"))
    raise Mishap(machine.tell("stage 1 says nothing"))


def check_restart(machine):
    """A key restarts the machine. One that was pressed before the machine listens is forgotten."""
    for _ in range(20):
        machine.press("spc")
        try:
            assert machine.wait_for_end(1) == 0
            return
        except Mishap:
            continue
    raise Mishap(machine.tell("no key restarts the machine"))


def advice_of(said):
    """The line that says what to do: above the facts, which the first block of stage 2 has no room for."""
    lines = said.splitlines()
    facts = [number for number, line in enumerate(lines) if line.startswith("Drive: ")]
    return lines[facts[0] - 1] if facts else lines[-2]


def fatal(machine, sentence):
    """Checks the sentence on the serial line and the screen, then that a key restarts the machine."""
    said = machine.wait_for(r"Megha cannot start: (?s:.*)Press a key to restart\.", WAIT)
    advice = advice_of(said)
    assert re.search(r"[A-Z]\w+ .*\.$", advice), f"the line `{advice}` does not say what to do: {said}"
    told = re.sub(r"\s+", " ", said[said.index("Megha cannot start") :])
    assert re.search(sentence, told), f"expected `{sentence}`, told: {told}"
    screen = re.sub(r"\s+", "", "".join(machine.screen()))
    assert re.sub(r"\s+", "", told) in screen, f"the screen says something else: {screen}"
    if isinstance(machine, Qemu):
        check_restart(machine)
    return told
