"""Finds the source line of every instruction that was executed.

Loader and kernel lie where they are linked. Programs share their addresses: which one an instruction belongs to is
found by its bytes, page by page. What is loaded elsewhere (position-independent programs and their library) is found
in the same way, and so is its base.
"""

import dataclasses
import re
import struct

import where

USER_START, KERNEL_BASE, STUB = 0x400000, 0xC0000000, 0xBFFFD000  # include/abi/layout.h; a test compares them
PAGE = 4096
STUB_SOURCE = "kernel/arch/x86/sysenter.asm"


@dataclasses.dataclass
class Origin:
    """Where an instruction comes from."""

    part: str
    file: str | None
    line: int
    symbol: str  # name+0x12


class Image:
    """The loaded bytes of one ELF file."""

    def __init__(self, part):
        self.part, self.segments = part, []
        data = part.path.read_bytes()
        (offset,) = struct.unpack_from("<I", data, 28)
        size, count = struct.unpack_from("<HH", data, 42)
        for at in range(count):
            kind, start, address, _, length = struct.unpack_from("<5I", data, offset + at * size)
            if kind == 1:
                self.segments.append((address, data[start : start + length]))

    def has(self, address, code):
        return any(start <= address and data[address - start : address - start + len(code)] == code
                   for start, data in self.segments)  # fmt: skip

    def bases(self, found):
        """Where it must have been loaded for all (address, bytes) of one page to be its own."""
        if not self.part.movable:
            return [0] if all(self.has(address, code) for address, code in found) else []
        page = found[0][0] & -PAGE
        own = {(start + at) & -PAGE for start, data in self.segments for at in range(0, len(data), PAGE)}
        return [page - mine for mine in sorted(own)
                if all(self.has(address - page + mine, code) for address, code in found)]  # fmt: skip


def stub_lines(code):
    """{offset in the stub page: line of its source}, from NASM's listing: it is data there, and has no line table."""
    listing = where.BUILD / f"obj/kernel/{STUB_SOURCE}.lst"
    rows = re.findall(r"(?m)^ *(\d+) ([0-9A-F]{8}) ([0-9A-F]+)", listing.read_text(encoding="utf-8"))
    pieces = [(int(number), int(offset, 16), bytes.fromhex(text)) for number, offset, text in rows]
    return {offset: number for number, offset, data in pieces if offset in code and code[offset].startswith(data)}


class Attribution:
    """origin(n) tells where the instruction with that number comes from; None for the BIOS's."""

    def __init__(self, recording):
        self.instructions = recording.instructions
        self.pages = {}  # (page, physical page): (Part, base)
        self.find_programs()
        stub = {i.ip - STUB: bytes.fromhex(i.bytes) for i in self.instructions if i.ip & -PAGE == STUB}
        self.stub = stub_lines(stub) if stub else {}
        self.known = {}

    def find_programs(self):
        groups = {}
        for i in self.instructions:
            if USER_START <= i.ip < KERNEL_BASE and i.ip & -PAGE != STUB and not i.bios:
                groups.setdefault((i.ip & -PAGE, i.physical & -PAGE), []).append((i.ip, bytes.fromhex(i.bytes)))
        images = [Image(part) for part in programs()] if groups else []
        for page, found in groups.items():
            fits = [(image.part, base) for image in images for base in image.bases(found)]
            # Pages of the same start-up code in several programs: the one that fits its neighbours.
            neighbours = [place for place in fits if place in self.pages.values()]
            if fits:
                self.pages[page] = (neighbours or fits)[0]

    def origin(self, number):
        if number not in self.known:
            self.known[number] = self.find(self.instructions[number])
        return self.known[number]

    def text(self, number):
        """The instruction, with the name of where it goes."""
        i = self.instructions[number]
        match = re.match(r"(call|j\w+|loop\w*) (0x[0-9a-f]+)$", i.text)
        origin = match and self.origin(number)
        if not origin or not origin.file:
            return i.text
        target = int(match[2], 16)
        part, base = self.pages.get((i.ip & -PAGE, i.physical & -PAGE), (None, 0))
        parts = [part] if part else where.stages().values()
        for part in parts:
            found = part.line_at(target - base) and part.symbol_at(target - base)
            if found:
                return f"{i.text} <{found[0]}{f'+{found[1]:#x}' if found[1] else ''}>"
        return i.text

    def find(self, i):
        if i.bios:
            return None
        if i.ip & -PAGE == STUB:
            line = self.stub.get(i.ip - STUB, 0)
            return Origin("kernel", STUB_SOURCE if line else None, line, f"kernel_call+{i.ip - STUB:#x}")
        if USER_START <= i.ip < KERNEL_BASE:
            part, base = self.pages.get((i.ip & -PAGE, i.physical & -PAGE), (None, 0))
            return self.in_part(part, i.ip - base) if part else Origin("program", None, 0, "?")
        for part in where.stages().values():
            if part.line_at(i.ip):
                return self.in_part(part, i.ip)
        return Origin("?", None, 0, "?")

    def in_part(self, part, address):
        name, offset = part.symbol_at(address) or ("?", 0)
        file, line = part.line_at(address) or (None, 0)
        return Origin(part.name, file, line, f"{name}+{offset:#x}" if offset else name)


def programs():
    parts = [part for part in where.programs().values() if part.path.parent.name in ("apps", "modules")]
    library = where.BUILD / "library/libmegha.so.elf"
    return [*parts, where.Part("libmegha.so", library)] if library.exists() else parts
