"""Where things are in the built system: symbols and source lines of loader, kernel and programs, from their ELF files.

    find("protected_mode")      a Place: a milestone (22, protected_mode, 22_protected_mode), a symbol, a file and line
                                (mbr.asm:45), an address (0x7C00); of a program `hello:main` or apps/hello/main.c:8
"""

import bisect
import dataclasses
import difflib
import functools
import os
import pathlib
import re
import shutil
import subprocess

TOP = pathlib.Path(__file__).resolve().parent.parent
BUILD = TOP / "build"
DEFAULT = 0x7C00
STAGES = {"mbr": "loader/mbr.elf", "stage2": "loader/stage2.elf", "kernel": "kernel/kernel.elf"}
SECTOR = 512
RELOCATABLE, EXECUTABLE, POSITION_INDEPENDENT = 1, 2, 3  # [ELF] ET_REL, ET_EXEC, ET_DYN
MBR_CODE = 0x1B8  # behind it the disk has its own signature and partition table
FILE = re.compile(r"^(?:CU: )?(\S+):(?:\[\+\+\])?$")
ROW = re.compile(r"^(\S+)\s+(\d+|-)\s+(0x[0-9a-f]+|0)\b")


class Unknown(Exception):
    """What a person asked for is not there; the text is a sentence for that person."""


@dataclasses.dataclass
class Place:
    address: int
    name: str  # as a person would write it
    program: str | None = None


def binutils(name):
    """A tool of the cross compiler, or the computer's own: both read these files."""
    cross = os.environ.get("CROSS", "")
    names = [f"{prefix}{name}" for prefix in (cross, "i686-elf-", "i686-linux-gnu-", "")]
    return next((found for found in names if shutil.which(found)), name)


def compiler():
    """What made the kernel that is built: `GCC 12`, `clang 14`."""
    made = (BUILD / "obj/kernel/kernel/main.c.o").read_bytes()
    match = re.search(rb"(GCC): \([^)]*\) (\d+)|(clang) version (\d+)", made)
    return b" ".join(filter(None, match.groups())).decode() if match else "an unknown compiler"


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True, errors="replace").stdout


class Part:
    """One ELF file."""

    def __init__(self, name, path, program=None):
        self.name, self.path, self.program = name, pathlib.Path(path), program

    @functools.cached_property
    def symbols(self):
        """[(address, name)], sorted; without constants, names of the assembler's local labels and of sections."""
        found = []
        for line in run(binutils("nm"), "-n", "--defined-only", str(self.path)).splitlines():
            address, kind, name = line.split(maxsplit=2)
            if kind not in "aA" and not name.startswith("."):
                found.append((int(address, 16), name))
        return found

    @functools.cached_property
    def kind(self):
        """EXECUTABLE, or with addresses that count from where it is loaded: POSITION_INDEPENDENT or RELOCATABLE."""
        with open(self.path, "rb") as file:
            return file.read(18)[16]

    @property
    def movable(self):
        return self.kind == POSITION_INDEPENDENT

    @functools.cached_property
    def rows(self):
        """[(address, file, line)] of the line table, sorted; line 0 ends a piece of code."""
        text = run(binutils("readelf"), "-W", "--debug-dump=decodedline", str(self.path))
        found, file = [], ""
        for line in text.splitlines():
            if match := FILE.match(line):
                file = os.path.normpath(match[1])
            elif match := ROW.match(line):
                number = 0 if match[2] == "-" else int(match[2])
                found.append((int(match[3], 16), number > 0, len(found), file, number))
        # At one address the end of a piece comes before the start of the next, and the last row said counts.
        return [(address, file, number) for address, _, _, file, number in sorted(found)]

    @functools.cached_property
    def starts(self):
        return [address for address, _, _ in self.rows]

    def line_at(self, address):
        """(file, line) of the instruction at an address; None where there is none."""
        at = bisect.bisect_right(self.starts, address) - 1
        if at < 0 or self.rows[at][2] == 0:
            return None
        return self.rows[at][1:]

    def symbol_at(self, address):
        """(name, offset) of the symbol at or below an address; None where there is none."""
        at = bisect.bisect_right(self.symbols, (address, "\x7f")) - 1
        if at < 0:
            return None
        first = bisect.bisect_left(self.symbols, (self.symbols[at][0], ""))
        names = sorted((name for _, name in self.symbols[first : at + 1]), key=rank)
        return names[0], address - self.symbols[at][0]


def rank(name):
    return (not name.startswith("milestone_"), "." in name, name)


@functools.cache
def stages():
    return {name: Part(name, BUILD / path) for name, path in STAGES.items()}


@functools.cache
def programs():
    """Programs of the image and of the test image, and modules that are programs, by name."""
    paths = [path for folder in ("test-apps", "apps", "modules") for path in sorted(BUILD.glob(f"{folder}/*.elf"))]
    parts = [Part(path.stem, path, path.stem) for path in paths]
    return {part.name: part for part in parts if part.kind != RELOCATABLE}


@functools.cache
def milestones():
    """[(number, name, sentence)] in their order."""
    text = (TOP / "include/boot/milestones.def").read_text(encoding="utf-8")
    found = re.findall(r'^MILESTONE\((\d+), (\w+), "[^"]+",\s*"([^"]+)"\)', text, re.MULTILINE)
    return [(int(number), name, sentence) for number, name, sentence in found]


