#!/usr/bin/env python3
"""Runs Bochs with its text screen in this terminal.

    run_bochs.py COMMANDS [OPTION ...]      COMMANDS: a file of debugger commands; OPTION: as in bochsrc

Debian's Bochs keeps its own terminal for its debugger and shows the machine's screen on a pseudo-terminal; this joins
that with the terminal that we are in. Ctrl-] leaves; every other key is the machine's.
"""

import os
import re
import subprocess
import sys
import threading
import tty

import terminal

SCREEN = re.compile(rb'connected to screen "(/dev/pts/\d+)"')


def start(commands, options):
    command = ["bochs", "-q", "-unlock", "-f", "bochsrc", "-rc", commands, "display_library: term", *options]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                            start_new_session=True)  # fmt: skip


def find_screen(bochs):
    """The pseudo-terminal that Bochs names in what it says at its start; None when it ends before."""
    said = []
    for line in bochs.stderr:
        said.append(line)
        if match := SCREEN.search(line):
            return match[1].decode(), said
    return None, said


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__.strip())
    print(f"Type `halt` to switch the machine off; {terminal.LEAVE_NAME} leaves. The serial port goes to build/serial.txt.",
          flush=True)  # fmt: skip
    bochs = start(sys.argv[1], sys.argv[2:])
    try:
        name, said = find_screen(bochs)
        if not name:
            sys.exit("run_bochs: Bochs did not start:\n" + b"".join(said).decode(errors="replace"))
        screen = os.open(name, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(screen)
        # What Bochs says from here on is in its log too; unread, it would stop Bochs in the end.
        threading.Thread(target=bochs.stderr.read, daemon=True).start()
        left = terminal.join(screen, screen)
        if not left:
            bochs.wait(timeout=10)
    finally:
        bochs.kill()
        bochs.wait()
        sys.stdout.write("\x1b[0m\x1b[?25h\n")
    with open("build/bochs.log", encoding="utf-8", errors="replace") as log:
        panics = [line for line in log if re.match(r"\d+p\[", line)]
    if panics and not left:
        sys.exit("run_bochs: Bochs stopped the machine; the end of build/bochs.log says more:\n" + "".join(panics[-3:]))


if __name__ == "__main__":
    main()
