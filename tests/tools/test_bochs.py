"""Bochs as others build it: without its debugger, its displays or its sound, of another version, or not able to start.

A small program takes the place of Bochs. It gives what the real one says, changed, or refuses what such a Bochs does.
"""

import os
import shutil
import signal
import subprocess
import sys
import time

import pytest

from harness.bochs import here
from harness.places import BUILD, TOP
from harness.processes import alive_in_session

# What Bochs 3 prints, out of what Bochs 2 prints: nothing else differs of what the trace reads.
AS_BOCHS_3 = (r"s/^eflags 0x/eflags: 0x/; s/^GDT\[/gdt[/; s/^ PDE: /  PDE: 0x0000000000119c00 : /; "
              r"s/\(_[a-z]*\|[a-z]\)+0)/\1+0000000000000000)/")  # fmt: skip
COMMANDS = {
    "debug": ["debug.py", "--script", "-"],
    "trace": ["trace_boot.py"],
    "lesson": ["lesson.py", "1", "0x80", "0xaa55"],
    "bench boot": ["bench_boot.py"],
}


@pytest.fixture(scope="module", autouse=True)
def image(build_sh):
    assert build_sh("image").returncode == 0


@pytest.fixture
def other_bochs(tmp_path):
    """Puts commands of the shell in the place of Bochs, for `--help` and for the rest, where REAL is the real one."""

    def make(told, run='exec REAL "$@"'):
        path = tmp_path / "bochs"
        text = f'#!/bin/sh\ncase "$*" in\n*--help*) {told} ;;\n*) {run} ;;\nesac\n'
        path.write_text(text.replace("REAL", shutil.which("bochs")), encoding="utf-8")
        path.chmod(0o755)
        return {**os.environ, "DISPLAY": "", "PATH": f"{tmp_path}:{os.environ['PATH']}"}

    return make


def run(environment, tool, *arguments, text="u /1\n"):
    command = [sys.executable, TOP / "tools" / tool, *arguments]
    return subprocess.run(command, input=text, capture_output=True, text=True, env=environment, timeout=100,
                          check=False)  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS)
def test_a_bochs_without_debugger_is_told_to_be_one(command, other_bochs):
    without = other_bochs('REAL "$@" 2>&1 | grep -v -e " -rc" -e " -debugger"', "echo it was started; exit 9")
    told = run(without, *COMMANDS[command])
    assert told.returncode == 1
    assert "without its debugger" in told.stderr and "package bochs" in told.stderr, told.stderr
    assert "it was started" not in told.stdout + told.stderr


def test_a_bochs_without_debugger_runs_the_machine(other_bochs):
    """It would refuse what only the debugger knows."""
    refusal = 'case "$*" in *-rc*|*-debugger*|*magic_break*) echo refused >&2; exit 9;; esac; exit 0'
    without = other_bochs('REAL "$@" 2>&1 | grep -v -e " -rc" -e " -debugger"', refusal)
    told = run({**without, "DISPLAY": ":98765"}, "run_bochs.py", "window", "build/run.rc")
    assert told.returncode == 0 and "refused" not in told.stderr, told.stderr


def test_a_bochs_without_sound_is_not_asked_for_any(other_bochs):
    refusal = 'grep -q "^sound" bochsrc && exit 9; case "$*" in *sound:*) exit 9;; esac; exec REAL "$@"'
    without = other_bochs('REAL "$@" 2>&1 | grep -v -e "^sb16" -e "^es1370"', refusal)
    told = run(without, "debug.py", "--script", "-")
    assert told.returncode == 0, told.stderr


def test_a_display_that_this_bochs_has_not_is_named(other_bochs, tmp_path):
    plugins = tmp_path / "plugins"
    plugins.mkdir()
    (plugins / "libbx_wx_gui.so").touch()
    without = other_bochs(f"""REAL "$@" 2>&1 | sed "s#default '.*plugins'#default '{plugins}'#" """)
    told = run({**without, "DISPLAY": ":98765"}, "run_bochs.py", "window", "build/run.rc")
    assert told.returncode == 1
    assert "no display `x`, only wx" in told.stderr and "bochs-x" in told.stderr
    told = run(without, "debug.py", "--script", "-")
    assert told.returncode == 1 and "rfb or nogui" in told.stderr


@pytest.mark.parametrize("command", COMMANDS)
def test_a_bochs_that_dies_at_start_is_named_with_what_it_said(command, other_bochs):
    dying = other_bochs("echo bochs: libGL.so.1 cannot be opened >&2; exit 127", "exit 127")
    told = run(dying, *COMMANDS[command])
    assert told.returncode == 1
    assert "does not start: bochs: libGL.so.1 cannot be opened" in told.stderr, told.stderr


def test_a_bochs_that_ends_before_the_boot_is_told_with_its_version(other_bochs):
    newer = other_bochs(r'REAL "$@" 2>&1 | sed "s/Emulator [0-9.]*/Emulator 9.9/"', "exit 1")
    for command in ("debug", "trace", "bench boot"):
        told = run(newer, *COMMANDS[command])
        assert told.returncode == 1
        assert f"This is Bochs 9.9; what was tried is {', '.join(here.TRIED)}." in told.stderr, told.stderr


def test_what_the_debugger_prints_in_a_new_form_is_told_and_not_misread(other_bochs):
    changes = (("s/^eflags:* /flags /", "registers"), ("s/^[Gg][Dd][Tt].0x/G[/", "gdt"), ("s/PDE/PDX/", "page"))
    for change, what in changes:
        newer = other_bochs('exec REAL "$@"', f"REAL \"$@\" 2>/dev/null | sed '{change}'")
        told = run(newer, "trace_boot.py", "kernel_entry", "paging_on")
        assert told.returncode == 1
        assert "is not understood" in told.stderr and what in told.stderr, told.stderr


@pytest.mark.skipif(bool(here.ability().debugger_flag), reason="the Bochs here is one of version 3 itself")
def test_the_trace_reads_what_either_bochs_prints(other_bochs):
    """The same machine, told in the form of Bochs 3, which also wants an option for its debugger."""
    pages = []
    for environment in (None, other_bochs(
        'REAL "$@" 2>&1 | sed "s/^  -rc.*/&\\n  -debugger        start Bochs internal debugger on startup/"',
        f'case "$*" in *-debugger*) ;; *) exit 9;; esac; for word; do shift; '
        f'[ "$word" = -debugger ] || set -- "$@" "$word"; done; REAL "$@" 2>/dev/null | sed "{AS_BOCHS_3}"',
    )):  # fmt: skip
        told = run(environment, "trace_boot.py", "kernel_entry", "mapped_high")
        assert told.returncode == 0, told.stderr
        pages.append([(BUILD / f"trace.{kind}").read_text(encoding="utf-8") for kind in ("txt", "html")])
    assert pages[0] == pages[1]
    assert "CR0" in pages[0][0]


def test_a_trace_that_is_killed_leaves_no_bochs_behind():
    command = [sys.executable, TOP / "tools/trace_boot.py"]
    tracing = subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True)
    end = time.monotonic() + 30
    while not any(name.startswith("bochs") for name in alive_in_session(tracing.pid).values()):
        assert tracing.poll() is None and time.monotonic() < end, "Bochs did not start"
        time.sleep(0.02)
    os.kill(tracing.pid, signal.SIGKILL)
    tracing.wait()
    time.sleep(0.5)
    left = alive_in_session(tracing.pid)
    for process in left:
        os.kill(int(process), signal.SIGKILL)
    assert not left
