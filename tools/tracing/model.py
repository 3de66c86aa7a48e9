"""The trace as a list of entries that both the text and the page show."""

import dataclasses

import where
from tracing import attribute, bios, explain, fold, record, replay

FLAG_BITS = {0: "CF", 2: "PF", 4: "AF", 6: "ZF", 7: "SF", 8: "TF", 9: "IF", 10: "DF", 11: "OF", 14: "NT", 17: "VM"}
DIGITS = {1: 2, 2: 4, 4: 8, 8: 16}


@dataclasses.dataclass
class Entry:
    """One line of the trace. kind: milestone, step, bios, fold, rounds."""

    kind: str
    depth: int
    first: int  # step of the recording
    end: int
    number: int | None = None  # of the instruction
    label: str = ""
    note: str = ""
    before: tuple = ()
    after: tuple = ()
    accesses: tuple = ()
    dump: object = None  # the newest Dump that tells of segments, at its end
    tables: object = None  # the newest that tells of page tables
    count: int = 0


class Trace:
    """Everything about one trace: the recording, where each instruction comes from, and the entries.

    choose(recording, addresses of milestones) returns the rows that become entries.
    """

    def __init__(self, start, end, choose=fold.choose):
        self.milestones = {place.address: found for found in where.milestones()
                           if (place := where.find_milestone(str(found[0])))}  # fmt: skip
        self.recording = record.record(start, end)
        self.rows = choose(self.recording, self.milestones)
        self.replay = replay.replay(self.recording, start, self.rows, self.milestones)
        self.origins = attribute.Attribution(self.recording)
        self.entries = list(self.make_entries())

    @property
    def own_steps(self):
        """How many steps are of loader, kernel and programs, not of the BIOS."""
        bios_keys = {n for n, instruction in enumerate(self.recording.instructions) if instruction.bios}
        return sum(1 for key in self.recording.steps if key not in bios_keys)

    def before(self, row):
        found = self.replay
        return found.after.get(row.first - 1, ()) if row.kind == "bios" else found.before.get(row.first, ())

    def make_entries(self):
        recording, found = self.recording, self.replay
        explainer = explain.Explainer(found.dumps[self.rows[0].first].control)
        reached, dumps = set(), Dumps(found.dumps)
        for at, row in enumerate(self.rows):
            entry = Entry(row.kind, row.depth, row.first, row.end, before=self.before(row), count=row.count)
            following = self.rows[at + 1] if at + 1 < len(self.rows) else None
            entry.after = self.before(following) if following else found.after.get(row.end - 1, entry.before)
            instruction = recording.at(row.first)
            if row.kind == "step":
                entry.number = recording.steps[row.first]
                if instruction.ip in self.milestones and instruction.ip not in reached:
                    reached.add(instruction.ip)
                    yield self.milestone(row, instruction, dumps)
                self.explain_step(entry, explainer)
            elif row.kind == "bios":
                self.explain_bios(entry, row)
            else:
                self.explain_fold(entry, row)
            entry.dump, entry.tables = dumps.at(row.end)
            yield entry

    def milestone(self, row, instruction, dumps):
        number, name, sentence = self.milestones[instruction.ip]
        state = self.before(row)
        entry = Entry("milestone", 0, row.first, row.first, label=f"{number} {name}", note=sentence, before=state,
                      after=state)  # fmt: skip
        entry.dump, entry.tables = dumps.at(row.first)
        return entry

    def explain_step(self, entry, explainer):
        recording, found = self.recording, self.replay
        instruction = recording.instructions[entry.number]
        entry.accesses = tuple(found.accesses.get(entry.first, ()))
        following = recording.at(entry.end) if entry.end < len(recording.steps) else None
        after = found.after.get(entry.first, ())
        entry.note = explainer.note(instruction, entry.before, after, found.dumps.get(entry.end), following) or ""
        vectors = recording.events.get(entry.first)
        if vectors and not instruction.bios:
            came = f"came: {explain.interrupt(vectors[-1])}"
            entry.note = f"{came}. {entry.note}" if entry.note else came

    def explain_bios(self, entry, row):
        """`INT 13h AH=42h: read ... -> ok`; what the call was is told by the registers at the call."""
        found, first = self.replay, row.first
        length = f"{row.end - row.first:,} instructions of the BIOS"
        if row.group.kind == "bios interrupt":
            name = bios.INTERRUPTS.get(row.group.vector, "an interrupt")
            entry.label, entry.note = f"interrupt: {name}", length
            return
        vector = self.vector(row)
        before, after = found.before.get(first - 1, entry.before), found.before.get(row.end, entry.after)
        asked = found.dumps.get(first - 1)
        told = found.dumps.get(row.end)
        question = bios.asked(vector, before, asked.memory if asked else [])
        answer = bios.answered(vector, before, after, told.memory if told else [])
        entry.label, entry.note = f"{question} -> {answer}", length

    def vector(self, row):
        """The number of the BIOS service: of INT in its instruction, of a far call by the entry it went to."""
        text = self.recording.at(row.first - 1).text
        if text.startswith("int "):
            return int(text.split()[1], 16)
        target = self.recording.at(row.first)
        return self.replay.vectors.get((target.cs, target.ip), 0)

    def explain_fold(self, entry, row):
        count = row.end - row.first
        if row.kind == "rounds":
            entry.label = f"{row.count:,} more round{'s' if row.count > 1 else ''} like these"
            entry.note = f"{count:,} instructions"
            return
        origin = self.origins.origin(self.recording.steps[row.first])
        name = origin.symbol.split("+")[0] if origin else "?"
        if row.group.kind == "interrupt":
            name = f"{explain.interrupt(row.group.vector)}: {name}"
        entry.label, entry.note = f"{name}: as before", f"{count:,} instructions"


class Dumps:
    """The newest dumps at each step; asked with ever later steps."""

    def __init__(self, dumps):
        self.pending = sorted(dumps.items(), reverse=True)
        self.segments = self.tables = None

    def at(self, step):
        while self.pending and self.pending[-1][0] <= step:
            dump = self.pending.pop()[1]
            if dump.segments:
                self.segments = dump
            if dump.directory:
                self.tables = dump
        return self.segments, self.tables


# ---- What changed, as text -------------------------------------------------------------------------------------------


def register_changes(before, after, short):
    """`ax=0042 zf=1` for the registers that differ. short: 16-bit names where only the low half changed."""
    said = []
    for name, old, new in zip(replay.REGISTERS, before, after):
        if old == new or name == "eip":
            continue
        if name == "eflags":
            said += [f"{flag.lower()}={new >> bit & 1}" for bit, flag in FLAG_BITS.items() if (old ^ new) >> bit & 1]
        elif short and (old ^ new) >> 16 == 0:
            said.append(f"{name[1:]}={new & 0xFFFF:04x}")
        else:
            said.append(f"{name}={new:08x}")
    return " ".join(said)


def memory_changes(accesses):
    """`[00007bee]=0000` for what was written."""
    written = [(linear, size, value) for kind, linear, _, size, value in accesses if kind == "W"]
    text = [f"[{linear:x}]={value:0{DIGITS.get(size, 8)}x}" for linear, size, value in written[:4]]
    return " ".join(text) + (f" and {len(written) - 4} more" if len(written) > 4 else "")
