"""The first run: every instruction that the machine executes between two places, as Bochs traces them."""

import array
import dataclasses
import re
import subprocess
import tempfile
import threading

import bochs

TRACED = re.compile(rb"\] \[0x([0-9a-f]+)\] ([0-9a-f]{4}):([0-9a-f]+) \(.*?\): (.*?) *; ([0-9a-f]+)\r?$")
EVENT = re.compile(rb"CPU 0: (?:Interrupt|Exception) 0x([0-9a-f]+)")
TARGET = re.compile(r"\.[+-]\d+ +\((0x[0-9a-f]+)\)")
ZEROS = re.compile(r"0x0+(?=[0-9a-f])")
STEPS_MAX = 20_000_000
TIME_MAX = 300  # seconds
BIOS_SEGMENT = 0xC000  # in real mode; no code of ours lies so high


class Failed(bochs.Failed):
    """The machine did not come from one place to the other; the text is a sentence."""


@dataclasses.dataclass
class Instruction:
    """One instruction at one place, however often it is executed."""

    cs: int
    ip: int
    physical: int
    text: str
    bytes: str
    bios: bool

    @property
    def end(self):
        return self.ip + len(self.bytes) // 2

    @property
    def mnemonic(self):
        words = self.text.split()
        return words[1] if words[0] in ("rep", "repe", "repne", "lock") and len(words) > 1 else words[0]


class Recording:
    """instructions: each different one. steps: what was executed, as indexes into it. ticks: when. events: {step:
    vectors} of the interrupts and exceptions that came before that step."""

    def __init__(self):
        self.instructions, self.steps, self.ticks, self.events = [], array.array("I"), array.array("Q"), {}
        self.start_tick = 0

    def at(self, step):
        return self.instructions[self.steps[step]]


def parse(line):
    physical, cs, ip, text, code = TRACED.search(line).groups()
    text = ZEROS.sub("0x", TARGET.sub(r"\1", text.decode()))
    selector = int(cs, 16)
    return Instruction(selector, int(ip, 16), int(physical, 16), text, code.decode(), selector >= BIOS_SEGMENT)


def read(lines):
    """A Recording from the lines that Bochs prints."""
    found, known = Recording(), {}
    instructions, steps, ticks = found.instructions, found.steps, found.ticks
    for line in lines:
        if line.startswith(b"(0).["):
            bracket = line.index(b"]")
            key = line[bracket:]
            number = known.get(key)
            if number is None:
                if len(steps) > STEPS_MAX:
                    raise Failed(f"{STEPS_MAX:,} instructions, and the machine did not come to the end of the trace")
                number = known[key] = len(instructions)
                instructions.append(parse(line.rstrip()))
            steps.append(number)
            ticks.append(int(line[5:bracket]))
        elif line.startswith(b"CPU 0: ") and (match := EVENT.match(line)):
            found.events.setdefault(len(steps), []).append(int(match[1], 16))
    return found


def approach(start):
    """The debugger's commands from power-on to a place."""
    lines = ["pb 0x7c00", "c", "d 1"]
    return lines if start == 0x7C00 else [*lines, f"lb {start:#x}", "c", "d 2"]


def run_bochs(commands, folder, keep_output):
    """Runs a file of commands; passes the lines of output to keep_output and returns what that returns."""
    script = f"{folder}/commands.rc"
    with open(script, "w", encoding="ascii") as out:
        out.write("\n".join([*commands, "q"]) + "\n")
    command = bochs.debugger(script, bochs.headless(), f"com1: enabled=1, mode=file, dev={folder}/serial.txt",
                             f"log: {folder}/bochs.log", "magic_break: enabled=0")  # fmt: skip
    # Bochs is our own child, with no `timeout` between: only so does it end when we are killed.
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as run:
        limit = threading.Timer(TIME_MAX, run.kill)
        limit.start()
        try:
            return keep_output(run.stdout)
        finally:
            limit.cancel()
            run.kill()


def why(folder):
    """The end of what Bochs said in its log, and whether it is one that was tried."""
    try:
        with open(f"{folder}/bochs.log", encoding="utf-8", errors="replace") as log:
            said = log.read()[-300:]
    except OSError:
        said = "Bochs wrote no log"
    return f"\n{said}{bochs.untried()}"


def record(start, end):
    """Records from one address to another, that one's instruction included."""
    number = 2 if start == 0x7C00 else 3
    stop = [f"lb {end:#x}", "trace on", "c", "s 1", "trace off"]
    with tempfile.TemporaryDirectory(prefix="megha-trace-") as folder:
        found = run_bochs([*approach(start), *stop], folder, read)
        log = why(folder)
    if not found.steps:
        raise Failed(f"the machine never came to {start:#x}, where the trace is to begin{log}")
    # `q` prints once more the instruction that would be next.
    del found.steps[-1], found.ticks[-1]
    if found.at(-1).ip != end:
        raise Failed(f"the machine came from {start:#x}, but not to {end:#x} (breakpoint {number}){log}")
    return found
