"""Programs that are damaged or misbehave: they are refused or ended with a sentence, and the prompt comes back."""

import random
import re
import struct
import subprocess

import pytest

from harness.bochs import Bochs
from harness.image import Image
from harness.many import run_all
from harness.places import BUILD, DISK, TOP
from harness.qemu import Qemu
from harness.road import boot, say_hello

HELLO = BUILD / "apps/hello"
ELF_ENTRY, ELF_TABLE, ELF_COUNT = 24, 28, 44  # offsets in the ELF header
LOAD = 1
FUZZED = 60


def changed(offset, form, value):
    """hello with a field of its ELF header changed."""
    data = bytearray(HELLO.read_bytes())
    struct.pack_into(form, data, offset, value)
    return bytes(data)


def segment_changed(index, field, value):
    """hello with a field of a loadable segment changed; fields count the words of the program header."""
    data = bytearray(HELLO.read_bytes())
    table, count = struct.unpack_from("<I", data, ELF_TABLE)[0], struct.unpack_from("<H", data, ELF_COUNT)[0]
    loads = [table + 32 * at for at in range(count) if struct.unpack_from("<I", data, table + 32 * at)[0] == LOAD]
    if callable(value):
        value = value([struct.unpack_from("<8I", data, at) for at in loads])
    struct.pack_into("<I", data, loads[index] + 4 * field, value)
    return bytes(data)


def segment_of_type(kind):
    """hello with its first program header that is not loadable turned into one of that kind."""
    data = bytearray(HELLO.read_bytes())
    table, count = struct.unpack_from("<I", data, ELF_TABLE)[0], struct.unpack_from("<H", data, ELF_COUNT)[0]
    others = [table + 32 * at for at in range(count) if struct.unpack_from("<I", data, table + 32 * at)[0] != LOAD]
    struct.pack_into("<I", data, others[0], kind)
    return bytes(data)


OFFSET, ADDRESS, FILE_SIZE, MEMORY_SIZE = 1, 2, 4, 5  # words of a program header

def bad_programs():
    """Files that are no programs: {name: (contents, what is said about them)}."""
    whole = HELLO.read_bytes()
    return {
        "empty": (b"", "empty"),
        "a-byte": (b"\x7f", "not an ELF|shorter"),
        "text": (b"#!/bin/sh\necho hello\n" * 20, "not an ELF"),
        "truncated-header": (whole[:40], "shorter|not an ELF"),
        "truncated": (whole[:600], "shorter"),
        "sixty-four-bits": (changed(4, "<B", 2), "not an ELF"),
        "big-endian": (changed(5, "<B", 2), "not an ELF"),
        "for-arm": (changed(18, "<H", 40), "not an ELF"),
        "relocatable": (changed(16, "<H", 1), "not an ELF"),
        "table-far": (changed(ELF_TABLE, "<I", 0x7FFFFFFF), "shorter|not an ELF"),
        "table-last": (changed(ELF_TABLE, "<I", 0xFFFFFFF0), "shorter|not an ELF"),
        "no-segment": (changed(ELF_COUNT, "<H", 0), "entry|not an ELF|segment"),
        "many-segments": (changed(ELF_COUNT, "<H", 0xFFFF), "shorter|not an ELF|segment"),
        "entry-zero": (changed(ELF_ENTRY, "<I", 0), "entry point"),
        "entry-kernel": (changed(ELF_ENTRY, "<I", 0xC0100000), "entry point"),
        "entry-last": (changed(ELF_ENTRY, "<I", 0xFFFFFFFF), "entry point"),
        "segment-kernel": (segment_changed(0, ADDRESS, 0xC0100000), "segment"),
        "segment-low": (segment_changed(0, ADDRESS, 0x1000), "segment"),
        "segment-wraps": (segment_changed(0, ADDRESS, 0xFFFFF000), "segment"),
        "segment-stack": (segment_changed(-1, ADDRESS, 0xBFEFF000), "segment"),
        "segment-overlap": (segment_changed(-1, ADDRESS, lambda loads: loads[0][ADDRESS]), "segment"),
        "segment-behind": (segment_changed(0, OFFSET, len(whole)), "shorter|segment"),
        "segment-huge": (segment_changed(-1, MEMORY_SIZE, 0x40000000), "memory|segment"),
        "segment-4gib": (segment_changed(-1, MEMORY_SIZE, 0xFFFFFFFF), "memory|segment"),
        "with-interpreter": (segment_of_type(3), "dynamic loader of another system"),
        "dynamic-but-fixed": (segment_of_type(2), "dynamic loader of another system"),
        "file-larger": (segment_changed(-1, FILE_SIZE, lambda loads: loads[-1][MEMORY_SIZE] + 1), "segment|shorter"),
    }


BAD = bad_programs()


@pytest.fixture(scope="module")
def machine():
    """One machine with all bad programs on its disk."""
    with Image() as image:
        for name, (data, _) in BAD.items():
            image.put(f"/apps/{name}", data)
        with Qemu(image.path) as running:
            boot(running)
            yield running


