#!/usr/bin/env python3
"""Measures what the kernel's services cost, in instructions of the guest, and compares them with the goals.

    bench.py build/disk.img build/kernel/kernel.lst build/bench.csv

Boots the image in QEMU, whose clock counts instructions here, so that two runs give the same figures; types `bench` and
collects what it prints. Then it types what keeps the kernel busy for long, while a plugin of QEMU watches how long
interrupts are off. Writes the figures as a table with a heading line. The exit status is 1 when a goal is missed.
"""

import csv
import os
import re
import select
import subprocess
import sys
import tempfile
import time

import terminal

PROMPT = b"megha> "
LIMIT = 300  # seconds for one command; `bench` takes a few
LOAD = ("bench load", "crash null", "hello", "threads", "primes", "ps")
PLUGIN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "interrupts_off.c")
QEMU = [*terminal.WITH_US, "qemu-system-i386", "-accel", "tcg", "-icount", "shift=0,sleep=off", "-smp", "1", "-m", "64",
        "-display", "none", "-monitor", "none", "-nic", "none", "-no-reboot", "-serial", "stdio"]  # fmt: skip
HEADING = ("row", "instructions", "least", "most", "goal")
STRETCH = "longest interrupts off"
MEASURED = re.compile(r"^(\S.*?) +(\d+) +(\d+) +(\d+) +(\d+|-)$")
NOT_MEASURED = re.compile(r"^(\S.*?) +not measured: (.+)$")


class Mishap(Exception):
    """Why there are no figures, as a sentence."""


class Machine:
    """Megha in QEMU, with its console in our hands."""

    def __init__(self, image, *options):
        command = [*QEMU, "-drive", f"file={image},format=raw,if=ide,snapshot=on", *options]
        self.errors = tempfile.TemporaryFile()
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0,
                                        stderr=self.errors)  # fmt: skip

    def read_to_prompt(self):
        text = b""
        end = time.monotonic() + LIMIT
        while not text.endswith(PROMPT):
            ready, _, _ = select.select([self.process.stdout], [], [], max(0, end - time.monotonic()))
            data = os.read(self.process.stdout.fileno(), 65536) if ready else b""
            if not data:
                what = "ended before its prompt came" if ready else f"gave no prompt within {LIMIT} seconds"
                self.errors.seek(0)
                raise Mishap(f"the machine {what}.\n{text.decode('cp437')}{self.errors.read().decode()}")
            text += data
        return text.decode("cp437").replace("\r", "")

    def command(self, line):
        """What it prints."""
        terminal.write_all(self.process.stdin.fileno(), line.encode() + b"\r")
        return self.read_to_prompt().partition("\n")[2].removesuffix(PROMPT.decode())

    def halt(self):
        terminal.write_all(self.process.stdin.fileno(), b"halt\r")
        try:
            self.process.communicate(timeout=LIMIT)
        except subprocess.TimeoutExpired:
            raise Mishap("the machine did not switch itself off.") from None

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.errors.close()


def run(image, commands, *options):
    """Boots, types the commands, switches off. Returns what they printed."""
    machine = Machine(image, *options)
    try:
        machine.read_to_prompt()
        printed = [machine.command(line) for line in commands]
        machine.halt()
    finally:
        machine.stop()
    return printed


# ---- The rows that the program measures


def read_rows(text):
    """(name, figures or None, goal or None, why there are no figures) for each row of what `bench` printed."""
    for line in text.splitlines()[1:]:
        measured, reason = MEASURED.match(line), NOT_MEASURED.match(line)
        if measured:
            name, median, least, most, goal = measured.groups()
            yield name, (int(median), int(least), int(most)), None if goal == "-" else int(goal), ""
        elif reason:
            yield reason[1], None, None, reason[2]
        else:
            raise Mishap(f"bench printed a line that is no row: {line}")


def measure(image):
    text = run(image, ["bench"])[0]
    rows = list(read_rows(text))
    if not rows:
        raise Mishap(f"bench printed no rows:\n{text}")
    return rows


