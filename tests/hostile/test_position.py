"""Position-independent programs and a program library that are damaged: refused with a sentence, harmless, told."""

import random
import re
import struct

import pytest

from harness.image import Image
from harness.many import run_all
from harness.places import BUILD
from harness.qemu import Qemu
from harness.road import boot, say_hello

WHERE = BUILD / "apps/where"
LIBRARY = BUILD / "library/libmegha.so"
LIBRARY_PATH = "/apps/libmegha.so"
LOAD, DYNAMIC = 1, 2
HASH, REL, TEXTREL, JUMPS, DEBUG = 4, 17, 22, 23, 21  # tags of the dynamic section
CODE = 0x130  # an address in the code of either file
FUZZED = 60
LIBRARIES = 8


class Elf:
    """A file whose parts can be changed."""

    def __init__(self, path):
        self.data = bytearray(path.read_bytes())
        table, count = struct.unpack_from("<I", self.data, 28)[0], struct.unpack_from("<H", self.data, 44)[0]
        self.heads = [table + 32 * at for at in range(count)]

    def word(self, offset):
        return struct.unpack_from("<I", self.data, offset)[0]

    def put(self, offset, value):
        struct.pack_into("<I", self.data, offset, value & 0xFFFFFFFF)
        return self

    def replace(self, old, new):
        assert old in self.data and len(old) == len(new)
        self.data = self.data.replace(old, new)
        return self

    def at(self, address):
        """The offset of an address in the file."""
        for head in self.heads:
            kind, offset, start, _, size = struct.unpack_from("<5I", self.data, head)
            if kind == LOAD and start <= address < start + size:
                return offset + address - start
        raise AssertionError(f"{address:#x} is in no segment")

    def tag(self, wanted):
        """The offset of an entry of the dynamic section; its value is 4 bytes behind."""
        head = next(head for head in self.heads if self.word(head) == DYNAMIC)
        start = self.word(head + 4)
        return next(at for at in range(start, start + self.word(head + 16), 8) if self.word(at) == wanted)

    def table(self, tag):
        """The offset of the table that an entry names."""
        return self.at(self.word(self.tag(tag) + 4))


def relocation(offset=None, info=None):
    """`where` with a change in its first relocation."""
    elf = Elf(WHERE)
    if offset is not None:
        elf.put(elf.table(JUMPS), offset)
    if info is not None:
        elf.put(elf.table(JUMPS) + 4, info)
    return elf


def with_tag(tag, new_tag=None, value=None):
    """`where` with a change in an entry of its dynamic section."""
    elf = Elf(WHERE)
    at = elf.tag(tag)
    if new_tag is not None:
        elf.put(at, new_tag)
    return elf.put(at + 4, value) if value is not None else elf


RELOCATION = "a relocation in the file is malformed, or points outside memory that it may write"
MALFORMED = "what the file tells the dynamic loader is malformed"
BAD = {
    "other-library": (Elf(WHERE).replace(b"libmegha.so", b"libother.so"),
                      "the library that the program needs is not there",
                      "/apps/other-library needs the library libother.so, but libmegha.so is the only one."),
    "undefined": (Elf(WHERE).replace(b"process_next\0", b"process_text\0"),
                  "a name that the program uses is defined nowhere",
                  "/apps/undefined uses process_text, which is defined nowhere."),
    "in-code": (relocation(offset=CODE), RELOCATION, None),
    "in-kernel": (relocation(offset=0xC0100000), RELOCATION, None),
    "in-stub-page": (relocation(offset=0xBFFFD000), RELOCATION, None),
    "of-no-kind": (relocation(info=1 << 8 | 99), RELOCATION, None),
    "of-a-copy": (relocation(info=1 << 8 | 5), RELOCATION, None),
    "of-no-symbol": (relocation(info=0xFFFFFF07), RELOCATION, None),
    "text": (with_tag(DEBUG, new_tag=TEXTREL), RELOCATION, None),
    "hash-far": (with_tag(HASH, value=0xFFFFFFF0), MALFORMED, None),
    "jumps-far": (with_tag(JUMPS, value=0x7FFFFFF8), MALFORMED, None),
    "no-hash": (with_tag(HASH, new_tag=DEBUG), MALFORMED, None),
}  # fmt: skip


@pytest.fixture(scope="module")
def machine():
    """One machine with all bad programs on its disk."""
    with Image() as image:
        for name, (elf, _, _) in BAD.items():
            image.put(f"/apps/{name}", bytes(elf.data))
        with Qemu(image.path) as running:
            boot(running)
            yield running


@pytest.mark.parametrize("name", BAD)
def test_a_bad_position_independent_program_is_refused_with_a_sentence(name, machine):
    _, sentence, line = BAD[name]
    assert machine.command(name) == (f"{line}\n" if line else "") + f"{name}: {sentence}.\n"
    say_hello(machine)


def test_refused_position_independent_programs_leave_no_memory_behind(machine):
    machine.command("where")
    before = machine.command("mem")
    for name in [*BAD, "where"]:
        machine.command(name)
    assert machine.command("mem") == before


def run_where_with_library(data):
    """What the kernel logs and `where` prints with that library on the disk; None: without."""
    with Image() as image:
        if data is None:
            image.remove(LIBRARY_PATH)
        else:
            image.put(LIBRARY_PATH, data)
        with Qemu(image.path) as running:
            boot(running)
            printed = running.command("where")
            say_hello(running)
            return running.serial, printed


def test_without_the_library_only_programs_that_need_it_do_not_start():
    log, printed = run_where_with_library(None)
    assert "libmegha.so" not in log.split("megha>")[0]
    assert printed == "where: the library that the program needs is not there.\n"


@pytest.mark.parametrize("cut", [0, 3, 60, 5000, -1])
def test_a_library_that_was_cut_is_told_at_boot(cut):
    data = LIBRARY.read_bytes()
    end = Elf(LIBRARY).word(Elf(LIBRARY).heads[2] + 4) + 4  # a part of its last segment
    log, printed = run_where_with_library(data[: end if cut < 0 else cut])
    assert re.search(r"kernel: /apps/libmegha\.so cannot be used: .*\. Copy it onto the stick again", log), log
    assert printed == "where: the library that the program needs is not there.\n"


def damaged(data, chance):
    """Some bytes changed at random, mostly where the loader reads."""
    data = bytearray(data)
    for _ in range(chance.choice((1, 2, 8, 40))):
        start, size = chance.choice(((0, 300), (0x1000, 0x400), (0, len(data))))
        data[start + chance.randrange(min(size, len(data) - start))] = chance.choice((0, 0xFF, chance.randrange(256)))
    return bytes(data)


@pytest.mark.limit(300)
def test_randomly_changed_position_independent_programs_do_no_harm():
    chance = random.Random(6)
    with Image() as image:
        for number in range(FUZZED):
            image.put(f"/apps/p{number}", damaged(WHERE.read_bytes(), chance))
        run_all(image, (f"p{number}" for number in range(FUZZED)))


@pytest.mark.limit(300)
@pytest.mark.parametrize("seed", range(LIBRARIES))
def test_a_randomly_changed_library_does_no_harm(seed):
    data = bytearray(LIBRARY.read_bytes())
    chance = random.Random(seed)
    tables = Elf(LIBRARY).table(HASH)
    for _ in range(chance.choice((1, 4, 30))):
        data[tables + chance.randrange(0x1000)] = chance.choice((0, 0xFF, chance.randrange(256)))
    with Image() as image:
        image.put(LIBRARY_PATH, bytes(data))
        run_all(image, ["where"] * 3)
