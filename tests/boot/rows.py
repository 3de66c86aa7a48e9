"""A row of the table of machines: how the machine is started, and what it has to tell about itself."""

import dataclasses
import re
import time
import typing

from harness.bochs import Bochs
from harness.machine import WAIT, Mishap
from harness.qemu import Qemu
from harness.road import boot, check_road, say_hello

MIB = 1 << 20
FIRMWARE_SHARE = 2 * MIB  # of the RAM; no firmware here keeps more
SCREEN_WAIT = 0.2  # seconds between two looks at a screen


@dataclasses.dataclass
class Row:
    """One machine. What it tells has to be so; None means that it may be anything."""

    name: str
    machine: typing.Callable
    quick: bool = False
    drive: str = "80"
    given: str = "80"
    method: str = "EDD"
    a20: str = "on"
    map: str = "E820"
    ram: int = 64  # MiB
    more: dict = dataclasses.field(default_factory=dict)  # values of other lines of `bootinfo --raw`, as patterns
    check: typing.Callable | None = None  # called with the machine at its prompt and what it told
    switches_off: bool = True
    serial: bool = True
    told: dict | None = None

    def run(self):
        with self.machine() as machine:
            if isinstance(machine, Bochs):
                machine.go()
            if not self.serial:
                self.told = run_by_screen(machine)
                return
            boot(machine)
            say_hello(machine)
            told = read_report(machine.command("bootinfo --raw"))
            self.compare(machine, told)
            if self.check:
                self.check(machine, told)
            if self.switches_off:
                machine.type("halt\r")
                check_end(machine)
            self.told = told

    def compare(self, machine, told):
        """Checks that the report fits the machine as it was started."""
        expected = {"drive": self.drive, "drive-given": self.given, "read-method": self.method, "a20": self.a20,
                    "map": self.map, **self.more}  # fmt: skip
        wrong = [f"{name} is {told[name]} instead of {value}" for name, value in expected.items()
                 if value is not None and not re.fullmatch(value, told[name])]  # fmt: skip
        ram = sum(int(length, 16) for _, length, kind, _ in told["bios-memory"] if kind == "1")
        if self.ram and not self.ram * MIB - FIRMWARE_SHARE <= ram <= self.ram * MIB:
            wrong.append(f"there are {ram} bytes of RAM instead of about {self.ram} MiB")
        wrong += check_map(told["memory"])
        if self.method == "CHS" and told["heads"] == "0":
            wrong.append("it was read by CHS, but there is no geometry")
        if wrong:
            raise Mishap(machine.tell("; ".join(wrong)))

    def line(self, result):
        """A line of the table that is printed."""
        told = self.told or {}
        values = [told.get(name, "-") for name in ("drive", "read-method", "a20", "map", "disk-reads", "disk-retries")]
        return (self.name, *values, result)


HEADINGS = ("machine", "drive", "read by", "A20", "map", "reads", "failed", "result")


def check_map(ranges):
    """What is wrong with a resolved map: it has to be sorted and without overlaps."""
    ends = [0] + [int(end, 16) for _, end, *_ in ranges]
    return [f"the range at {start} begins before the end of the one before it"
            for before, (start, *_) in zip(ends, ranges) if int(start, 16) < before]  # fmt: skip


def read_report(text):
    """What `bootinfo --raw` printed: {name: value}, and lists for the names that come more than once."""
    lines = text.splitlines()
    if "log" not in lines or lines[-1] != "end":
        raise Mishap(f"this is not the whole report: {text}")
    told = {"bios-memory": [], "memory": [], "milestone": []}
    for line in lines[: lines.index("log")]:
        name, _, value = line.partition(" ")
        if name == "memory":
            told[name].append(value.split(" ", 2))
        elif name in told:
            told[name].append(value.split())
        else:
            told[name] = value
    return told


def check_end(machine):
    status = machine.wait_for_end()
    if isinstance(machine, Bochs):
        if "shutdown requested" not in machine.log().lower():
            raise Mishap(machine.tell(f"Bochs ended with {status}, but not because it was switched off"))
    elif status:
        raise Mishap(machine.tell(f"QEMU ended with {status}"))


# ---- A machine without a serial port: all that there is are its screen and its keyboard


def wait_for_screen(machine, done):
    """Waits until the lines of the screen are as wanted."""
    end = time.monotonic() + WAIT
    while True:
        lines = [line.rstrip() for line in machine.screen() if line.strip()]
        if done(lines):
            return lines
        if time.monotonic() > end:
            raise Mishap("not in time, the screen shows:\n" + "\n".join(lines))
        time.sleep(SCREEN_WAIT)


def type_command(machine, word):
    """Types it on the keyboard. Returns what the screen shows behind it."""
    echo = f"megha> {word}"
    if isinstance(machine, Qemu):
        machine.press(*word, "ret")
    else:
        machine.press(word + "\r")
    lines = wait_for_screen(machine, lambda lines: echo in lines and lines[-1] == "megha>")
    return lines[lines.index(echo) + 1 : -1]


def run_by_screen(machine):
    """The road and hello, read from the screen."""
    wait_for_screen(machine, lambda lines: lines and lines[-1] == "megha>")
    lines = type_command(machine, "hello")
    if not re.fullmatch(r"Hello from ring 3, pid \d+", lines[0]):
        raise Mishap(f"hello printed {lines}")
    shown = "\n".join(type_command(machine, "milestones"))
    rows = re.findall(r"(?m)^ *(\d+) +(\w+) +(\d+\.\d{6})\b", shown)
    check_road(machine, "".join(f"[{time}] milestone {number} {name}\n" for number, name, time in rows))
    return {}
