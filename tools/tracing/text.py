"""The trace as text: a line for each instruction, headed by milestones and by the names of the functions."""

import linecache

import where
from tracing import model

WIDTHS = "{place:<19} {bytes:<20} {text:<46} {changes:<38} {line}"
RULE = "-" * 120


def source_line(file, line):
    return " ".join(linecache.getline(str(where.TOP / file), line).split())


def short(file):
    return file.rsplit("/", 1)[-1]


def step_line(trace, entry, told):
    """told: (file, line) of the line before, whose text is not told again."""
    instruction = trace.recording.instructions[entry.number]
    origin = trace.origins.origin(entry.number)
    real = len(f"{entry.before[8]:x}") <= 4 and instruction.cs != 8 and instruction.ip < 0x10000
    changes = model.register_changes(entry.before, entry.after, real)
    memory = model.memory_changes(entry.accesses)
    source = ""
    if origin.file:
        source = f"{short(origin.file)}:{origin.line}"
        if (origin.file, origin.line) != told:
            source += f"  {source_line(origin.file, origin.line)}"
    line = WIDTHS.format(
        place=f"{instruction.cs:04x}:{instruction.ip:0{4 if real else 8}x}", bytes=instruction.bytes,
        text="  " * min(entry.depth, 12) + trace.origins.text(entry.number),
        changes=" ".join(filter(None, (changes, memory))), line=source)  # fmt: skip
    return line.rstrip(), (origin.file, origin.line)


def lines(trace):
    """All lines of the text, without their ends."""
    total = len(trace.recording.steps)
    yield f"The boot of Megha in Bochs: {total:,} instructions, {trace.own_steps:,} of them Megha's own."
    yield "Each line: address, bytes, instruction, what it changed, source line. Loops and repeated calls are folded."
    told, function = None, None
    for entry in trace.entries:
        if entry.kind == "milestone":
            yield from ("", RULE, f"milestone {entry.label}: {entry.note}", RULE)
            told = function = None
        elif entry.kind == "step":
            origin = trace.origins.origin(entry.number)
            name = origin.symbol.split("+")[0]
            if name != function:
                yield f"{'  ' * min(entry.depth, 12)}{name}  ({origin.file})"
                function = name
            line, told = step_line(trace, entry, told)
            yield line
            if entry.note:
                yield f"{'':40} {'  ' * min(entry.depth, 12)}; {entry.note}"
        else:
            mark = "BIOS" if entry.kind == "bios" else "..."
            yield f"{mark:<40} {'  ' * min(entry.depth, 12)}{entry.label} ({entry.note})"
            told = None


def write(trace, path):
    with open(path, "w", encoding="utf-8") as out:
        out.writelines(f"{line}\n" for line in lines(trace))


def summary(trace):
    """A line for each milestone: when it was reached, and how many instructions led there."""
    before = trace.entries[0].first
    for entry in trace.entries:
        if entry.kind == "milestone":
            yield f"  {entry.first:>9,}  {entry.first - before:>+9,}  milestone {entry.label}"
            before = entry.first
