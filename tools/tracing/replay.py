"""The second run: Bochs does exactly the same again, and tells registers, memory and tables where rows are shown."""

import dataclasses
import re
import tempfile

import bochs
from tracing import record

REGISTERS = ("eax", "ebx", "ecx", "edx", "esp", "ebp", "esi", "edi", "eip", "eflags")
VECTORS = 32  # as many entries of the real-mode vector table tell the BIOS's services
VALUE = re.compile(rb"^r[a-z]{2}: [0-9a-f]{8}_([0-9a-f]{8})")
FLAGS = re.compile(rb"^eflags:? 0x([0-9a-f]+)")
ACCESS = re.compile(rb"^\[CPU0 (WR|RD|RW)\]: LIN 0x([0-9a-f]+) PHY 0x([0-9a-f]+) \(len=(\d+),[^)]*\)"
                    rb"(?:: 0x([0-9A-F]+))?")  # fmt: skip
WRITE_BACK = re.compile(rb"^\[CPU0 WR\]: PHY 0x([0-9a-f]+) \(len=\d+,[^)]*\): 0x([0-9A-F]+)$")
SEGMENT = re.compile(r"^(\w\w):0x([0-9a-f]{4}), dh=0x([0-9a-f]{8}), dl=0x([0-9a-f]{8})")
TABLE = re.compile(r"^([gi]dtr):base=0x([0-9a-f]+), limit=0x([0-9a-f]+)")
CONTROL = re.compile(r"^CR([034])=(?:0x)?([0-9a-f]+)|^CR([23])=.*?0x([0-9a-f]+)")
SETS_SEGMENTS = re.compile(r"^(mov [c-gs]s,|pop [d-gs]s|l[defgs]s |jmpf|callf|ret[fn]*f|iret|int |sysenter|sysexit"
                           r"|lgdt|lidt|ltr|mov cr)")  # fmt: skip
# Entries of the page directory that Megha ever uses: the low 16 MiB, the end of the user's part, the kernel's part.
DIRECTORY = (*range(0, 4), *range(0x2FC, 0x400))


@dataclasses.dataclass
class Dump:
    """What the debugger said of the machine before a step: segments and tables, page tables, memory at pointers."""

    segments: dict = dataclasses.field(default_factory=dict)  # name: (selector, high, low of the descriptor)
    tables: dict = dataclasses.field(default_factory=dict)  # gdtr, idtr: (base, limit)
    control: dict = dataclasses.field(default_factory=dict)  # 0, 2, 3, 4: value
    gdt: list = dataclasses.field(default_factory=list)
    mapped: list = dataclasses.field(default_factory=list)
    directory: dict = dataclasses.field(default_factory=dict)  # index: entry
    memory: list = dataclasses.field(default_factory=list)  # bytes at DS:SI, at ES:DI


class Replay:
    """before and after: {step: registers, as in REGISTERS}. accesses: {step: [(kind, linear, physical,
    size, value)]}."""

    def __init__(self):
        self.before, self.after, self.accesses, self.dumps = {}, {}, {}, {}
        self.vectors = {}  # (segment, offset): number of the BIOS's services


def wanted_dumps(recording, rows, milestones):
    """{step: commands} for before that step."""
    wanted, paging = {}, False
    state = ["sreg", "creg", "info gdt"]
    tables = ["info tab", *(f"page {index << 22:#x}" for index in DIRECTORY)]
    first = rows[0].first
    wanted[first] = [*state, f"xp /{VECTORS * 4}bx 0"]
    for row in rows:
        if row.kind == "bios":
            wanted.setdefault(row.first - 1, []).extend(("x /16bx ds:si", "x /24bx es:di"))
            wanted.setdefault(row.end, []).extend(("x /16bx ds:si", "x /24bx es:di", *state))
        if row.kind == "fold" and any(SETS_SEGMENTS.match(recording.instructions[key].text) for key in row.group.keys):
            wanted.setdefault(row.end, []).extend(state)
        if row.kind != "step":
            continue
        instruction = recording.at(row.first)
        paging = paging or instruction.ip >= 0xC0000000
        is_milestone = instruction.ip in milestones
        if SETS_SEGMENTS.match(instruction.text) or is_milestone:
            at = row.first + (0 if is_milestone else 1)
            wanted.setdefault(at, []).extend(state)
            if is_milestone and paging or instruction.text.startswith(("mov cr3", "mov cr0")):
                wanted[at].extend(tables)
    return {at: list(dict.fromkeys(commands)) for at, commands in wanted.items() if at < len(recording.steps)}


def kept_steps(recording, rows):
    """The steps whose registers are wanted: those that are shown, and those around each BIOS call."""
    kept = set()
    for row in rows:
        if row.kind == "step":
            kept.add(row.first)
        elif row.kind == "bios":
            kept.update((row.first - 1, row.end))
        else:
            kept.add(row.first)
    return sorted(step for step in kept if 0 <= step < len(recording.steps))


def commands(recording, kept, dumps):
    on, off = ["trace-reg on", "trace-mem on", "trace on"], ["trace off", "trace-mem off", "trace-reg off"]
    lines, here, at = [], 0, 0
    stops = set(dumps)
    while at < len(kept):
        first = kept[at]
        if first > here:
            lines.append(f"s {first - here}")
        if first in dumps and (at == 0 or kept[at - 1] + 1 != first):
            lines += [f"calc {first}", *dumps[first]]
        last = at + 1
        while last < len(kept) and kept[last] == kept[last - 1] + 1 and kept[last] not in stops:
            last += 1
        here = kept[last - 1] + 1
        lines += [*on, f"s {here - first}", *off]
        if here in dumps:
            lines += [f"calc {here}", *dumps[here]]
        at = last
    return lines


