"""Finds calls, interrupts, BIOS calls and loops in a recording, and chooses what is shown.

The recording becomes a tree: a list of Steps, each with the groups that hang on it (what a CALL did), and among them
Loops. Shown are: every instruction the first time, the first and the last round of each loop, each call of the BIOS,
and whatever holds a milestone. The rest is folded into lines that say what it was, and how much.
"""

import dataclasses

RETURNS = ("ret", "retf", "retnf", "retn", "iret", "iretd")
LOOK_AHEAD = 400  # steps in which a loop's head has to come back for a new path to be of that loop
CALLS = {"call": "call", "callf": "call", "int": "interrupt", "sysenter": "interrupt"}


@dataclasses.dataclass
class Group:
    """What hangs on a step. kind: call, interrupt, bios, loop. first and end: steps of the recording."""

    kind: str
    first: int
    end: int = 0
    vector: int | None = None
    resume: int | None = None  # where a call comes back to
    body: list = dataclasses.field(default_factory=list)
    rounds: list = dataclasses.field(default_factory=list)
    keys: frozenset | None = None


class Step:
    """One executed instruction and what hangs on it."""

    __slots__ = ("key", "at", "groups")

    def __init__(self, key, at):
        self.key, self.at, self.groups = key, at, None

    def add(self, group):
        if self.groups is None:
            self.groups = []
        self.groups.append(group)


class Builder:
    """Walks over the recording once and hangs calls and interrupts on the steps that made them."""

    def __init__(self, recording):
        self.recording = recording
        self.root = Group("root", 0)
        self.open = [self.root]
        self.last = None  # the step before

    def enter(self, kind, at, vector=None, resume=None):
        group = Group(kind, at, vector=vector, resume=resume)
        if self.last is None:
            self.last = Step(-1, at)
            self.open[-1].body.append(self.last)
        self.last.add(group)
        self.open.append(group)

    def leave(self, count, at):
        for group in self.open[count:]:
            group.end = at
        del self.open[count:]

    def returned(self, mnemonic, address, at):
        """A return: to the call that waits for it; to whatever was interrupted; or to another thread."""
        if mnemonic.startswith("iret"):
            for depth in range(len(self.open) - 1, 0, -1):
                if self.open[depth].kind == "interrupt":
                    return self.leave(depth, at)
        for depth in range(len(self.open) - 1, 0, -1):
            if self.open[depth].resume == address:
                return self.leave(depth, at)
        return self.leave(1, at)

    def build(self):
        recording, instructions = self.recording, self.recording.instructions
        steps, events = recording.steps, recording.events
        flow = [i.mnemonic in CALLS or i.mnemonic in (*RETURNS, "sysexit") for i in instructions]
        before, in_bios = None, None
        for at, key in enumerate(steps):
            instruction = instructions[key]
            if instruction.bios:
                in_bios = in_bios or self.enter_bios(at, before, events)
                continue
            if in_bios:
                self.leave(len(self.open) - 1, at)
                in_bios, before = None, None
            if before is not None and flow[before] or at in events:
                self.change_flow(instructions[before] if before is not None else None, instruction, at, events.get(at))
            step = Step(key, at)
            self.open[-1].body.append(step)
            self.last, before = step, key
        self.leave(1, len(steps))
        self.root.end = len(steps)
        return self.root

    def enter_bios(self, at, before, events):
        called = before is not None and self.recording.instructions[before].mnemonic in ("int", "call", "callf")
        # Bochs may show the instruction before the one that an interrupt came in front of twice.
        vector = next((events[near][-1] for near in (at, at - 1) if near in events), None)
        self.enter("bios" if called else "bios interrupt", at, vector)
        return True

    def change_flow(self, before, instruction, at, vectors):
        mnemonic = before.mnemonic if before else ""
        kind = CALLS.get(mnemonic)
        if kind and instruction.ip != before.end:
            self.enter(kind, at, vectors[-1] if vectors else None, before.end)
        elif vectors:
            if mnemonic in RETURNS:
                self.returned(mnemonic, None, at)
            self.enter("interrupt", at, vectors[-1])
        elif mnemonic in RETURNS or mnemonic == "sysexit":
            self.returned("iret" if mnemonic == "sysexit" else mnemonic, instruction.ip, at)


def bios_groups(group):
    """What the BIOS did in a group of the Builder's, piece by piece."""
    for step in group.body:
        for inner in step.groups or ():
            if inner.kind.startswith("bios"):
                yield inner
            else:
                yield from bios_groups(inner)


# ---- Loops -----------------------------------------------------------------------------------------------------------


