#!/usr/bin/env python3
"""Starts the Bochs debugger on build/disk.img, with all symbols, stopped at a place of the boot.

    debug.py [WHERE] [--script FILE]

WHERE is a milestone (22, protected_mode), a symbol of loader or kernel, `file:line`, `program:symbol` or an address;
without it the machine stops at 0x7C00. --script runs the debugger's commands in FILE (- is the standard input) there,
prints what it answers, and ends. The exit status is 2 for what was typed wrongly, 1 for a machine that did not get
there.
"""

import argparse
import contextlib
import fcntl
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile

import bochs
import run_bochs
import where

CARD = """\
  c             go on                            lb "NAME"  stop at a symbol     (lb 0x8000: at an address)
  s   p         step; p steps over a call        pb 0x7c00  stop at a physical address
  r   sreg      registers; segment registers     u /8       show the next 8 instructions
  creg          control registers                x /16bx A  memory at linear address A; xp: physical
  info tab      what is mapped where             info gdt   descriptors; also: idt, tss
  print-stack   the stack                        trace on   print every instruction from here on
  watch w A     stop when A is written           info b     breakpoints; d N deletes one
  Ctrl-C        stops the machine                q          ends"""
NOISE = re.compile(r"^(=+|\s+Bochs x86 Emulator .*|\s+Built from .*|\s+Timestamp: .*|<bochs:\d+> ?)$")
SCRIPT_LIMIT = 120  # seconds


def fail(text, status=2):
    sys.stdout.flush()
    print(f"build.sh: {text}", file=sys.stderr)
    sys.exit(status)


def commands(place, then=()):
    """The debugger's commands that load the symbols and go to the place."""
    lines = ['ldsym global "build/megha.sym"', "pb 0x7c00", "c"]
    if place.address != where.DEFAULT:
        lines += ["d 1", f"lb {place.address:#x}", "c"]
    return [*lines, *then]


@contextlib.contextmanager
def own_files():
    """A folder for what a run writes: build, or a folder beside when another run writes there."""
    with open("build/debug.lock", "w", encoding="ascii") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield pathlib.Path("build")
        except BlockingIOError:
            with tempfile.TemporaryDirectory(prefix="debug-", dir="build") as folder:
                print(f"Another debugger runs here; this one's log, screen and serial text go to {folder}.")
                yield pathlib.Path(os.path.relpath(folder))


def options(folder):
    return [f"com1: enabled=1, mode=file, dev={folder}/serial.txt", f"log: {folder}/bochs.log"]


def why_bochs_ended(folder):
    """The last lines of its log that are errors or panics."""
    with contextlib.suppress(OSError):
        text = (folder / "bochs.log").read_text(encoding="utf-8", errors="replace")
        return "\n".join(line for line in text.splitlines() if re.match(r"\d+[pe]\[", line))[-1500:]
    return ""


# ---- In a window, in a terminal, by a script -------------------------------------------------------------------------


def in_window(script, folder):
    """The machine's screen, and the graphical debugger; where this Bochs has none, its debugger is in this terminal."""
    library = bochs.need_display("x")
    if bochs.has_window() and not bochs.ability().window_flag:
        library += ', options="gui_debug"'
    command = bochs.debugger(script, library, *options(folder), window=True)
    if not bochs.has_window():
        signal.signal(signal.SIGINT, lambda *_: None)  # Ctrl-C is Bochs's: it stops the machine
    done = subprocess.run(command, stderr=subprocess.PIPE, text=True, errors="replace", check=False)
    if "cannot connect to X server" in done.stderr:
        fail(f"the display {os.environ['DISPLAY']} does not answer; `unset DISPLAY`, and the terminal is used", 1)
    if done.returncode and "shutdown requested" not in why_bochs_ended(folder):
        fail(f"Bochs ended with status {done.returncode}: {done.stderr[-500:]}\n{why_bochs_ended(folder)}", 1)


def in_terminal(script, folder):
    run_bochs.SCREEN_FILE = f"{folder}/screen"
    print(f"In another terminal, `tail -f {folder}/screen` shows the machine's screen.", flush=True)
    run_bochs.debug(script, *options(folder))


def by_script(script, folder, place):
    """Runs the commands and prints the debugger's answers from the place on."""
    command = bochs.debugger(script, bochs.headless(), *options(folder))
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace",
                              check=False, timeout=SCRIPT_LIMIT)  # fmt: skip
    except subprocess.TimeoutExpired:
        fail(f"the script did not end within {SCRIPT_LIMIT} seconds; does each `c` in it meet a breakpoint?", 1)
    lines = [line for line in done.stdout.splitlines() if not NOISE.match(line)]
    stop = f"Breakpoint {1 if place.address == where.DEFAULT else 2}, "
    start = next((at for at, line in enumerate(lines) if stop in line), None)
    if start is None:
        why = why_bochs_ended(folder) or done.stderr[-500:]
        fail(f"the machine did not come to {place.name}\n{why}{bochs.untried()}", 1)
    if lines[-1].startswith("(0).["):  # its last word: where it stands when it ends
        lines.pop()
    print("\n".join(lines[start + 1 :]))


def read_script(path):
    if path == "-":
        return sys.stdin.read().splitlines()
    try:
        return pathlib.Path(path).read_text(encoding="utf-8").splitlines()
    except OSError as problem:
        fail(f"the script {path} cannot be read: {problem.strerror}")


def arguments(given):
    parser = argparse.ArgumentParser(prog="./build.sh debug", usage="./build.sh debug [WHERE] [--script FILE]")
    parser.add_argument("where", nargs="?", default=f"{where.DEFAULT:#x}")
    parser.add_argument("--script")
    return parser.parse_args(given)


def main():
    order = arguments(sys.argv[1:])
    script_lines = read_script(order.script) if order.script else []  # a path from where the person stands
    os.chdir(where.TOP)
    if problem := where.stale():
        fail(problem, 1)
    try:
        place = where.find(order.where)
    except where.Unknown as unknown:
        fail(str(unknown))
    bochs.need_debugger()
    display = os.environ.get("DISPLAY")
    if not order.script and not display and not sys.stdin.isatty():
        fail("the debugger needs a display or a terminal; `--script FILE` works without either")
    if not order.script and not sys.stdin.isatty() and not bochs.has_window():
        fail(f"Bochs {bochs.ability().version} was built without its graphical debugger, so the debugger needs a "
             "terminal; `--script FILE` works without one")  # fmt: skip
    with own_files() as folder, tempfile.NamedTemporaryFile("w", suffix=".rc", dir=folder) as script:
        script.write("\n".join(commands(place, [*script_lines, "q"] if order.script else [])) + "\n")
        script.flush()
        name = os.path.relpath(script.name)
        if order.script:
            by_script(name, folder, place)
            return
        print(f"Bochs stops at {place.name}: {where.describe(place.address)}\n{CARD}", flush=True)
        (in_window if display else in_terminal)(name, folder)


if __name__ == "__main__":
    try:
        main()
    except bochs.Failed as failure:
        fail(str(failure), 1)
