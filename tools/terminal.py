#!/usr/bin/env python3
"""Joins a terminal with a machine that runs in an emulator.

    terminal.py /dev/pts/N      shows the screen that Bochs says it is connected to; the keys go to the machine

Ctrl-] leaves; every other key, Ctrl-C too, is the machine's.
"""

import contextlib
import os
import re
import select
import sys
import termios
import time
import tty

# Put before an emulator's command: it ends when we do, however we end.
WITH_US = ["setpriv", "--pdeathsig", "KILL"]

LEAVE = b"\x1d"  # Ctrl-]
LEAVE_NAME = "Ctrl-]"
WATCH = 0.2  # seconds between two looks
FOR_EVER = 3600  # seconds; then there is another look
DELETE = b"\x1b[3~"


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


class Keys:
    """Keys on their way to the machine. With a pause, only a few at a time: a keyboard controller holds 16 bytes, and
    what Bochs's terminal gets at once it types at once."""

    AT_A_TIME = 3
    KEY = re.compile(rb"\x1b\[[0-9;]*[A-Za-z~]|\x1bO.|.", re.DOTALL)

    def __init__(self, machine, pause):
        self.machine, self.pause = machine, pause
        self.waiting, self.next_time = b"", 0.0

    def add(self, data):
        """Bochs's terminal takes Delete for a letter; Backspace serves."""
        self.waiting += data.replace(DELETE, b"") if self.pause else data

    def patience(self):
        """Seconds until something is to be done."""
        return max(0, self.next_time - time.monotonic()) if self.waiting else FOR_EVER

    def pass_on(self):
        if not self.waiting or time.monotonic() < self.next_time:
            return
        few = b"".join(self.KEY.findall(self.waiting)[: self.AT_A_TIME]) if self.pause else self.waiting
        self.waiting = self.waiting[len(few) :]
        self.next_time = time.monotonic() + self.pause
        write_all(self.machine, few)


def join(to_machine, from_machine, pause=0.0, watch=None):
    """Passes keys and text until the machine ends (returns False) or the person leaves (True). `watch` is called now
    and then; what it raises ends this."""
    typed, text = sys.stdin.fileno(), sys.stdout.fileno()
    keys = Keys(to_machine, pause)
    with raw(typed):
        while True:
            keys.pass_on()
            wait = min(keys.patience(), WATCH if watch else FOR_EVER)
            ready, _, _ = select.select([typed, from_machine], [], [], wait)
            if watch:
                watch()
            if from_machine in ready:
                data = read_some(from_machine)
                if not data:
                    return False
                write_all(text, data)
            if typed in ready:
                data = read_some(typed)
                if not data or LEAVE in data:
                    return True
                keys.add(data)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__.strip())
    screen = os.open(sys.argv[1], os.O_RDWR | os.O_NOCTTY)
    tty.setraw(screen)
    join(screen, screen)


if __name__ == "__main__":
    main()