def find_loops(body):
    """The same list with its loops as Groups of rounds, the inner ones inside their rounds."""
    out, place, at = [], {}, 0
    keys = [step.key for step in body]
    while at < len(body):
        key = keys[at]
        if key not in place:
            place[key] = len(out)
            out.append(body[at])
            at += 1
            continue
        head = place[key]
        first = out[head:]
        outer = set(place) - {step.key for step in first if isinstance(step, Step)}
        outer -= {other for step in first if isinstance(step, Group) for other in step.body[0]}
        end = loop_end(keys, at, key, outer, {known for known in place if place[known] >= head})
        rounds = [first, *(find_loops(piece) for piece in split(body, keys, at, end, key))]
        loop = Group("loop", first_step(first), rounds=rounds)
        loop.body = [{known for known in place if place[known] >= head}]
        del out[head:]
        for known in loop.body[0]:
            place[known] = head
        out.append(loop)
        at = end
        # The loop's own instructions are known as parts of it: when one comes back, an outer loop begins there.
    for item in out:
        if isinstance(item, Group):
            item.body = []
            item.end = end_of(item.rounds[-1][-1])
    return out


def loop_end(keys, at, key, outer, inside):
    """Where control leaves the loop with that head: at an outer instruction, or where the head does not come back."""
    inside = set(inside)
    while at < len(keys):
        if keys[at] not in inside:
            ahead = next((k for k in keys[at : at + LOOK_AHEAD] if k == key or k in outer), None)
            if ahead != key:
                return at
            inside.add(keys[at])
        at += 1
    return at


def split(body, keys, start, end, key):
    pieces = []
    for at in range(start, end):
        if keys[at] == key:
            pieces.append([])
        pieces[-1].append(body[at])
    return pieces


def first_step(items):
    item = items[0]
    return item.at if isinstance(item, Step) else item.first


def end_of(item):
    if isinstance(item, Group):
        return end_of(item.rounds[-1][-1])
    return item.groups[-1].end if item.groups else item.at + 1


def fold_groups(group):
    """Finds the loops in all bodies, the inner groups first."""
    pending = [group]
    while pending:
        current = pending.pop()
        pending += [inner for step in current.body if step.groups for inner in step.groups]
        current.keys = None
        current.body = find_loops(current.body)


def keys_of(item):
    """All instructions that occur in a step, group or list."""
    if isinstance(item, list):
        return frozenset().union(*(keys_of(part) for part in item))
    if isinstance(item, Step):
        own = frozenset((item.key,))
        return own.union(*(keys_of(group) for group in item.groups)) if item.groups else own
    if item.keys is None:
        item.keys = keys_of(item.body) if item.kind != "loop" else keys_of([part for r in item.rounds for part in r])
    return item.keys


# ---- What is shown ---------------------------------------------------------------------------------------------------


@dataclasses.dataclass
class Row:
    """kind: step, fold, rounds, bios. first and end: steps of the recording; group: what a fold or BIOS row is for."""

    kind: str
    depth: int
    first: int
    end: int
    group: Group | None = None
    count: int = 0


class Chooser:
    def __init__(self, milestones):
        self.milestones = frozenset(milestones)  # instructions that are always shown
        self.seen = set()
        self.rows = []

    def is_new(self, keys):
        return not keys <= self.seen or not self.milestones.isdisjoint(keys)

    def items(self, items, depth):
        for item in items:
            if isinstance(item, Group):
                self.loop(item, depth)
                continue
            if item.key >= 0:
                self.seen.add(item.key)
                self.rows.append(Row("step", depth, item.at, item.at + 1))
            for group in item.groups or ():
                self.group(group, depth + 1)

    def group(self, group, depth):
        if group.kind.startswith("bios"):
            self.rows.append(Row("bios", depth, group.first, group.end, group))
        elif self.is_new(keys_of(group)):
            self.items(group.body, depth)
        else:
            self.folded(group, depth)

    def folded(self, group, depth):
        self.rows.append(Row("fold", depth, group.first, group.end, group))
        self.bios_inside(group.body, depth + 1)

    def bios_inside(self, items, depth):
        """The BIOS calls in what is folded."""
        for item in items:
            if isinstance(item, Group):
                for one in item.rounds:
                    self.bios_inside(one, depth)
                continue
            for group in item.groups or ():
                if group.kind == "bios":
                    self.rows.append(Row("bios", depth, group.first, group.end, group))
                elif group.kind != "bios interrupt":
                    self.bios_inside(group.body, depth)

    def loop(self, loop, depth):
        self.items(loop.rounds[0], depth)
        skipped = []
        for one in loop.rounds[1:-1]:
            if self.is_new(keys_of(one)):
                self.rounds(skipped, depth)
                skipped = []
                self.items(one, depth)
            else:
                skipped.append(one)
        self.rounds(skipped, depth)
        if len(loop.rounds) > 1:
            self.items(loop.rounds[-1], depth)

    def rounds(self, rounds, depth):
        if rounds:
            self.rows.append(Row("rounds", depth, first_step(rounds[0]), end_of(rounds[-1][-1]), count=len(rounds)))
            for one in rounds:
                self.bios_inside(one, depth + 1)


def choose(recording, milestone_addresses):
    """The rows of the trace."""
    root = Builder(recording).build()
    fold_groups(root)
    wanted = {n for n, instruction in enumerate(recording.instructions) if instruction.ip in milestone_addresses}
    chooser = Chooser(wanted)
    chooser.items(root.body, 0)
    return chooser.rows
