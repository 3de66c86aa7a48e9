#!/usr/bin/env python3
"""Measures the boot: instructions from milestone to milestone, calls of the BIOS, sectors read, bytes copied.

    bench_boot.py        prints the figures of build/disk.img and writes them to build/bench_boot.csv

Bochs boots the image twice by the bochsrc of the top folder, where every run is the same: in the first it notes every
instruction, in the second it tells what the registers hold at each call of the BIOS and at each copy. The boot begins
at 0x7C00 and ends before the first instruction in ring 3. The exit status is 1 when a goal is missed.
"""

import dataclasses
import os
import re
import subprocess
import sys

import bochs
import where
from bench_table import BOOT, Row, write_csv
from tracing import attribute, fold, memory, model, replay
from tracing.record import Failed

TABLE = "build/bench_boot.csv"
HEADING = ("part", "name", "count", "instructions", "of the BIOS", "share")
GOAL = 1_500_000  # instructions
READ_SIZE = 60 * 1024  # bytes that one read of the BIOS may bring
READS_BESIDE_FILES = 8
END = "first_thread"  # a milestone that comes soon after the first program's first instruction
PROGRAM = "first program", "its first instruction, in ring 3, is next"
READS = ("INT 13h AH=02h", "INT 13h AH=42h")
SECTORS = re.compile(r" count (\d+) |: read (\d+) sectors ")
COPY = re.compile(r"rep movs([bwd]) ")
SIZES = {"b": 1, "w": 2, "d": 4}
MTOOLS = {**os.environ, "MTOOLS_SKIP_CHECK": "1", "MTOOLSRC": "/dev/null"}
FILE = re.compile(r"(?m)^\S+ *\S* +(\d+) \d{4}-\d\d-\d\d ")
WIDTH = 32  # of the longest bar, in characters
OWN, OF_BIOS = "#", "o"


class NoBochs(Failed):
    """What measures the boot is not on this computer."""


@dataclasses.dataclass
class Phase:
    """The way to a milestone from the one before it."""

    name: str
    sentence: str  # what is true at its end
    instructions: int
    of_bios: int


@dataclasses.dataclass
class Call:
    """The calls of one service of the BIOS. first: what the first of them asked for."""

    first: str
    count: int = 0
    instructions: int = 0


@dataclasses.dataclass
class Boot:
    phases: list
    calls: dict  # name of the service or of the interrupt: Call
    sectors: int  # that the reads brought
    copied: int  # bytes, from where the BIOS puts them to where they belong
    files: int  # on the disk; the loader loads them all
    reads_goal: int

    @property
    def total(self):
        return sum(phase.instructions for phase in self.phases)

    @property
    def of_bios(self):
        return sum(phase.of_bios for phase in self.phases)

    @property
    def reads(self):
        return sum(self.calls[name].count for name in READS if name in self.calls)

    def share(self, instructions):
        return 100 * instructions / self.total

    def row(self):
        return Row(BOOT, (self.total,) * 3, GOAL)

    def faults(self):
        """Sentences about missed goals that are not in the row."""
        if self.reads > self.reads_goal:
            yield (f"the boot takes {self.reads} reads of the BIOS for {self.files} files, and may take "
                   f"{self.reads_goal}.")  # fmt: skip


# ---- From the trace


def is_in_ring_3(instruction):
    return instruction.cs & 3 == 3 and attribute.USER_START <= instruction.ip < attribute.KERNEL_BASE


def layout(name):
    return memory.number(name, (where.TOP / "include/boot/layout.h").read_text(encoding="utf-8"))


def choose(recording, milestones):
    """The rows that the figures need: milestones, the BIOS, the loader's copies, and last the first step in ring 3."""
    rows, open_milestones, before, loader_end = [], set(milestones), None, layout("BOUNCE_BASE")
    for at, key in enumerate(recording.steps):
        instruction = recording.instructions[key]
        is_copy = key != before and instruction.ip < loader_end and COPY.match(instruction.text)
        before = key
        if instruction.bios:
            continue
        if instruction.ip in open_milestones or is_copy or is_in_ring_3(instruction):
            open_milestones.discard(instruction.ip)
            rows.append(fold.Row("step", 0, at, at + 1))
        if is_in_ring_3(instruction):
            break
    else:
        raise Failed("no instruction of the boot is in ring 3")
    groups = fold.bios_groups(fold.Builder(recording).build())
    rows += [fold.Row("bios", 0, group.first, group.end, group) for group in groups if group.first < at]
    return sorted(rows, key=lambda row: row.first)


def phases(entries):
    """Between two milestones lies a phase; the last one ends at the last entry."""
    begun, of_bios = entries[0].first, 0
    for entry in entries:
        if entry.kind == "bios":
            of_bios += entry.end - entry.first
        elif entry.kind == "milestone" or entry is entries[-1]:
            name, sentence = (entry.label, entry.note) if entry.kind == "milestone" else PROGRAM
            if entry.first > begun:
                yield Phase(name, sentence, entry.first - begun, of_bios)
            begun, of_bios = entry.first, 0


