"""Who calls whom in the kernel and its linked modules, as compiled. A call counts that the plain kernel has or the
checked one: what is true of this graph is true of both.

    graph = read(pathlib.Path("build"))     after ./build.sh lint has built both

What C functions call is told by GCC, beside each object (NAME.c.ci, by -fcallgraph-info). It is told after inlining: a
function that was inlined everywhere is not there, and its callers have its calls. What assembly calls, inside C too, is
read from the code.

A node is a function's name; of a static one `file:name`, of a global one of a linked module `module:name`.
"""

import collections
import os
import pathlib
import re
import struct
import subprocess

from where import binutils

KERNELS = ["kernel.list", "checked.list"]  # in the folder of the build: the objects of each

CI_NODE = re.compile(r'node: \{ title: "([^"]+)" label: "[^"]*"( shape : ellipse)? \}')
CI_EDGE = re.compile(r'edge: \{ sourcename: "([^"]+)" targetname: "([^"]+)"(?: label: "(.+):(\d+):(\d+)")? \}')
CI_POINTER = "__indirect_call"

LISTED_FILE = re.compile(r"^(\S+):\s+file format ")
LISTED_LABEL = re.compile(r"^[0-9a-f]+ <([^>]+)>:$")
LISTED_RELOCATION = re.compile(r"^\s+[0-9a-f]+: R_386_P(?:C|LT)32\s+(\w[\w.]*)")
LISTED_INSTRUCTION = re.compile(r"^\s+[0-9a-f]+:\s+(\w+)(?:\s+[0-9a-f]+ <([\w.]+)(?:\+0x[0-9a-f]+)?>)?")
ENDS = {"jmp", "ret", "iret", "sysexit"}  # behind these the CPU does not go on with the next instruction

RELOCATIONS, SYMBOLS = 9, 2  # [ELF] SHT_REL, SHT_SYMTAB
IN_MEMORY = 2  # [ELF] SHF_ALLOC
R_386_32, FUNCTION, SECTION, GLOBAL = 1, 2, 3, 1


class Missing(Exception):
    """What the build should have left is not there; the text is a sentence for a person."""


class Graph:
    def __init__(self):
        self.calls = collections.defaultdict(set)  # {function: functions that it calls}
        self.sources = {}  # {C function: file}
        self.pointer_calls = []  # (function, file, line, column) of each call through a pointer
        self.stored = collections.defaultdict(list)  # {function: where its address stands, (file, section)}
        self.lets_interrupts_in = set()  # functions with an STI
        self.names = collections.defaultdict(dict)  # {module, None for the kernel: {name in its objects: node}}

    def find(self, name, module=None):
        """The node that a name means in that module, or in the kernel; None where nobody defines it."""
        places = [module, None, *self.names]
        return next((self.names[place][name] for place in places if name in self.names[place]), None)

    def followed(self, function, without):
        """What the function calls, without some calls: pairs of functions, and functions with all their calls."""
        return {name for name in self.calls[function] if not {function, (function, name)} & without}

    def reaching(self, targets, without):
        """All functions from which a way of calls leads to one of the targets, these included."""
        callers = collections.defaultdict(list)
        for function in list(self.calls):
            for name in self.followed(function, without):
                callers[name].append(function)
        found, waiting = set(targets), list(targets)
        while waiting:
            new = set(callers[waiting.pop()]) - found
            found |= new
            waiting += new
        return found

    def path(self, function, targets, without):
        """A shortest way of calls from the function to one of the targets, both included; None where there is none."""
        came_from, waiting = {function: None}, collections.deque([function])
        while waiting:
            at = waiting.popleft()
            if at in targets:
                way = [at]
                while came_from[way[0]]:
                    way.insert(0, came_from[way[0]])
                return way
            for called in sorted(self.followed(at, without) - came_from.keys()):
                came_from[called] = at
                waiting.append(called)
        return None


class Object:
    """An object file [ELF] of one source. `module` is the linked module that it is part of; None: the kernel."""

    def __init__(self, path, module):
        self.path, self.module = path, module
        self.source = re.sub(r"^.*?/obj/\w+/", "", path).removesuffix(".o")
        self.is_assembly = self.source.endswith(".asm")
        self.data = pathlib.Path(path).read_bytes()
        self.sections = self.read_sections()
        self.symbols = self.read_symbols()
        self.globals = {name for name, _, _, is_global, section in self.symbols if is_global and section}

    def read_sections(self):
        """[(name, kind, flags, offset, size, link, info)]"""
        (start,) = struct.unpack_from("<I", self.data, 32)
        size, count, names = struct.unpack_from("<HHH", self.data, 46)
        headers = [struct.unpack_from("<10I", self.data, start + at * size) for at in range(count)]
        return [(self.text(headers[names][4] + header[0]), *header[1:3], *header[4:8]) for header in headers]

    def read_symbols(self):
        """[(name, value, kind, is global, section)]"""
        offset, size, names = next((part[3:6] for part in self.sections if part[1] == SYMBOLS), (0, 0, 0))
        found = []
        for at in range(offset, offset + size, 16):
            name, value, _, info, _, section = struct.unpack_from("<IIIBBH", self.data, at)
            name = self.text(self.sections[names][3] + name)
            found.append((name, value, info & 15, info >> 4 == GLOBAL, section))
        return found

    def text(self, at):
        return self.data[at : self.data.index(b"\0", at)].decode()

    def node(self, name):
        """The node of a symbol that is defined here, or of a title in the .ci file, where a static one has its file."""
        if name in self.globals:
            return f"{self.module}:{name}" if self.module else name
        return name if ":" in name or self.is_assembly else f"{self.source}:{name}"

    def stored_addresses(self):
        """(function, section) where code or data in memory hold a function's address."""
        functions = {(section, value): name for name, value, kind, _, section in self.symbols if kind == FUNCTION}
        for offset, size, target in (part[3:5] + part[6:] for part in self.sections if part[1] == RELOCATIONS):
            section, _, flags, contents, *_ = self.sections[target]
            for at in range(offset, offset + size, 8) if flags & IN_MEMORY else ():
                place, info = struct.unpack_from("<II", self.data, at)
                name, _, kind, _, defined_in = self.symbols[info >> 8]
                if kind == SECTION:
                    (value,) = struct.unpack_from("<I", self.data, contents + place)
                    name = functions.get((defined_in, value))
                if info & 0xFF == R_386_32 and name:
                    yield name, section