def stale():
    """A sentence when the image is not what the ELF files describe; None when they fit."""
    image = BUILD / "disk.img"
    needed = [image, *(BUILD / path for path in STAGES.values()), BUILD / "megha.sym"]
    for path in needed:
        if not path.exists():
            return f"{path.relative_to(TOP)} is missing, or is being built; `./build.sh image` makes it"
    with open(image, "rb") as disk:
        mbr, stage2 = (BUILD / f"loader/{name}.bin" for name in ("mbr", "stage2"))
        start, gap = disk.read(SECTOR), disk.read(stage2.stat().st_size)
    if start[:MBR_CODE] != mbr.read_bytes()[:MBR_CODE] or gap != stage2.read_bytes():
        return "build/disk.img and the symbols are of different builds; type `./build.sh image`, then this again"
    if (BUILD / "kernel/kernel.elf").stat().st_mtime > image.stat().st_mtime + 1:
        return "the kernel's symbols are newer than build/disk.img; type `./build.sh image`, then this again"
    return None


# ---- What a person means ---------------------------------------------------------------------------------------------


def near(wanted, names, count=6):
    """The names that look like what was asked for."""
    names = list(dict.fromkeys(names))
    inside = [name for name in names if len(wanted) > 2 and wanted.lower() in name.lower()]
    alike = difflib.get_close_matches(wanted, names, count, 0.5)
    return list(dict.fromkeys(alike + inside))[:count]


def find_milestone(where):
    for number, name, _ in milestones():
        if where in (str(number), name, f"{number}_{name}", f"milestone_{number}_{name}"):
            symbol = f"milestone_{number}_{name}"
            for part in stages().values():
                for address, known in part.symbols:
                    if known == symbol:
                        return Place(address, symbol)
    return None


def find_symbol(where):
    program, _, name = where.rpartition(":")
    if program:
        part = programs().get(program)
        parts = [part] if part else []
    else:
        parts = stages().values()
    for part in parts:
        for address, known in part.symbols:
            if known == name:
                return Place(address, where, part.program)
    return None


def files_named(path, parts):
    """The files in the line tables whose path ends so."""
    files = {file for part in parts for _, file, _ in part.rows}
    exact = [file for file in files if file == path]
    return exact or sorted(file for file in files if file.endswith("/" + path))


def find_line(where):
    path, _, number = where.rpartition(":")
    line = int(number)
    path = os.path.relpath(path, TOP) if os.path.isabs(path) else path.removeprefix("./")
    own = files_named(path, stages().values())
    files = own or files_named(path, programs().values())
    if not files:
        known = {file for part in stages().values() for _, file, _ in part.rows}
        known |= {f"apps/{name}/main.c" for name in programs()}
        names = {os.path.basename(file): file for file in known}
        likely = near(os.path.basename(path), names)
        raise Unknown(f"no source file '{path}' in loader, kernel and programs" +
                      listed([f"{names[name]}:{line}" for name in likely]))  # fmt: skip
    if len(files) > 1:
        raise Unknown(f"'{path}' is the name of several files; which one?" + listed(f"{f}:{line}" for f in files))
    for part in stages().values() if own else programs().values():
        found = [address for address, file, known in part.rows if file == files[0] and known == line]
        if found:
            return Place(min(found), f"{files[0]}:{line}", part.program)
    return no_code(files[0], line, stages().values() if own else programs().values())


def no_code(file, line, parts):
    lines = sorted({known for part in parts for _, name, known in part.rows if name == file and known})
    around = sorted(sorted(lines, key=lambda known: abs(known - line))[:4])
    nearest = listed(f"{file}:{known}" for known in around)
    raise Unknown(f"line {line} of {file} has no code; the nearest lines that have{nearest}")


def listed(names):
    names = list(names)
    return ":\n" + "\n".join(f"  {name}" for name in names) if names else ""


def find(where):
    """The Place that a person means. Raises Unknown, with what is nearest, when there is none."""
    if re.fullmatch(r"0[xX][0-9a-fA-F]{1,8}", where):
        return Place(int(where, 16), where)
    if re.fullmatch(r"[^:]+\.\w+:\d+", where):
        return find_line(where)
    place = find_milestone(where) or find_symbol(where)
    if place:
        return place
    milestone = [f"{number}_{name}" for number, name, _ in milestones()]
    names = [name for part in stages().values() for _, name in part.symbols]
    names += [f"{name}:{symbol}" for name, part in programs().items() for symbol in ("main",)]
    likely = near(where, [*(name for _, name, _ in milestones()), *names])
    raise Unknown(f"no milestone and no symbol '{where}'" + (listed(likely) if likely else "") +
                  "\nthe milestones" + listed(milestone))  # fmt: skip


def describe(address, parts=None):
    """`name+0x13 (file:line)` of an address in loader or kernel, as far as it is known."""
    for part in parts or stages().values():
        line = part.line_at(address)
        if line:
            name, offset = part.symbol_at(address) or ("?", 0)
            return f"{name}+{offset:#x} ({line[0]}:{line[1]})"
    return f"{address:#010x}"
