#!/usr/bin/env python3
"""Runs Bochs without a display.

    run_bochs.py run COMMANDS       the machine's screen and keys are in this terminal; Ctrl-] leaves
    run_bochs.py window COMMANDS    the machine has a window

COMMANDS is a file of debugger commands. In a terminal Debian's Bochs keeps its own terminal for its debugger and shows
the machine's screen on a pseudo-terminal, which this joins with the terminal that we are in, or copies to a file: an
unread one would stop the machine when it is full.
"""

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
import time
import tty

import bochs
import terminal

SCREEN = re.compile(rb'connected to screen "(/dev/pts/\d+)"')
LOG = "build/bochs.log"
ROWS, COLUMNS = 25, 80
KEY_PAUSE = 0.1  # seconds
SCREEN_FILE = "build/screen"


said_later = []  # lines of Bochs


def start(command, **streams):
    # The size of a PC's screen: in a terminal with fewer rows its last one falls together with the one above.
    environment = {**os.environ, "LINES": str(ROWS), "COLUMNS": str(COLUMNS)}
    return subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, **streams)


def open_screen(process):
    """Opens the pseudo-terminal that Bochs names in what it says at its start."""
    said = []
    for line in process.stderr:
        said.append(line)
        if match := SCREEN.search(line):
            # Unread, what Bochs says from here on would stop it in the end.
            threading.Thread(target=said_later.extend, args=(process.stderr,), daemon=True).start()
            screen = os.open(match[1], os.O_RDWR | os.O_NOCTTY)
            tty.setraw(screen)
            return screen
    sys.exit("run_bochs: Bochs did not start:\n" + b"".join(said).decode(errors="replace"))


def read_log():
    """Bochs's panics, and those that are none: a machine that switches itself off counts as one, too."""
    panics = []
    with contextlib.suppress(FileNotFoundError), open(LOG, encoding="utf-8", errors="replace") as log:
        panics = [line for line in log if re.match(r"\d+p\[", line)]
    return panics, [line for line in panics if "shutdown requested" not in line]


def window(commands):
    """Bochs in a window."""
    done = subprocess.run(bochs.machine(commands, bochs.need_display("x")), stdin=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, text=True, errors="replace", check=False)  # fmt: skip
    if "cannot connect to X server" in done.stderr:
        sys.exit(f"build.sh: the display {os.environ['DISPLAY']} does not answer; `unset DISPLAY`, and the terminal "
                 "is used")  # fmt: skip
    said = [] if os.path.exists(LOG) else done.stderr.splitlines(True)
    if done.returncode and (mishaps := read_log()[1] or said):
        told = "".join(mishaps[-3:]) + bochs.untried()
        sys.exit(f"build.sh: Bochs stopped the machine; the end of {LOG} says more:\n{told}")


def run(commands):
    print(f"Type `halt` to switch the machine off; {terminal.LEAVE_NAME} leaves.", flush=True)
    size = os.get_terminal_size()
    if size.lines < ROWS or size.columns < COLUMNS:
        print(f"This terminal has {size.columns} x {size.lines} characters, the machine {COLUMNS} x {ROWS}.")
        time.sleep(2)
    # With an empty input the debugger ends Bochs instead of waiting for commands where nobody sees it.
    process = start(bochs.machine(commands, bochs.need_display("term")), stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL, start_new_session=True)  # fmt: skip
    try:
        screen = open_screen(process)
        left = terminal.join(screen, screen, KEY_PAUSE)
        if not left:
            process.wait(timeout=10)
    finally:
        process.kill()
        process.wait()
    sys.stdout.write("\x1b[0m\x1b[?25h\n")
    panics, mishaps = read_log()
    if left or panics and not mishaps:
        return
    told = "".join(mishaps[-3:]) or b"".join(said_later[-3:]).decode(errors="replace")
    sys.exit(f"run_bochs: Bochs ended before the machine was switched off; the end of {LOG} says more:\n{told}")


def copy_screen(screen):
    with open(SCREEN_FILE, "wb", buffering=0) as copy:
        while data := terminal.read_some(screen):
            copy.write(data)


def debug(commands, *options):
    # Ctrl-C is Bochs's: it stops the machine and gives the prompt. A handler, unlike SIG_IGN, is not inherited.
    signal.signal(signal.SIGINT, lambda *_: None)
    process = start(bochs.debugger(commands, bochs.need_display("term"), *options))
    try:
        threading.Thread(target=copy_screen, args=(open_screen(process),), daemon=True).start()
        process.wait()
    finally:
        process.kill()
        process.wait()


def main():
    modes = {"run": run, "window": window}
    if len(sys.argv) != 3 or sys.argv[1] not in modes:
        sys.exit(__doc__.strip())
    with contextlib.suppress(FileNotFoundError):
        os.remove(LOG)  # it would tell of another run
    try:
        modes[sys.argv[1]](sys.argv[2])
    except bochs.Failed as failure:
        sys.exit(f"build.sh: {failure}")


if __name__ == "__main__":
    main()
