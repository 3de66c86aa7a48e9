#!/usr/bin/env python3
"""Measures what the kernel's services cost, in instructions of the guest, and compares them with the goals.

    bench.py build/disk.img build/kernel/kernel.lst build/bench.csv [--check | --record]

Boots the image in QEMU, whose clock counts instructions here, so that two runs give the same figures; types `bench` and
collects what it prints, five times over. In a further run a plugin of QEMU counts what instructions hide: crossings
between program and kernel, loads of CR3, invlpg, accesses to ports and to devices' memory. Then it types what keeps the
kernel busy for long, while another plugin watches how long interrupts are off, and how long a thread of higher priority
would have to wait. Bochs measures the boot (bench_boot.py).
Writes the figures as a table with a heading line, and as a page with bars beside it. The exit status is 1 when a goal
is missed; with --check also when a row is 5 % worse than tools/bench_recorded.csv says, or 10 %
where another compiler made the kernel; --record writes that file anew.
"""

import os
import re
import select
import statistics
import subprocess
import sys
import tempfile
import time

import bench_boot
import bench_page
import bench_table
import terminal
import where

PROMPT = b"megha> "
LIMIT = 300  # seconds for one command; `bench` takes a few
LOAD = ("bench load", "crash null", "hello", "threads", "primes", "ps", "bench storm")
LOAD_MEMORY = ("-m", "512")  # MiB: the storm takes as much as there is
# Where a thread of higher priority gets the CPU: the functions of the kernel, all of their instructions.
POINTS = ("sched_preemption_point", "switch_stacks", "idle")
TOOLS = os.path.dirname(os.path.abspath(__file__))
RUNS = 5
FIRST_VERSION = 1  # of QEMU's interface for plugins
QEMU = [*terminal.WITH_US, "qemu-system-i386", "-accel", "tcg", "-icount", "shift=0,sleep=off", "-smp", "1", "-m", "64",
        "-display", "none", "-monitor", "none", "-nic", "none", "-no-reboot", "-serial", "stdio"]  # fmt: skip
Row = bench_table.Row
MEASURED = re.compile(r"^(\S.*?) +(\d+) +(\d+) +(\d+) +(\d+|-) +(\d+|-)$")
NOT_MEASURED = re.compile(r"^(\S.*?) +not measured: (.+)$")


class Mishap(Exception):
    """Why there are no figures, as a sentence."""


class NoPlugin(Exception):
    """Why no plugin of QEMU can count; the end of a sentence."""


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
    """The rows of what `bench` printed; before its heading there may be what it printed to be measured."""
    for line in re.split(r"(?m)^counts of .*\n", text)[-1].splitlines():
        measured, reason = MEASURED.match(line), NOT_MEASURED.match(line)
        if measured:
            name, *figures, goal, floor = measured.groups()
            goal, floor = (None if number == "-" else int(number) for number in (goal, floor))
            yield Row(name, tuple(map(int, figures)), goal, floor)
        elif reason:
            yield Row(reason[1], reason=reason[2])
        else:
            raise Mishap(f"bench printed a line that is no row: {line}")


def measure_once(image, *options):
    text = run(image, ["bench"], *options)[0]
    rows = list(read_rows(text))
    if not rows:
        raise Mishap(f"bench printed no rows:\n{text}")
    return rows


def measure(image):
    """The median of the medians of some runs, the least and the most of all of them."""
    runs = [measure_once(image) for _ in range(RUNS)]
    rows = runs[0]
    for row, same in zip(rows, zip(*runs)):
        if any(other.figures is None for other in same):
            row.figures = None
            row.reason = row.reason or next(other.reason for other in same if other.figures is None)
            continue
        medians, least, most = zip(*(other.figures for other in same))
        row.figures = (statistics.median_low(medians), min(least), max(most))
    return rows


# ---- What needs a plugin of QEMU


def compile_plugin(source, version, folder):
    """Compiles for a version of QEMU's interface. Returns the plugin's path. Raises Mishap."""
    plugin = os.path.join(folder, "plugin.so")
    command = ["gcc", "-O2", "-Wall", "-Wextra", "-shared", "-fPIC", "-fvisibility=hidden",
               f"-DPLUGIN_VERSION={version}", "-o", plugin, os.path.join(TOOLS, source)]  # fmt: skip
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)
    except FileNotFoundError:
        raise NoPlugin("it needs gcc, which compiles a plugin of QEMU") from None
    except subprocess.CalledProcessError as error:
        raise NoPlugin(f"the plugin of QEMU cannot be compiled: {error.stderr}") from None
    return plugin


def accepted_version(plugin):
    """The version of the interface that this QEMU wants, when it refuses that of a plugin."""
    command = [*QEMU, "-S", "-plugin", plugin]
    try:
        # It has an argument too few: so a plugin that was accepted ends QEMU, too.
        told = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=LIMIT,
                              errors="replace", check=False)  # fmt: skip
    except subprocess.TimeoutExpired:
        raise NoPlugin("QEMU did not say which plugins it takes") from None
    refused = re.search(r"requires API version \d+, but .* (?:minimum version of|up to version) (\d+)", told.stderr)
    if not refused and "plugin" not in told.stderr:
        raise NoPlugin(f"this QEMU takes no plugins: {told.stderr.strip()}")
    if not refused and "returned error code" not in told.stderr:
        raise NoPlugin(told.stderr.strip())
    return int(refused[1]) if refused else None


