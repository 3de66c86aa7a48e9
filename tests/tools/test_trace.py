"""`./build.sh trace`: the boot instruction by instruction, whole and in order, each of ours with its source line."""

import re
import shutil
import subprocess
import sys

import pytest

from harness.places import BUILD, TOP, layout_number, milestones, symbols

STEP = re.compile(r"^([0-9a-f]{4}):([0-9a-f]{4,8}) +([0-9a-f]+) +(\S.*)$")
SOURCE = re.compile(r" (\w+\.(?:asm|c|h|inc)):(\d+)(?:  |$)")
TRACE_LIMIT = 300  # seconds; 15 on an idle computer


@pytest.fixture(scope="module")
def text(whole_trace):
    return (BUILD / "trace.txt").read_text(encoding="utf-8")


def trace(*places, folder=TOP, path=None):
    environment = {"PATH": path} if path else None
    return subprocess.run([sys.executable, folder / "tools/trace_boot.py", *places], capture_output=True, text=True,
                          env=environment, timeout=TRACE_LIMIT, check=False)  # fmt: skip


def after(text, number):
    """The text from the heading of a milestone on."""
    return text[text.index(f"\nmilestone {number} ") :]


@pytest.mark.limit(TRACE_LIMIT)
def test_every_milestone_is_there_in_order(text, whole_trace):
    expected = [(str(number), name, sentence) for number, name, _, sentence in milestones()]
    assert re.findall(r"(?m)^milestone (\d+) (\w+): (.*)$", text) == expected
    told = re.findall(r"(?m)^ +([\d,]+) +\+[\d,]+  milestone (\d+) (\w+)$", whole_trace)
    assert [(number, name) for _, number, name in told] == [(number, name) for number, name, _ in expected]
    counts = [int(count.replace(",", "")) for count, _, _ in told]
    assert counts == sorted(counts) and counts[-1] > 100000


def test_every_instruction_of_ours_has_a_source_line_that_exists(text):
    """Folding keeps the first time of each, so each different one is in the text."""
    seen = set()
    for line in text.splitlines():
        if STEP.match(line):
            place = SOURCE.search(line)
            assert place, f"no source line: {line}"
            seen.add(place[1])
    assert {"mbr.asm", "entry.asm", "protected_mode.asm", "start.asm", "main.c", "sysenter.asm", "format.c"} <= seen
    assert len(seen) > 50


def test_source_lines_are_those_that_addr2line_tells(text):
    told = {}
    for line in text.splitlines():
        match, place = STEP.match(line), SOURCE.search(line)
        if match and 0xC0100000 <= int(match[2], 16) < 0xF0000000:
            told[f"0x{match[2]}"] = f"{place[1]}:{place[2]}"
    sample = list(told)[::5]
    assert len(sample) > 500
    asked = subprocess.run(["addr2line", "-e", BUILD / "kernel/kernel.elf", *sample], capture_output=True, text=True,
                           check=True).stdout.splitlines()  # fmt: skip
    other = [(address, told[address], line) for address, line in zip(sample, asked)
             if line.split(" (")[0].split("/")[-1] != told[address]]  # fmt: skip
    assert not other


def test_own_and_all_instructions_are_counted(whole_trace):
    total, own = (int(count.replace(",", "")) for count in
                  re.search(r"([\d,]+) instructions, ([\d,]+) of them Megha's own", whole_trace).groups())  # fmt: skip
    assert 0.5 * total < own < total, "the BIOS takes a part, the smaller one"


def test_calls_of_the_bios_are_one_line_with_question_and_answer(text):
    count = layout_number("STAGE2_FIRST_SECTORS")
    lba = layout_number("STAGE2_LBA")
    reads = f"INT 13h AH=42h: read drive 80h: LBA {lba} count {count} to 0000:8000 -> ok"
    assert reads in text[: text.index("\nmilestone 12 ")]
    assert "INT 12h: how much conventional memory? -> 639 KiB" in text
    map_ = re.findall(r"INT 15h AX=E820h: the memory map, piece \d+ -> (0x\w+) to (0x\w+) (\w+)", text)
    assert ("0x100000", "0x3ff0000", "RAM") in map_
    assert not re.search(r"(?m)^f000:", text), "no instruction of the BIOS by itself"


def test_loops_are_folded_with_their_first_and_last_round(text):
    part = text[: text.index("\nmilestone 12 ")]
    rounds = layout_number("STAGE2_FIRST_SIZE") // 4
    assert part.count(" lodsd ") == 2
    assert f"{rounds - 2:,} more rounds like these ({(rounds - 2) * 4:,} instructions)" in part


def test_changes_of_mode_and_tables_are_explained(text):
    real = text[: text.index("\nmilestone 22 ")]
    assert re.search(r"GDT at 0x8\w+, 40 bytes: 5 descriptors", real)
    assert "PE on: protected mode" in real
    assert "CS = 0008: 32-bit code from 0x0, 4 GiB; ring 0" in real
    directory = symbols()["master_directory"] - 0xC0000000
    paging = after(text, 60)[: after(text, 60).index("\nmilestone 64 ")]
    assert f"CR3 = {directory:#010x}: the page directory lies there" in paging
    assert "PG on: paging" in paging and "WP on" in paging
    assert "ring 3: a program runs" in after(text, 80)
    assert "came: timer interrupt (IRQ 0)" in after(text, 70)


def test_registers_are_those_that_the_debugger_shows(text):
    told = subprocess.run([sys.executable, TOP / "tools/debug.py", "mapped_high", "--script", "-"], input="s 1\nr\n",
                          capture_output=True, text=True, timeout=60, check=True).stdout  # fmt: skip
    stack = int(re.search(r"rsp: 00000000_([0-9a-f]{8})", told)[1], 16)
    before = text[: text.index("\nmilestone 64 ")]
    assert re.findall(r"\besp=([0-9a-f]{8})", before)[-1] == f"{stack:08x}"
    assert stack == symbols()["boot_stack_top"]


def test_a_part_begins_and_ends_where_it_is_told_to(small_copy):
    told = trace("protected_mode", "stage2_main", folder=small_copy)
    assert told.returncode == 0, told.stderr
    text = (small_copy / "build/trace.txt").read_text(encoding="utf-8")
    steps = [line for line in text.splitlines() if STEP.match(line)]
    assert f":{symbols()['milestone_22_protected_mode']:08x}" in steps[0]
    assert f":{symbols()['stage2_main']:08x}" in steps[-1]


@pytest.mark.parametrize(
    ("places", "named"),
    [
        (("mapped_high", "protected_mode"), ["milestone_22_protected_mode does not come after"]),
        (("protectedmode",), ["protected_mode", "90_shell"]),
        (("10", "20", "22"), ["FROM and TO"]),
    ],
)
def test_what_cannot_be_traced_is_refused(places, named):
    told = trace(*places)
    assert told.returncode == 2
    for name in named:
        assert name in told.stderr


def test_symbols_of_another_build_and_a_missing_bochs_are_told(small_copy):
    tools = small_copy / "bin"
    tools.mkdir()
    for name in ("nm", "readelf"):
        (tools / name).symlink_to(shutil.which(name))
    told = trace(folder=small_copy, path=str(tools))
    assert told.returncode == 1
    assert "no Bochs" in told.stderr
    (small_copy / "build/loader/stage2.bin").write_bytes(b"another")
    told = trace(folder=small_copy)
    assert told.returncode == 1
    assert "different builds" in told.stderr
