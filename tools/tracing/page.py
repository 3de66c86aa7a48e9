"""The trace as one HTML file that needs nothing else: style, program and data are in it."""

import json
import pathlib

import where
from tracing import attribute, glossary, memory, model, replay

FOLDER = pathlib.Path(__file__).resolve().parent / "page"
KINDS = ("milestone", "step", "bios", "fold", "rounds")
DEPTH_MAX = 14
PARTS = ("page.html", "page.css", "page.js", "state.js")


class Names:
    """Numbers for texts that occur often."""

    def __init__(self):
        self.list, self.numbers = [], {}

    def number(self, text):
        if text not in self.numbers:
            self.numbers[text] = len(self.list)
            self.list.append(text)
        return self.numbers[text]


class Page:
    def __init__(self, trace):
        self.trace = trace
        self.files, self.notes, self.states, self.tables = Names(), Names(), Names(), Names()
        self.instructions, self.numbers = [], {}

    def instruction(self, number):
        """The place of an instruction in the page's list, which holds only those that are shown."""
        if number not in self.numbers:
            i, origin = self.trace.recording.instructions[number], self.trace.origins.origin(number)
            repeated = i.text.startswith("rep")
            self.numbers[number] = len(self.instructions)
            self.instructions.append([
                i.cs, i.ip, i.physical, i.bytes, self.trace.origins.text(number),
                self.files.number(origin.file or ""), origin.line, self.notes.number(origin.symbol),
                self.notes.number(glossary.sentence(i.mnemonic, repeated))])  # fmt: skip
        return self.numbers[number]

    def row(self, entry):
        """[kind, depth, what, note, changes, writes, state, tables]; what: instruction or label."""
        what = self.notes.number(entry.label) if entry.number is None else self.instruction(entry.number)
        changes = []
        for at, (old, new) in enumerate(zip(entry.before, entry.after)):
            if old != new:
                changes += [at, new]
        written = [access for access in entry.accesses if access[0] == "W"]
        writes = [part for access in written[:4] for part in access[1:]]
        return [KINDS.index(entry.kind), min(entry.depth, DEPTH_MAX), what, self.notes.number(entry.note), changes,
                writes, self.state(entry.dump), self.table(entry.tables), entry.first,
                entry.end - entry.first]  # fmt: skip

    def state(self, dump):
        if dump is None:
            return -1
        segments = [[name, *values] for name, values in dump.segments.items()]
        return self.states.number(json.dumps([segments, dump.tables, dump.control, dump.gdt]))

    def table(self, dump):
        if dump is None:
            return -1
        present = [[index, entry] for index, entry in dump.directory.items() if entry & 1]
        return self.tables.number(json.dumps([dump.control.get(3, 0), present, dump.mapped]))

    def data(self):
        trace = self.trace
        rows = [self.row(entry) for entry in trace.entries]
        milestones = [[int(entry.label.split()[0]), entry.label.split()[1], entry.note, at, entry.first]
                      for at, entry in enumerate(trace.entries) if entry.kind == "milestone"]  # fmt: skip
        sources = {}
        for file in self.files.list:
            path = where.TOP / file
            sources[file] = path.read_text(encoding="utf-8").rstrip("\n") if file and path.is_file() else ""
        return {
            "steps": len(trace.recording.steps), "own": trace.own_steps, "registers": replay.REGISTERS,
            "first": list(trace.entries[0].before), "flags": list(model.FLAG_BITS.items()), "milestones": milestones,
            "instructions": self.instructions, "rows": rows, "notes": self.notes.list, "files": self.files.list,
            "sources": sources, "states": [json.loads(text) for text in self.states.list],
            "tables": [json.loads(text) for text in self.tables.list], "memory": memory.regions(),
            "kernel": attribute.KERNEL_BASE,
        }  # fmt: skip


def write(trace, path):
    data = json.dumps(Page(trace).data(), separators=(",", ":")).replace("</", "<\\/")
    parts = {name: (FOLDER / name).read_text(encoding="utf-8") for name in PARTS}
    html = parts["page.html"].replace("/* style */", parts["page.css"])
    html = html.replace("/* program */", parts["state.js"] + parts["page.js"]).replace("/* data */", data)
    pathlib.Path(path).write_text(html, encoding="utf-8")