@pytest.mark.parametrize("name", BAD)
def test_a_bad_program_is_refused_with_a_sentence(name, machine):
    output = machine.command(name)
    _, sentence = BAD[name]
    assert re.fullmatch(rf"{name}: .*({sentence}).*\.\n", output), output
    say_hello(machine)


@pytest.mark.parametrize("offset", [0x2000, 0xFFFFFFF0], ids=["behind the end", "at the end of all numbers"])
def test_zeroed_memory_needs_no_place_in_the_file(offset, tmp_path):
    program = tmp_path / "bss-behind"
    source = TOP / "tests/hostile/elf/bss_behind.asm"
    subprocess.run(["nasm", "-f", "bin", f"-DOFFSET={offset:#x}", "-o", program, source], check=True)
    with Image() as image:
        image.put("/apps/bss-behind", program.read_bytes())
        with Qemu(image.path) as running:
            boot(running)
            assert "status 42" in running.command("bss-behind")


def test_refused_programs_leave_no_memory_behind(machine):
    before = machine.command("mem")
    for name in BAD:
        machine.command(name)
    assert machine.command("mem") == before


# ---- Faults


CRASHES = {
    "null": r"page fault reading 0x00000000",
    "write": r"page fault writing 0x00[4-7][0-9a-f]{5}",
    "jump": r"page fault executing 0x00000000",
    "divide": r"divide error",
    "undefined": r"(invalid|undefined) (opcode|instruction)",
    "privileged": r"general protection fault",
    "stack": r"(stack overflow: )?page fault writing 0xbf[0-9a-f]{6}",
}


@pytest.fixture(scope="module", params=["QEMU", "Bochs"])
def at_prompt(request):
    with {"QEMU": Qemu, "Bochs": Bochs}[request.param](DISK) as running:
        if isinstance(running, Bochs):
            running.go()
        boot(running)
        yield running


@pytest.mark.parametrize("fault", CRASHES)
def test_a_fault_ends_the_program_with_one_line(fault, at_prompt):
    output = at_prompt.command(f"crash {fault}")
    where = r"0x00000000" if fault == "jump" else r"0x00[4-7][0-9a-f]{5} \w+\+0x[0-9a-f]+"
    assert re.fullmatch(rf"crash \(pid \d+\) killed: {CRASHES[fault]} at {where}\n", output), output
    say_hello(at_prompt)


def test_a_null_read_is_told_as_documented(at_prompt):
    line = at_prompt.command("crash null")
    assert re.fullmatch(
        r"crash \(pid \d+\) killed: page fault reading 0x00000000 at 0x00[4-7][0-9a-f]{5} main\+0x[0-9a-f]+\n", line
    ), line


def test_faults_leave_no_memory_behind(at_prompt):
    at_prompt.command("crash stack")
    before = at_prompt.command("mem")
    for _ in range(3):
        for fault in CRASHES:
            at_prompt.command(f"crash {fault}")
    assert at_prompt.command("mem") == before


# ---- Random


@pytest.mark.limit(300)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_randomly_changed_programs_do_no_harm(seed):
    """Bytes of hello are changed at random, mostly in its headers."""
    chance = random.Random(seed)
    whole = HELLO.read_bytes()
    with Image() as image:
        for number in range(FUZZED):
            data = bytearray(whole)
            for _ in range(chance.choice((1, 2, 8, 40))):
                limit = len(data) if chance.random() < 0.4 else 300
                data[chance.randrange(limit)] = chance.choice((0, 0xFF, chance.randrange(256)))
            image.put(f"/apps/f{number}", bytes(data))
        run_all(image, (f"f{number}" for number in range(FUZZED)))


@pytest.mark.limit(300)
def test_random_code_does_no_harm():
    """Whole programs of random instructions, in a correct ELF file."""
    chance = random.Random(4)
    whole = HELLO.read_bytes()
    entry = struct.unpack_from("<I", whole, ELF_ENTRY)[0]
    table, count = struct.unpack_from("<I", whole, ELF_TABLE)[0], struct.unpack_from("<H", whole, ELF_COUNT)[0]
    headers = [struct.unpack_from("<8I", whole, table + 32 * at) for at in range(count)]
    code = next(head for head in headers if head[0] == LOAD and head[2] <= entry < head[2] + head[4])
    start, end = code[1] + entry - code[2], code[1] + code[4]
    with Image() as image:
        for number in range(FUZZED):
            image.put(f"/apps/r{number}", whole[:start] + chance.randbytes(end - start) + whole[end:])
        run_all(image, (f"r{number}" for number in range(FUZZED)))


def test_a_flood_on_the_serial_line_does_no_harm():
    chance = random.Random(5)
    with Qemu(DISK) as running:
        boot(running)
        for _ in range(40):
            running.type("".join(chr(chance.choice([*range(32, 127), 13, 27, 8, 9, 200])) for _ in range(500)))
        running.type("\r\rhello\r")
        running.wait_for(r"Hello from ring 3, pid \d+\n")
        running.wait_for_prompt()
