"""./build.sh bench boot: its figures are those that a debugger finds, its goals, its page, and the document's table."""

import csv
import importlib
import re
import shutil
import subprocess
import sys

import pytest

from harness.bochs import Bochs
from harness.image import Image
from harness.places import BUILD, DISK, SECTOR, TOP, layout_number, milestones, symbols

TABLE = BUILD / "bench_boot.csv"
GOAL = 1_500_000
PHASE = re.compile(r"(?m)^(\d\d \w+|first program) +([\d,]+) +(\d+\.\d) %(?:  (#*o*))?$")
INFO_DISK_READS = 36  # offsets in struct boot_info
INFO_BYTES_READ = 48
NEAR = 0.05  # by how much a figure in the document may differ
NEAR_ELSEWHERE = 0.10  # the same, where another compiler made the kernel than when it was written
FEW = 300  # instructions by which it always may
KERNEL_HEADER = 48  # bytes
KERNEL = 0xC0000000
ELF_ENTRY = 24


@pytest.fixture(scope="module")
def told(build_sh):
    """What the command says, and its table."""
    TABLE.unlink(missing_ok=True)
    run = build_sh("bench", "boot")
    assert run.returncode == 0, run.stdout + run.stderr
    with open(TABLE, encoding="utf-8", newline="") as lines:
        return run.stdout, list(csv.DictReader(lines))


@pytest.fixture(scope="module")
def counted():
    """Found by breakpoints: {end of a phase: instructions from 0x7C00}, what the loader told of its reads, and when the
    first program's first instruction is reached a second time, should an interrupt come before it."""
    counts = {}
    entry = int.from_bytes((BUILD / "apps/init.elf").read_bytes()[ELF_ENTRY : ELF_ENTRY + 4], "little")
    with Bochs(DISK) as machine:
        machine.debug("pb 0x7c00")
        start = machine.go_to_stop()
        places = [(f"{number} {name}", symbols()[f"milestone_{number}_{name}"]) for number, name, _, _ in milestones()
                  if 10 < number <= 80]  # fmt: skip
        for number, (name, address) in enumerate([*places, ("first program", entry)], 2):
            machine.debug(f"lb {address:#x}")
            counts[name] = machine.go_to_stop() - start
            assert machine.registers()["eip"] == address, name
            machine.debug(f"d {number}")  # Bochs takes only a few at a time
            if name == "50 boot_info":
                info = machine.memory(layout_number("BOOT_INFO_BASE"), INFO_BYTES_READ + 4)
        machine.debug("s 1")
        interrupted = machine.registers()["eip"] >= KERNEL
        machine.debug(f"lb {entry:#x}")
        again = machine.go_to_stop() - start if interrupted else counts[name]
    return counts, [int.from_bytes(info[at : at + 4], "little") for at in (INFO_DISK_READS, INFO_BYTES_READ)], again


@pytest.fixture
def tools(monkeypatch):
    """Imports a module of tools."""
    monkeypatch.syspath_prepend(TOP / "tools")
    return importlib.import_module


def part(told, name):
    return [row for row in told[1] if row["part"] == name]


def disk(told, name):
    return next(int(row["count"]) for row in part(told, "disk") if row["name"] == name)


def test_phases_end_where_breakpoints_say(told, counted):
    reached, ends = 0, {}
    for row in part(told, "phase"):
        reached += int(row["instructions"])
        ends[row["name"]] = reached
    # When the clock's interrupt is waiting at the first program's first instruction, the debugger stops there twice;
    # Bochs 2.7 traces the instruction before the interrupt, Bochs 3 behind it.
    assert ends in (counted[0], {**counted[0], "first program": counted[2]})
    assert reached <= GOAL
    assert re.search(rf"(?m)^together +{reached:,} +100\.0 %  at most {GOAL:,}: met$", told[0])


def test_phases_are_printed_with_share_and_bar(told):
    rows = {row["name"]: int(row["instructions"]) for row in part(told, "phase")}
    printed = PHASE.findall(told[0])
    assert [name for name, *_ in printed] == list(rows)
    total, longest = sum(rows.values()), max(rows.values())
    for name, instructions, share, bar in printed:
        assert int(instructions.replace(",", "")) == rows[name]
        assert abs(float(share) - 100 * rows[name] / total) < 0.06
        assert abs(len(bar) - 32 * rows[name] / longest) <= 1, name


def test_calls_of_the_bios_are_counted_by_kind(told, counted):
    calls = {row["name"]: (int(row["count"]), int(row["instructions"])) for row in part(told, "BIOS")}
    assert calls["INT 13h AH=42h"][0] == disk(told, "reads") == counted[1][0]
    assert {"INT 13h AH=41h", "INT 13h AH=08h", "INT 15h AX=E820h", "INT 12h"} <= set(calls)
    inside = sum(instructions for _, instructions in calls.values())
    assert inside == sum(int(row["of the BIOS"]) for row in part(told, "phase"))
    assert 0 < calls["INT 13h AH=42h"][1] < inside


