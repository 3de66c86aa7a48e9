#!/usr/bin/env python3
"""Goes through all states of the model of messages with Spin, and tells whether each of them keeps the promises.

    model.py                          a set-up of each kind, as `./build.sh test` has them
    model.py --all                    each set-up with each order of priorities, as `./build.sh soak` has them
    model.py SETUP PRIORITIES         one of them, as in `model.py 1 123`; setups.pml says what these are
    model.py --bug BUG                a copy with a planted bug, and the shortest way to the promise that it breaks
    model.py ... --define NAME        with another switch of the model, and the shortest way if a promise is broken

docs/model.md tells how to read a way. Ends with 0 only if each search was complete and no promise is broken.
"""

import argparse
import collections
import itertools
import pathlib
import re
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parent.parent
PARTS = ("head", "setups", "sched", "ipc", "promises", "calls", "machine")

DEPTH = 2000000  # steps of the longest way; where one is longer, the search is not complete
FAST = ("-Og",)  # compiling takes longer, searching less
QUICK = ("-O0",)  # for what is found soon
SHORTEST = ("-Og", "-DBFS")  # whatever is found first is nearest
INCOMPLETE = ("Search not completed", "depth too small", "out of memory", "memory exhausted", "Bit statespace",
              "hash-compact", "aborting")  # fmt: skip

Setup = collections.namedtuple("Setup", "number priorities")
CHAIN, CLIENTS, SERVERS = Setup(1, 123), Setup(2, 132), Setup(3, 312)
EACH_KIND = (CHAIN, CLIENTS, SERVERS)
ALL = tuple(Setup(number, int("".join(order))) for number in (1, 2, 3, 4) for order in itertools.permutations("123"))

Bug = collections.namedtuple("Bug", "setup promise text")
BUGS = {
    "REPLY_TO_ANYBODY": Bug(CHAIN, "lost_wake_up", "a reply does not ask whom the caller waits for"),
    "FORGET_SETTLES_NOTHING": Bug(CHAIN, "priority_left", "a wait that is broken leaves its priority behind"),
    "NEW_SERVER_SETTLES_NOTHING": Bug(CHAIN, "priority_missing", "who receives does not look who waits there already"),
    "PORT_KEPT": Bug(CHAIN, "lost_wake_up", "a sender keeps the port that it found before a preemption point"),
    "SENDERS_OVERLOOKED": Bug(CLIENTS, "lost_wake_up", "a receiver that is put back does not see who came meanwhile"),
    "CALLERS_NOT_TOLD": Bug(CHAIN, "lost_wake_up", "a server ends and says so to nobody"),
    "COPY_NOT_PINNED": Bug(CLIENTS, "wrong_result", "a thread is woken while its bytes are copied"),
}


class Trouble(Exception):
    """Spin or the compiler has failed; the text says how."""


def part(name):
    return (HERE / f"{name}.pml").read_text(encoding="utf-8")


def place(number):
    """Where a line of the whole model stands."""
    for name in PARTS:
        length = part(name).count("\n")
        if number <= length:
            return f"{name}.pml:{number}"
        number -= length
    raise Trouble(f"the model has no line {number} more")