def bios_calls(entries):
    """{name: Call}, and the sectors that were read."""
    calls, sectors = {}, 0
    for entry in entries:
        if entry.kind == "bios":
            name, _, asked = entry.label.partition(" ->")[0].partition(": ")
            call = calls.setdefault(name, Call(asked))
            call.count += 1
            call.instructions += entry.end - entry.first
            if name in READS:
                sectors += int(next(filter(None, SECTORS.search(entry.label).groups())))
    return calls, sectors


def copied(trace):
    """How many bytes the loader copied from the buffer of its reads."""
    start, total = layout("BOUNCE_BASE"), 0
    for entry in trace.entries:
        match = entry.kind == "step" and COPY.match(trace.recording.instructions[entry.number].text)
        registers = dict(zip(replay.REGISTERS, entry.before))
        if match and start <= registers["esi"] < start + layout("BOUNCE_SIZE"):
            total += registers["ecx"] * SIZES[match[1]]
    return total


def file_sizes():
    volume = f"{where.BUILD}/disk.img@@{layout('PARTITION_LBA') * layout('SECTOR_SIZE')}"
    command = ["mdir", "-i", volume, "-a", "-/", "::/"]
    listing = subprocess.run(command, env=MTOOLS, capture_output=True, check=True).stdout
    return [int(size) for size in FILE.findall(listing.decode("cp437"))]


def measure():
    """A Boot. Raises Failed, with the end of a sentence."""
    try:
        bochs.need_debugger()
    except bochs.Failed as failure:
        raise NoBochs(str(failure)) from None
    if problem := where.stale():
        raise Failed(problem)
    trace = model.Trace(where.DEFAULT, where.find(END).address, choose)
    sizes = file_sizes()
    reads_goal = READS_BESIDE_FILES + sum(max(1, -(-size // READ_SIZE)) for size in sizes)
    return Boot(list(phases(trace.entries)), *bios_calls(trace.entries), copied(trace), len(sizes), reads_goal)


# ---- As text and as a table


def bar(phase, longest):
    """A character for each part of the longest phase; what the BIOS did stands behind."""
    own, of_bios = (round(WIDTH * count / longest) for count in (phase.instructions - phase.of_bios, phase.of_bios))
    return OWN * own + OF_BIOS * of_bios


def verdict(is_met):
    return "met" if is_met else "MISSED"


def about_disk(boot):
    return (f"{boot.reads} reads for {boot.files} files (at most {boot.reads_goal}: "
            f"{verdict(boot.reads <= boot.reads_goal)}) bring {boot.sectors:,} sectors; {boot.copied:,} bytes of them "
            "are copied to their place.")  # fmt: skip


def tell(boot):
    longest = max(phase.instructions for phase in boot.phases)
    print(f"\n{'boot in Bochs, up to':24} {'instructions':>12} {'share':>7}  {OWN} Megha's, {OF_BIOS} the BIOS's")
    for phase in boot.phases:
        share = boot.share(phase.instructions)
        print(f"{phase.name:24} {phase.instructions:12,} {share:5.1f} %  {bar(phase, longest)}".rstrip())
    print(f"{'together':24} {boot.total:12,} {100:5.1f} %  at most {GOAL:,}: {verdict(boot.total <= GOAL)}")
    print(f"\n{'the BIOS':24} {'instructions':>12} {'share':>7} {'times':>6}  the first time")
    for name, call in sorted(boot.calls.items(), key=lambda item: -item[1].instructions):
        share = boot.share(call.instructions)
        print(f"{name:24} {call.instructions:12,} {share:5.1f} % {call.count:6,}  {call.first}".rstrip())
    count = sum(call.count for call in boot.calls.values())
    print(f"{'together':24} {boot.of_bios:12,} {boot.share(boot.of_bios):5.1f} % {count:6,}")
    print(about_disk(boot))


def write(boot):
    def line(part, name, instructions, of_bios, count=""):
        return part, name, count, instructions, of_bios, f"{boot.share(instructions):.1f}"

    rows = [line("phase", phase.name, phase.instructions, phase.of_bios) for phase in boot.phases]
    rows += (line("BIOS", name, call.instructions, call.instructions, call.count) for name, call in boot.calls.items())
    disk = {"reads": boot.reads, "reads at most": boot.reads_goal, "sectors": boot.sectors,
            "bytes copied": boot.copied, "files": boot.files}  # fmt: skip
    write_csv(TABLE, HEADING, [*rows, *(("disk", name, count, "", "", "") for name, count in disk.items())])


def main():
    if len(sys.argv) != 1:
        sys.exit(__doc__.strip())
    os.chdir(where.TOP)
    try:
        boot = measure()
    except Failed as failure:
        sys.exit(f"bench: the boot is not measured: {failure}.")
    write(boot)
    tell(boot)
    missed = [] if boot.row().is_met() else [f"the goal is missed by {BOOT}."]
    if faults := [*missed, *boot.faults()]:
        sys.exit("\n".join(f"bench: {fault}" for fault in faults))


if __name__ == "__main__":
    main()