def test_sectors_and_copies_are_those_of_the_files(told, counted):
    stage2 = -(-(BUILD / "loader/stage2.bin").stat().st_size // SECTOR)  # is read before the loader counts
    assert disk(told, "sectors") - stage2 == counted[1][1] // SECTOR
    with Image() as image:
        kernel = image.files("/boot")["kernel.bin"]
        others = [*image.files("/apps").values(), *image.files("/modules").values()]
        values = re.findall(r"(?m)^(?:kernel|folders|init) *= *(.*?) *$", image.read_file("/boot/boot.cfg").decode())
    # Of boot.cfg only values are copied; of the kernel the header twice.
    assert disk(told, "bytes copied") == kernel + KERNEL_HEADER + sum(others) + len("".join(values))
    assert disk(told, "files") == len(others) + 2


def test_a_missed_goal_is_told(tools):
    boot = tools("bench_boot")
    calls = {"INT 13h AH=42h": boot.Call("read", 12, 100), "INT 13h AH=02h": boot.Call("read", 1, 100)}
    slow = boot.Boot([boot.Phase("90 shell", "", GOAL + 1, 0)], calls, 0, 0, 4, 12)
    assert not slow.row().is_met()
    assert list(slow.faults()) == ["the boot takes 13 reads of the BIOS for 4 files, and may take 12."]


def test_without_bochs_a_sentence_says_so_and_the_rest_goes_on(tools, monkeypatch, tmp_path):
    command = [sys.executable, TOP / "tools/bench_boot.py"]
    run = subprocess.run(command, env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=False)
    reason = "there is no Bochs on this computer; `./build.sh setup` installs it"
    assert (run.returncode, run.stderr) == (1, f"bench: the boot is not measured: {reason}.\n")
    bench, table, page = tools("bench"), tools("bench_table"), tools("bench_page")
    monkeypatch.setattr(shutil, "which", lambda name: None)
    boot, row = bench.measure_boot()
    assert boot is None and row.is_met()
    (tmp_path / "recorded.csv").write_text(f"row,instructions\n{row.name},100\n")
    assert not list(table.compare([row], tmp_path / "recorded.csv", "GCC 12"))
    page.write([row], tmp_path / "page.html", "", None)
    assert reason in (tmp_path / "page.html").read_text()


def test_a_boot_that_fails_is_a_fault_where_bochs_is_there(tools, monkeypatch):
    bench, boot = tools("bench"), tools("bench_boot")
    monkeypatch.setattr(boot.where, "stale", lambda: "the image is old")
    assert not bench.measure_boot()[1].is_met()


def test_the_page_shows_each_phase_and_needs_nothing_else(tools, told, tmp_path):
    bench_boot, table, page = tools("bench_boot"), tools("bench_table"), tools("bench_page")
    phases = [bench_boot.Phase(row["name"], "so it is", int(row["instructions"]), int(row["of the BIOS"]))
              for row in part(told, "phase")]  # fmt: skip
    boot = bench_boot.Boot(phases, {"INT 12h": bench_boot.Call("how <much>?", 1, 6)}, 9, 4608, 2, 10)
    rows = [table.Row("module call", (60, 60, 60), 80, 20), table.Row("page fault", (1300, 1, 2), 1200),
            table.Row("module call, 9 threads", (61, 60, 60), 66), boot.row()]  # fmt: skip
    page.write(rows, tmp_path / "page.html", "", boot)
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert all(f">to {phase.name}<" in text and f">{phase.instructions:,}<" in text for phase in phases)
    # The goal's line stands where the goal is, in every bar at the same place.
    assert '<i style="width:60.0%"></i><b style="width:20.0%"></b><u style="left:80%"></u>' in text
    assert '<div class="row missed"><span class="name">page fault<' in text and "Missed: page fault." in text
    assert "how &lt;much&gt;?" in text
    assert not re.search(r"https?:|<script|<link|@import|url\(", text)


def figures(line):
    return [float(number.replace(",", "")) for number in re.findall(r"\d[\d,]*(?:\.\d+)?", line)]


def test_the_document_shows_what_the_command_prints(tools, told):
    document = tools("document")
    lines = (TOP / "docs/performance.md").read_text(encoding="utf-8").splitlines()
    start, end = next((at, end) for at, end, command in document.blocks(lines) if command == "./build.sh bench boot")
    printed = [line for line in told[0].splitlines() if line and not document.OF_THE_BUILD.match(line)]
    anew = "tools/document.py docs/performance.md writes it anew"
    table = tools("bench_table")
    near = NEAR if tools("where").compiler() == table.compiler_of(table.RECORDED) else NEAR_ELSEWHERE
    assert len(printed) == end - start - 1, anew
    for shown, now in zip(lines[start + 1 : end], printed):
        assert document.alike(shown).rstrip("#o ") == document.alike(now).rstrip("#o "), anew
        for old, new in zip(figures(shown), figures(now)):
            assert abs(old - new) <= max(near * new, FEW if new > 100 else 0.3), f"{shown}\n{now}\n{anew}"