def called(command, folder):
    """What a command said on its standard output; it must end well."""
    done = subprocess.run(command, cwd=folder, text=True, errors="replace", capture_output=True, check=False)
    if done.returncode:
        raise Trouble(f"{' '.join(map(str, command))} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


class Search:
    """The states of a set-up, gone through by a program that Spin writes."""

    def __init__(self, setup, folder, *, defines=(), options=FAST):
        self.folder = pathlib.Path(folder)
        self.defines = [f"-DSETUP={setup.number}", f"-DPRIORITIES={setup.priorities}",
                        *(f"-D{name}" for name in defines)]  # fmt: skip
        started = time.monotonic()
        (self.folder / "model.pml").write_text("".join(part(name) for name in PARTS), encoding="utf-8")
        called(["spin", "-a", *self.defines, "model.pml"], self.folder)
        called(["gcc", "-w", "-DSAFETY", "-DNOREDUCE", "-DCOLLAPSE", *options, "-o", "pan", "pan.c"], self.folder)
        self.said = called(["./pan", f"-m{DEPTH}"], self.folder)
        self.seconds = time.monotonic() - started
        self.states, self.depth, self.errors = (self._number(pattern) for pattern in (
            r"(\S+) states, stored", r"depth reached (\d+)", r"errors: (\d+)"))  # fmt: skip
        broken = re.search(r"assertion violated\s+!\((\w+)\)|(invalid end state)", self.said)
        self.broken = (broken[1] or broken[2]) if broken else None

    def _number(self, pattern):
        found = re.search(pattern, self.said)
        if not found:
            raise Trouble(f"the search did not say '{pattern}', but:\n{self.said}")
        return int(float(found[1]))

    @property
    def complete(self):
        return "Full statespace search for:" in self.said and not any(hint in self.said for hint in INCOMPLETE)

    @property
    def sound(self):
        return self.complete and self.errors == 0

    def way(self):
        """What happens on the way to the broken promise."""
        told = called(["spin", "-B", "-k", "model.pml.trail", *self.defines, "model.pml"], self.folder)
        lines = [line.strip() for line in told.splitlines()]
        return [line for line in lines if re.match(r"thread \d: |interrupt: ", line)]

    def unreached(self):
        """The lines of which no statement was reached, in none of the copies that Spin makes of an inline."""
        missed = collections.Counter(int(line) for line in re.findall(r"(?m)^\t\S+:(\d+), state \d+, ", self.said))
        there = self._statements()
        return {line for line, count in missed.items() if count >= there[line]}

    def _statements(self):
        """How many statements each line has, by Spin's tables: those that it marks from the start are none."""
        text = (self.folder / "pan.c").read_text(encoding="utf-8")
        count = collections.Counter()
        for number in range(3):
            lines, marked = (re.search(rf"{name}{number} ?\[\] = \{{([^}}]*)\}}", text)[1]
                             for name in ("src_ln", "reached"))  # fmt: skip
            for line, mark in zip(lines.split(","), marked.split(",")):
                count[int(line)] += int(mark) == 0
        return count


def told(setup, search):
    verdict = "each promise is kept" if search.sound else "NOT COMPLETE"
    if search.errors:
        verdict = f"broken: {search.broken}"
    return (f"set-up {setup.number}, priorities {setup.priorities}: {search.states:,} states, "
            f"up to {search.depth:,} steps deep, {search.seconds:.0f} s: {verdict}")  # fmt: skip


def searched(setup, defines, options):
    """Searches and tells; whether all was well."""
    with tempfile.TemporaryDirectory(prefix="megha-model-") as folder:
        search = Search(setup, folder, defines=defines, options=options)
        print(told(setup, search), flush=True)
        if search.errors:
            print("\n".join(f"    {line}" for line in search.way()), flush=True)
        return search.sound


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("setup", nargs="*", type=int, metavar="SETUP PRIORITIES")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--bug", choices=sorted(BUGS))
    parser.add_argument("--define", action="append", default=[], metavar="NAME")
    given = parser.parse_args()
    if len(given.setup) not in (0, 2):
        parser.error("a set-up is two numbers, as in `model.py 1 123`")
    setups = [Setup(*given.setup)] if given.setup else ALL if given.all else EACH_KIND
    defines, options = list(given.define), FAST
    if given.bug:
        setups = setups if given.setup else [BUGS[given.bug].setup]
        defines.append(f"BUG_{given.bug}")
    if defines:
        defines.append("SHORTEST")
        options = SHORTEST
    try:
        sys.exit(0 if all([searched(setup, defines, options) for setup in setups]) else 1)
    except Trouble as trouble:
        sys.exit(f"model.py: {trouble}")


if __name__ == "__main__":
    main()
