"""`./build.sh debug`: Bochs stops where it is told to, whatever else runs, and says what it does not know."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import pytest

from harness.bochs import here
from harness.places import TOP, symbols
from harness.processes import alive_in_session


def debug(*arguments, script="u /1\n", folder=TOP, path=None):
    """Runs the debugger's script there; returns the finished process."""
    environment = {**os.environ, "DISPLAY": "", **({"PATH": path} if path else {})}
    command = [sys.executable, folder / "tools/debug.py", *arguments, *(["--script", "-"] if script else [])]
    return subprocess.run(command, input=script or "", capture_output=True, text=True, env=environment, timeout=100,
                          check=False)  # fmt: skip


@pytest.mark.parametrize(
    ("where", "symbol"),
    [
        ("0x7C00", "milestone_10_mbr_entry"),
        ("22", "milestone_22_protected_mode"),
        ("protected_mode", "milestone_22_protected_mode"),
        ("22_protected_mode", "milestone_22_protected_mode"),
        ("milestone_22_protected_mode", "milestone_22_protected_mode"),
        ("stage2_main", "stage2_main"),
        ("kernel_main", "kernel_main"),
    ],
)
def test_debug_stops_at_milestones_symbols_and_addresses(where, symbol):
    told = debug(where)
    assert told.returncode == 0, told.stderr
    assert re.search(rf"\({symbol}\+0+\)", told.stdout)


@pytest.mark.parametrize("name", ["bootloader/stage1/mbr.asm", "mbr.asm", "./bootloader/stage1/mbr.asm"])
def test_debug_stops_at_a_line(name):
    lines = (TOP / "bootloader/stage1/mbr.asm").read_text(encoding="utf-8").splitlines()
    line = next(at for at, text in enumerate(lines, 1) if re.match(r"\s+int\s+0x13", text))
    told = debug(f"{name}:{line}")
    assert told.returncode == 0, told.stderr
    assert re.search(r"Next at t=\d+\n.*: int 0x13 +; cd13", told.stdout), told.stdout


def test_debug_stops_at_a_line_of_c_and_in_a_program():
    text = (TOP / "kernel/main.c").read_text(encoding="utf-8").splitlines()
    line = next(at for at, found in enumerate(text, 1) if "start_memory(info);" in found)
    assert "(kernel_main+" in debug(f"kernel/main.c:{line}").stdout
    assert re.search(r"001b:0*4[0-9a-f]{5} ", debug("init:main").stdout)


def test_debug_by_script_prints_the_page_directory():
    told = debug("mapped_high", script="creg\npage 0xc0000000\ninfo tab\n")
    assert told.returncode == 0, told.stderr
    directory = symbols()["master_directory"] - 0xC0000000
    assert f"CR3=0x{directory:012x}" in told.stdout
    table = symbols()["boot_page_table"] - 0xC0000000
    assert re.search(rf"PDE: (?:0x\w+ : )?0x0+{table | 0x23:x} ", told.stdout), told.stdout
    assert "0x00000000c0000000-0x00000000c03fffff -> 0x000000000000-0x0000003fffff" in told.stdout
    assert "Bochs x86 Emulator" not in told.stdout, "no banner among the answers"


@pytest.mark.parametrize(
    ("where", "nearest"),
    [
        ("protectedmode", ["protected_mode", "10_mbr_entry", "90_shell"]),
        ("kernal_main", ["kernel_main"]),
        ("nbr.asm:63", ["bootloader/stage1/mbr.asm:63"]),
        ("bootloader/stage1/mbr.asm:2", ["mbr.asm:26"]),
        ("main.c:100", ["kernel/main.c:100", "bootloader/stage2/main.c:100"]),
        ("helo:main", ["hello:main"]),
    ],
)
def test_what_is_unknown_is_refused_with_the_nearest_names(where, nearest, build_sh):
    told = build_sh("debug", where)
    assert told.returncode == 2
    for name in nearest:
        assert name in told.stderr, told.stderr


def test_debug_without_display_and_terminal_names_another_way():
    told = debug(script=None)
    assert told.returncode == 2
    assert "--script FILE" in told.stderr


@pytest.mark.skipif(not here.has_window(), reason="this Bochs has no graphical debugger, and needs a terminal")
def test_a_display_that_does_not_answer_is_told():
    environment = {**os.environ, "DISPLAY": ":98765"}
    told = subprocess.run([sys.executable, TOP / "tools/debug.py"], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, env=environment, timeout=60, check=False)  # fmt: skip
    assert told.returncode == 1
    assert "display :98765 does not answer" in told.stderr


def test_a_script_that_is_not_there_is_named(build_sh):
    told = build_sh("debug", "--script", "no/such/file")
    assert told.returncode == 2
    assert "no/such/file" in told.stderr


def test_a_missing_emulator_is_named():
    with tempfile.TemporaryDirectory() as folder:
        for name in ("nm", "readelf"):
            os.symlink(shutil.which(name), f"{folder}/{name}")
        told = debug(path=folder)
    assert told.returncode == 1
    assert "no Bochs" in told.stderr and "./build.sh setup" in told.stderr


def test_symbols_of_another_build_are_refused(small_copy):
    with open(small_copy / "build/disk.img", "r+b") as disk:
        disk.seek(512 + 100)
        disk.write(b"other")
    told = debug(folder=small_copy)
    assert told.returncode == 1
    assert "different builds" in told.stderr and "./build.sh image" in told.stderr


def test_an_image_that_is_being_built_is_told(small_copy):
    (small_copy / "build/disk.img").unlink()
    told = debug(folder=small_copy)
    assert told.returncode == 1
    assert "build/disk.img is missing, or is being built" in told.stderr


def wait_until(done, what):
    end = time.monotonic() + 30
    while not done():
        assert time.monotonic() < end, what
        time.sleep(0.02)


def stopped_and_left_nothing(told):
    """Whether a run came to its place. What it wrote beside another run is gone."""
    own_folder = re.search(r"serial text go to (\S+)\.\n", told.stdout)
    return told.returncode == 0 and not (own_folder and (TOP / own_folder[1]).exists())


def test_debug_works_beside_another_bochs_after_a_kill_and_twice():
    command = [sys.executable, TOP / "tools/debug.py", "--script", "-"]
    beside = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, start_new_session=True)
    beside.stdin.write(b'lb "kernel_main"\nwatch w 0\nc\nc\nc\n')
    beside.stdin.close()
    wait_until(lambda: any("bochs" in name for name in alive_in_session(beside.pid).values()), "no Bochs is started")
    assert stopped_and_left_nothing(debug("protected_mode"))
    os.killpg(beside.pid, signal.SIGKILL)
    beside.wait()
    wait_until(lambda: not alive_in_session(beside.pid), "Bochs does not end with whoever started it")
    assert stopped_and_left_nothing(debug("protected_mode"))
    assert stopped_and_left_nothing(debug("protected_mode"))
