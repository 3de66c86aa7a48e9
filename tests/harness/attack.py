"""Runs the programs of tests/hostile/programs on a machine, with a canary after each."""

import re
import time

from harness.bochs import Bochs
from harness.machine import PROMPT, WAIT, Mishap
from harness.places import CHECKED_DISK, TEST_DISK
from harness.qemu import Qemu
from harness.road import boot

COUNTERS = re.compile(r"^canary: (.*)$", re.MULTILINE)
CANARIES = 12  # tries until the counters are those from before
QUIET = 0.2  # seconds of the machine's clock without a word: what still ended in the background has ended
UPTIME = re.compile(rf"for (\d+\.\d{{3}}) seconds.*\n(?:.*\n)*?{PROMPT}")

# The checked kernel is attacked in QEMU, and the plain one on CPUs that have less, and in Bochs, which takes its time.
MACHINES = {
    "QEMU": lambda: Qemu(CHECKED_DISK, "-cpu", "max"),
    "QEMU, Pentium": lambda: Qemu(TEST_DISK, "-cpu", "pentium"),
    "Bochs": lambda: Bochs(TEST_DISK),
    "Bochs, Pentium": lambda: Bochs(TEST_DISK, "cpu: model=pentium, count=1, ips=4000000, reset_on_triple_fault=0"),
}


class Target:
    """A machine at its prompt that is attacked and has to stay what it was."""

    def __init__(self, name):
        self.name = name
        self.machine = None
        self.healthy = None  # the counters before any attack

    def start(self):
        self.machine = MACHINES[self.name]()
        self.machine.__enter__()
        if isinstance(self.machine, Bochs):
            self.machine.go()
        boot(self.machine)
        self.canary()
        self.healthy = self.canary()

    def ready(self):
        """Starts the machine if there is none; returns it."""
        if not self.machine:
            self.start()
        return self.machine

    def stop(self):
        if self.machine:
            self.machine.stop()
        self.machine = None

    def many(self, quick, slow):
        """How often something is done: Bochs takes its time."""
        return slow if "Bochs" in self.name else quick

    def canary(self):
        """Runs the canary; returns the counters of memory, processes and threads."""
        output = self.machine.command("canary")
        counters = COUNTERS.search(output)
        if "\npassed\n" not in output or not counters:
            raise Mishap(self.machine.tell(f"the canary is not well:\n{output}"))
        return counters[1]

    def settle(self):
        """Waits until the machine tells nothing by itself for a while of its own clock, which a busy computer slows."""
        quiet_since, end = None, time.monotonic() + WAIT
        while True:
            now, nothing_else = self.uptime()
            if not nothing_else:
                quiet_since = None
            quiet_since = quiet_since or now
            if now - quiet_since >= QUIET:
                return
            if time.monotonic() > end:
                raise Mishap(self.machine.tell(f"it is not quiet within {WAIT} seconds"))
            time.sleep(QUIET)

    def uptime(self):
        """The machine's clock, and whether nothing but this was told."""
        self.machine.type("uptime\r")
        told = self.machine.wait_for(UPTIME)
        return float(UPTIME.search(told)[1]), re.fullmatch(rf"uptime\n.*\n{PROMPT}", told) is not None

    def attack(self, command, expected, seconds=60):
        """Runs the command, which has to print lines that match, and the canary. Returns what it printed."""
        try:
            self.ready()
            return self.run(command, expected, seconds)
        except BaseException:
            self.stop()
            raise

    def run(self, command, expected, seconds):
        output = self.machine.command(command, seconds)
        wrong = [line for line in output.splitlines() if "WRONG" in line]
        if wrong or not re.search(rf"(?m)^{expected}$", output):
            ends = "\n".join(wrong or output.splitlines()[-8:])
            raise Mishap(f"{self.machine.what}: `{command}` did not end with `{expected}`:\n{ends}")
        self.settle()
        counters = "none"
        for _ in range(CANARIES):
            counters = self.canary()
            if counters == self.healthy:
                return output
            time.sleep(QUIET)
        raise Mishap(self.machine.tell(f"`{command}` left traces.\n  before: {self.healthy}\n  after:  {counters}"))