def objects(build):
    """The objects that the kernels and the linked modules were linked from, by the lists that make keeps."""
    paths = {path: None for name in KERNELS for path in (build / name).read_text(encoding="utf-8").split()}
    for module in (build / "modules.list").read_text(encoding="utf-8").split():
        own = build / f"modules-{module}.list"
        if own.exists():  # a service has none
            paths.update(dict.fromkeys(own.read_text(encoding="utf-8").split(), module))
    return [Object(path, module) for path, module in paths.items()]


def read_ci(graph, part):
    """Adds what GCC tells of an object. What is called is a pair (module, name) until all is read."""
    path = pathlib.Path(part.path.removesuffix(".o") + ".ci")
    if not path.exists():
        raise Missing(f"{path} is missing. GCC writes it by -fcallgraph-info, other compilers do not; "
                      "`./build.sh clean`, then `./build.sh lint` makes it anew")  # fmt: skip
    text = path.read_text(encoding="utf-8")
    for title, is_elsewhere in CI_NODE.findall(text):
        if not is_elsewhere:
            graph.names[part.module][title] = part.node(title)
            graph.sources[part.node(title)] = part.source
            graph.calls[part.node(title)] |= set()
    for caller, called, file, line, column in CI_EDGE.findall(text):
        if called == CI_POINTER:
            graph.pointer_calls.append((part.node(caller), os.path.normpath(file), int(line or 0), int(column or 0)))
        else:
            graph.calls[part.node(caller)].add((part.module, called))


def read_code(graph, parts):
    """Adds the calls that stand in the code. In assembly the code behind a local label is the last global one's."""
    command = [binutils("objdump"), "-d", "-r", "--no-show-raw-insn", *(part.path for part in parts)]
    listing = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    by_path = {part.path: part for part in parts}
    part = current = last = None
    for line in listing.splitlines():
        if match := LISTED_FILE.match(line):
            part, current, last = by_path[match[1]], None, None
        elif match := LISTED_LABEL.match(line):
            label = match[1].removesuffix(".cold")
            before, current = current, part.node(label)
            if part.is_assembly and label not in part.globals:
                current = before or part.source
            elif part.is_assembly and before and last not in ENDS:
                graph.calls[before].add(current)
            graph.names[part.module][part.source, label] = current
        elif match := LISTED_RELOCATION.match(line):
            graph.calls[current].add((part.module, match[1]))
        elif match := LISTED_INSTRUCTION.match(line):
            last = match[1]
            if last == "sti":
                graph.lets_interrupts_in.add(current)
            if match[2]:
                graph.calls[current].add((part.module, (part.source, match[2].removesuffix(".cold"))))


def join_labels(graph, part):
    """Global labels of assembly at one address are one piece of code."""
    at = collections.defaultdict(set)
    for name, value, _, is_global, section in part.symbols:
        if is_global and section and part.is_assembly:
            at[section, value].add(part.node(name))
    for names in at.values():
        for name in names:
            graph.calls[name] |= names - {name}


def resolve(graph):
    """Puts nodes in the place of names, now that all are known."""
    for function, called in graph.calls.items():
        pairs = {pair for pair in called if isinstance(pair, tuple)}
        nodes = {graph.find(name, module) for module, name in pairs}
        graph.calls[function] = (called - pairs | nodes) - {None, function}


def read(build):
    graph = Graph()
    try:
        parts = objects(build)
    except FileNotFoundError as error:
        raise Missing(f"{error.filename} is missing; `./build.sh lint` makes it") from None
    for part in parts:
        graph.names[part.module].update((name, part.node(name)) for name in part.globals)
        join_labels(graph, part)
        if not part.is_assembly:
            read_ci(graph, part)
    read_code(graph, parts)
    resolve(graph)
    functions = {part.node(name) for part in parts for name, _, kind, *_ in part.symbols if kind == FUNCTION}
    for part in parts:
        for name, section in part.stored_addresses():
            node = graph.find(part.node(name), part.module) or graph.find(name, part.module)
            if node in functions:
                graph.stored[node].append((part.source, section))
    return graph
