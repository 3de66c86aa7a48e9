#!/usr/bin/env python3
"""Joins a terminal with a machine that runs in an emulator.

    terminal.py /dev/pts/N      shows the screen that Bochs says it is connected to; the keys go to the machine

Ctrl-] leaves; every other key, Ctrl-C too, is the machine's.
"""

import contextlib
import os
import select
import sys
import termios
import tty

# Put before an emulator's command: it ends when we do, however we end.
WITH_US = ["setpriv", "--pdeathsig", "KILL"]

LEAVE = b"\x1d"  # Ctrl-]
LEAVE_NAME = "Ctrl-]"


@contextlib.contextmanager
def raw(descriptor):
    """Makes a terminal pass on every key as it comes; afterwards it is as it was."""
    before = termios.tcgetattr(descriptor)
    try:
        tty.setraw(descriptor)
        yield
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


def write_all(descriptor, data):
    while data:
        data = data[os.write(descriptor, data) :]


def read_some(descriptor):
    """What can be read now; nothing when the other side is gone."""
    try:
        return os.read(descriptor, 65536)
    except OSError:  # a terminal whose other side is closed says EIO
        return b""


def join(to_machine, from_machine):
    """Passes keys and text until the machine ends (returns False) or the person leaves (True)."""
    keys, text = sys.stdin.fileno(), sys.stdout.fileno()
    with raw(keys):
        while True:
            ready, _, _ = select.select([keys, from_machine], [], [])
            if from_machine in ready:
                data = read_some(from_machine)
                if not data:
                    return False
                write_all(text, data)
            if keys in ready:
                data = read_some(keys)
                if not data or LEAVE in data:
                    return True
                write_all(to_machine, data)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__.strip())
    screen = os.open(sys.argv[1], os.O_RDWR | os.O_NOCTTY)
    tty.setraw(screen)
    join(screen, screen)


if __name__ == "__main__":
    main()