# ---- The longest stretch with interrupts off


def build_plugin(folder):
    plugin = os.path.join(folder, "interrupts_off.so")
    compiler = ["gcc", "-O2", "-Wall", "-Wextra", "-shared", "-fPIC", "-fvisibility=hidden"]
    subprocess.run([*compiler, "-o", plugin, PLUGIN], check=True, capture_output=True)
    return plugin


def functions(listing):
    """Addresses and names of the kernel's functions, in their order."""
    with open(listing, encoding="utf-8") as lines:
        found = (re.match(r"([0-9a-f]{8}) <([\w.]+)>:$", line) for line in lines)
        return [(int(match[1], 16), match[2]) for match in found if match]


def busiest(report, listing):
    """The functions that most of the stretch lies in."""
    known = functions(listing)
    counts = {}
    for line in report:
        address, times = line.split()
        name = max((pair for pair in known if pair[0] <= int(address, 16)), default=(0, "?"))[1]
        counts[name] = counts.get(name, 0) + int(times)
    return ", ".join(sorted(counts, key=counts.get, reverse=True)[:4])


def measure_stretch(image, listing):
    """The row of the longest stretch, and where it lies."""
    with tempfile.TemporaryDirectory(prefix="megha-bench-") as folder:
        report = os.path.join(folder, "report")
        try:
            plugin = build_plugin(folder)
            run(image, LOAD, "-plugin", f"{plugin},report={report}")
            with open(report, encoding="ascii") as lines:
                length, *path = lines.read().splitlines()
        except FileNotFoundError:
            return (STRETCH, None, None, "it needs gcc, which compiles a plugin of QEMU"), ""
        except subprocess.CalledProcessError as error:
            return (STRETCH, None, None, f"the plugin of QEMU cannot be compiled: {error.stderr.decode()}"), ""
        except Mishap as mishap:
            if "plugin" not in str(mishap):
                raise
            return (STRETCH, None, None, "this QEMU takes no plugins"), ""
    return (STRETCH, (int(length),) * 3, None, ""), busiest(path, listing)


# ---- What is told


def is_met(name, figures, goal):
    """The stretch has no goal, and may need what is not here; every other row has to be measured."""
    if figures is None:
        return name == STRETCH
    return goal is None or figures[0] <= goal


def tell(rows, where):
    print(f"{'guest instructions':34} {'median':>8} {'least':>8} {'most':>8} {'goal':>8}")
    for name, figures, goal, reason in rows:
        if figures is None:
            print(f"{name:34} not measured: {reason}")
            continue
        verdict = "" if goal is None else "met" if is_met(name, figures, goal) else "MISSED"
        print(f"{name:34} {figures[0]:8} {figures[1]:8} {figures[2]:8} {goal or '-':>8} {verdict}".rstrip())
    if where:
        print(f"The longest stretch with interrupts off lies mostly in {where}.")


def write_table(rows, path):
    with open(f"{path}.new", "w", encoding="utf-8", newline="") as table:
        writer = csv.writer(table, lineterminator="\n")
        writer.writerow(HEADING)
        for name, figures, goal, _ in rows:
            writer.writerow([name, *(figures or ("", "", "")), "" if goal is None else goal])
    os.replace(f"{path}.new", path)


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__.strip())
    image, listing, table = sys.argv[1:]
    try:
        rows = measure(image)
        stretch, where = measure_stretch(image, listing)
    except Mishap as mishap:
        sys.exit(f"bench: {mishap}")
    rows.append(stretch)
    write_table(rows, table)
    tell(rows, where)
    missed = [name for name, figures, goal, _ in rows if not is_met(name, figures, goal)]
    if missed:
        sys.exit(f"bench: the goal is missed by {', '.join(missed)}.")
    print(f"Every goal is met; {table} has the figures.")


if __name__ == "__main__":
    main()
