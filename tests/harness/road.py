"""What every machine has to show on its way from the BIOS to the prompt."""

import re

from harness.machine import Mishap
from harness.places import milestones

LINE = re.compile(r"^\[ *(\d+)\.(\d{6})\] milestone (\d+) (\w+)$", re.MULTILINE)


def check_road(machine, text):
    """Checks that each milestone is told once, in the order of the list, with a clock that never goes back."""
    expected = [(number, name) for number, name, _, _ in milestones()]
    told = [(int(number), name) for _, _, number, name in LINE.findall(text)]
    if told != expected:
        missing = [f"{number} {name}" for number, name in expected if (number, name) not in told]
        what = f"missing: {', '.join(missing)}" if missing else f"told: {told}"
        raise Mishap(machine.tell(f"the milestones are not those of milestones.def in their order; {what}"))
    times = [int(seconds) * 1000000 + int(micros) for seconds, micros, _, _ in LINE.findall(text)]
    if times != sorted(times):
        raise Mishap(machine.tell(f"the clock goes back between milestones: {times}"))


def boot(machine):
    """Waits for the prompt and checks the road to it. Returns the text of the boot.

    Milestone 90 is told when the prompt waits, so its line may follow the prompt. It leaves the prompt behind it again.
    """
    text = machine.wait_for_prompt()
    if "milestone 90" not in text:
        text += machine.wait_for(r"milestone 90 \w+\n")
        machine.wait_for_prompt()
    check_road(machine, text)
    return text


def say_hello(machine):
    """Runs `hello` and checks what it prints."""
    output = machine.command("hello")
    if not re.fullmatch(r"Hello from ring 3, pid \d+\n", output):
        raise Mishap(machine.tell(f"hello printed {output!r}"))