def with_plugin(source, work, arguments=""):
    """Calls work(options of QEMU), which returns when the machine has ended. Returns the report's lines and why not."""
    with tempfile.TemporaryDirectory(prefix="megha-bench-") as folder:
        report = os.path.join(folder, "report")
        try:
            plugin = compile_plugin(source, FIRST_VERSION, folder)
            if wanted := accepted_version(plugin):
                plugin = compile_plugin(source, wanted, folder)
            work("-plugin", f"{plugin},report={report}{arguments}")
            with open(report, encoding="ascii") as lines:
                return lines.read().splitlines(), ""
        except NoPlugin as why:
            return [], str(why)


def count_events(image, rows):
    """Gives the rows their events. Returns why they have none, or nothing."""
    seen = []
    report, reason = with_plugin("bench_events.c", lambda *options: seen.extend(measure_once(image, *options)))
    if reason:
        return reason
    measured = [row.name for row in seen if row.figures is not None]
    if len(measured) != len(report):
        return "the plugin saw other rows than the program printed"
    events = dict(zip(measured, (tuple(map(float, line.split())) for line in report)))
    for row in rows:
        row.events = events.get(row.name)
    return ""


def functions(listing):
    """Addresses and names of the kernel's functions, in their order."""
    with open(listing, encoding="utf-8") as lines:
        found = (re.match(r"([0-9a-f]{8}) <([\w.]+)>:$", line) for line in lines)
        return [(int(match[1], 16), match[2]) for match in found if match]


def points(known):
    """The plugin's arguments that name the ranges of those functions."""
    ends = {name: (start, end) for (start, name), (end, _) in zip(known, known[1:])}
    missing = [name for name in POINTS if name not in ends]
    if missing:
        raise Mishap(f"the kernel's listing has no function {missing[0]}, which tools/bench.py counts as a point.")
    return "".join(",point=%x-%x" % ends[name] for name in POINTS)


def busiest(report, known):
    """The functions that most of a stretch lies in."""
    counts = {}
    for line in report:
        address, times = line.split()
        name = max((pair for pair in known if pair[0] <= int(address, 16)), default=(0, "?"))[1]
        counts[name] = counts.get(name, 0) + int(times)
    return ", ".join(sorted(counts, key=counts.get, reverse=True)[:4])


def carry_load(image, *options):
    for line, text in zip(LOAD, run(image, LOAD, *LOAD_MEMORY, *options)):
        if "ended with status" in text:
            raise Mishap(f"the load was not carried; `{line}` printed:\n{text}")


def measure_stretches(image, listing):
    """The rows of the longest stretches, and a sentence for each on where it lies."""
    known = functions(listing)
    report, reason = with_plugin("stretches.c", lambda *options: carry_load(image, *options), points(known))
    if reason:
        return [Row(name, reason=reason, optional=True) for name in bench_table.STRETCHES], []
    heads = [at for at, line in enumerate(report) if "-" in line]
    rows, places = [], []
    for name, start, end in zip(bench_table.STRETCHES, heads, [*heads[1:], len(report)]):
        length = int(report[start].split()[1])
        rows.append(Row(name, (length,) * 3, goal=bench_table.STRETCH_GOAL))
        places.append(f"The {name} lies mostly in {busiest(report[start + 1:end], known)}.")
    return rows, places


def measure_boot():
    """The boot, or None, and its row."""
    try:
        boot = bench_boot.measure()
        return boot, boot.row()
    except bench_boot.Failed as failure:
        optional = isinstance(failure, bench_boot.NoBochs)
        return None, Row(bench_table.BOOT, goal=bench_boot.GOAL, reason=str(failure), optional=optional)


def judge(rows, boot, table, mode):
    """Sentences about what is not as it should be."""
    missed = [row.name for row in rows if not row.is_met()]
    faults = [f"the goal is missed by {', '.join(missed)}."] if missed else []
    faults += boot.faults() if boot else []
    if mode == "--check":
        compiler, theirs = where.compiler(), bench_table.compiler_of(bench_table.RECORDED)
        if compiler != theirs:
            print(f"The figures recorded are of {theirs}, this kernel is of {compiler}: a row may be 10 % worse.")
        faults += bench_table.compare(rows, bench_table.RECORDED, compiler)
    elif mode == "--record":
        bench_table.record(rows, bench_table.RECORDED, where.compiler())
        print(f"{bench_table.RECORDED} has these figures now.")
    if not faults:
        print(f"Every goal is met; {table} has the figures.")
    return faults


def main():
    if len(sys.argv) not in (4, 5) or sys.argv[4:] not in ([], ["--check"], ["--record"]):
        sys.exit(__doc__.strip())
    image, listing, table = sys.argv[1:4]
    try:
        rows = measure(image)
        no_events = count_events(image, rows)
        stretches, places = measure_stretches(image, listing)
    except Mishap as mishap:
        sys.exit(f"bench: {mishap}")
    boot, boot_row = measure_boot()
    rows += [*stretches, boot_row]
    bench_table.write_csv(table, bench_table.HEADING, (row.columns() for row in rows))
    bench_page.write(rows, os.path.splitext(table)[0] + ".html", no_events, boot)
    bench_table.tell(rows, places, no_events)
    if boot:
        bench_boot.tell(boot)
        bench_boot.write(boot)
    faults = judge(rows, boot, table, "".join(sys.argv[4:]))
    if faults:
        sys.exit("\n".join(f"bench: {fault}" for fault in faults))


if __name__ == "__main__":
    main()