class Reader:
    """Takes Bochs's answers apart, in the order in which `commands` asked."""

    def __init__(self, recording, kept, dumps):
        self.recording, self.kept, self.dumps = recording, kept, dumps
        self.found, self.at = Replay(), 0
        self.values, self.step, self.tracing, self.dump = [], None, False, None

    def read(self, lines):
        for line in lines:
            self.line(line)
        if self.at != len(self.kept):
            raise record.Failed("the second run ended before the first; type the command again")
        return self.found

    def line(self, line):
        if line.startswith((b"Tracing ", b"Register-Tracing ", b"Memory-Tracing ")):
            self.tracing = line.startswith(b"Tracing enabled") or self.tracing and not line.startswith(b"Tracing dis")
            self.dump = None
        elif match := VALUE.match(line):
            self.values.append(int(match[1], 16))
        elif match := FLAGS.match(line):
            self.values.append(int(match[1], 16))
        elif line.startswith(b"(0).[") and self.tracing:
            self.traced(int(line[5 : line.index(b"]")]))
        elif line.startswith(b"(0) [0x"):
            if len(self.values) == len(REGISTERS) and self.step is not None:
                self.found.after[self.step] = tuple(self.values)
            self.values, self.step = [], None
        elif line.startswith(b"[CPU0 ") and self.step is not None:
            self.access(line.rstrip())
        elif not self.tracing:
            self.answer(line.decode(errors="replace").rstrip())

    def traced(self, tick):
        step = self.kept[self.at] if self.at < len(self.kept) else -1
        if len(self.values) != len(REGISTERS):
            raise not_understood("the registers")
        if step < 0 or self.recording.ticks[step] != tick:
            raise record.Failed("the second run differs from the first: was the image built meanwhile? Type it again")
        self.found.before[step] = tuple(self.values)
        if self.step is not None:
            self.found.after[self.step] = tuple(self.values)
        self.values, self.step = [], step
        self.at += 1

    def access(self, line):
        """Of a read that is followed by a write to the same place (INC, say) the write is told without its address."""
        if match := WRITE_BACK.match(line):
            found = self.found.accesses.get(self.step)
            if found and found[-1][0] == "RW" and found[-1][2] == int(match[1], 16):
                found[-1] = ("W", *found[-1][1:4], int(match[2], 16))
        elif (match := ACCESS.match(line)) and match[5]:
            kind = match[1].decode() if match[1] == b"RW" else match[1].decode()[0]
            entry = (kind, int(match[2], 16), int(match[3], 16), int(match[4]), int(match[5], 16))
            self.found.accesses.setdefault(self.step, []).append(entry)

    def answer(self, line):
        if match := re.match(r"^0x[0-9a-f]+ (\d+)$", line):
            self.dump = self.found.dumps.setdefault(int(match[1]), Dump())
            self.page = 0
        elif self.dump is not None:
            self.keep(self.dump, line)

    def keep(self, dump, line):
        if match := SEGMENT.match(line):
            dump.segments[match[1]] = tuple(int(text, 16) for text in match.groups()[1:])
        elif match := TABLE.match(line):
            dump.tables[match[1]] = (int(match[2], 16), int(match[3], 16))
        elif match := CONTROL.match(line):
            dump.control[int(match[1] or match[3])] = int(match[2] or match[4], 16)
        elif match := re.match(r"(?:GDT|gdt)\[0x([0-9a-f]+)\]=(.*)", line):
            dump.gdt.append((int(match[1], 16), match[2]))
        elif match := re.match(r"0x([0-9a-f]{16})-0x([0-9a-f]{16}) -> 0x([0-9a-f]+)-", line):
            dump.mapped.append(tuple(int(text, 16) for text in match.groups()))
        elif match := re.match(r" +PDE: (?:0x[0-9a-f]+ : )?0x([0-9a-f]+)", line):
            dump.directory[DIRECTORY[self.page % len(DIRECTORY)]] = int(match[1], 16)
            self.page += 1
        elif line == "[bochs]:":
            dump.memory.append(b"")
        elif dump.memory and re.match(r"0x[0-9a-f]{16} <bogus", line):
            dump.memory[-1] += bytes(int(text, 16) for text in re.findall(r"\t0x([0-9a-f]{2})", line))


def not_understood(what):
    return record.Failed(f"what Bochs's debugger prints of {what} is not understood{bochs.untried()}")


def replay(recording, start, rows, milestones):
    """Runs the machine again and returns what a Replay holds."""
    kept = kept_steps(recording, rows)
    dumps = wanted_dumps(recording, rows, milestones)
    reader = Reader(recording, kept, dumps)
    with tempfile.TemporaryDirectory(prefix="megha-trace-") as folder:
        found = record.run_bochs([*record.approach(start), *commands(recording, kept, dumps)], folder, reader.read)
    first = found.dumps.get(rows[0].first, Dump())
    for what in ("segments", "tables", "control", "gdt", "memory"):
        if not getattr(first, what):
            raise not_understood(f"the machine's {what}")
    if any(dump.mapped and not dump.directory for dump in found.dumps.values()):
        raise not_understood("page tables")
    table = first.memory[0]
    for number in range(VECTORS):
        offset, segment = (int.from_bytes(table[number * 4 + at : number * 4 + at + 2], "little") for at in (0, 2))
        found.vectors[segment, offset] = number
    return found
