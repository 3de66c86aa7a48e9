#!/usr/bin/env python3
"""Boots an image in QEMU, with the machine's serial port as console in this terminal.

    run_qemu.py build/disk.img

In a terminal each key goes to the machine; Ctrl-] leaves. Otherwise the lines of the standard input are typed one
after the other, each when the prompt is there or the program that runs has gone quiet; when the input ends, `halt` is
typed at the next prompt. The exit status is 0 when the machine switched itself off, or the person left. A machine that
restarts by a triple fault is stopped, since it would only do so again.
"""

import os
import pathlib
import re
import select
import subprocess
import sys
import tempfile
import time

import terminal

PROMPT = b"megha> "
QUIET = 1.0  # seconds without output after which a program is taken to wait for its input
SILENCE_LIMIT = 120  # seconds without output and without a prompt after which we give up
END_LIMIT = 600  # seconds from the end of the input to the machine's end
OFF_LIMIT = 30  # seconds from `halt` to power off


def start(image, resets):
    command = [*terminal.WITH_US, "qemu-system-i386", "-m", "64", "-display", "none", "-monitor", "none",
               "-nic", "none", "-serial", "stdio", "-drive", f"file={image},format=raw,if=ide,snapshot=on",
               "-d", "cpu_reset", "-D", resets]  # fmt: skip
    # A session of its own: Ctrl-C in this terminal is ours to handle.
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0, start_new_session=True)


class GaveUp(Exception):
    """The machine did not do what was waited for; the text says what."""


class TripleFault(Exception):
    """The machine restarted by itself; the text says where it was."""


class Resets:
    """Why the machine was reset, from the log that QEMU writes of it."""

    RESET = re.compile(r"(Triple fault\n)?CPU Reset \(CPU 0\)\n.*\n.*\nEIP=([0-9a-f]{8}) (?s:.*?)"
                       r"CR2=([0-9a-f]{8}) CR3=([0-9a-f]{8})")  # fmt: skip
    FRESH = (0, 0xFFF0)  # where a machine begins that was only just switched on
    BIOS = range(0xC0000, 0x100000)  # on its way through a restart it resets the machine in all ways that there are

    def __init__(self, path):
        self.path = pathlib.Path(path)
        self.read = 0

    def check(self):
        """Tells of a restart that came since the last time. Raises TripleFault where it was none that was wanted."""
        text = self.path.read_text(encoding="ascii", errors="replace") if self.path.exists() else ""
        for reset in self.RESET.finditer(text, self.read):
            self.read = reset.end()
            place = int(reset[2], 16)
            if place in self.BIOS or (place in self.FRESH and not reset[1]):
                continue
            if reset[1]:
                raise TripleFault(f"EIP={reset[2]}, CR2={reset[3]}, CR3={reset[4]}.\n`./build.sh explain 0x{reset[2]}` "
                                  'names the place, and docs/faults.md, "It restarts by itself", tells how to see what '
                                  "led there")  # fmt: skip
            sys.stderr.write(f"\r\nrun_qemu: the machine restarts: reset at EIP={reset[2]}, as by `reboot`\r\n")
            sys.stderr.flush()


class Typist:
    """Types the lines of the standard input at the machine, then `halt`."""

    def __init__(self, machine, resets):
        self.machine = machine
        self.resets = resets
        self.since_typing = b""
        self.last_output = time.monotonic()
        self.pending = b""
        self.input_ended = None  # the time

    def show(self, data):
        self.since_typing = (self.since_typing + data)[-4096:]
        self.last_output = time.monotonic()
        terminal.write_all(sys.stdout.fileno(), data if sys.stdout.isatty() else data.replace(b"\r", b""))

    def listen(self, seconds):
        """Shows output for that long, or until some came. Returns False when the machine has ended."""
        ready, _, _ = select.select([self.machine.stdout], [], [], seconds)
        self.resets.check()
        if ready:
            data = terminal.read_some(self.machine.stdout.fileno())
            self.show(data)
            return bool(data)
        return True

    def at_prompt(self):
        return self.since_typing.endswith(PROMPT)

    def wait_for_turn(self, only_prompt):
        """Waits for the prompt, or for quiet. Returns False when the machine has ended."""
        while not self.at_prompt():
            if not self.listen(0.1):
                return False
            quiet = time.monotonic() - self.last_output
            if quiet > QUIET and not only_prompt:
                return True
            if quiet > SILENCE_LIMIT:
                raise GaveUp(f"no prompt and no output for {SILENCE_LIMIT} seconds")
            if self.input_ended and time.monotonic() - self.input_ended > END_LIMIT:
                raise GaveUp(f"the machine did not end within {END_LIMIT} seconds after its input")
        return True

    def type(self, line):
        self.since_typing = b""
        self.last_output = time.monotonic()
        try:
            terminal.write_all(self.machine.stdin.fileno(), line + b"\r")
        except BrokenPipeError:
            pass  # the machine has ended; the next read says so

    def next_line(self):
        """The next line of the input without its end; None at the end of the input or of the machine."""
        while b"\n" not in self.pending:
            ready, _, _ = select.select([sys.stdin, self.machine.stdout], [], [])
            if self.machine.stdout in ready and not self.listen(0):
                return None
            if sys.stdin in ready:
                data = terminal.read_some(sys.stdin.fileno())
                if not data:
                    line, self.pending = self.pending, b""
                    return line or None
                self.pending += data
        line, _, self.pending = self.pending.partition(b"\n")
        return line.rstrip(b"\r")

    def work(self):
        first = True
        while (line := self.next_line()) is not None:
            if not self.wait_for_turn(only_prompt=first):
                return
            first = False
            self.type(line)
        self.input_ended = time.monotonic()
        if not self.wait_for_turn(only_prompt=True):
            return
        self.type(b"halt")
        end = time.monotonic() + OFF_LIMIT
        while self.listen(0.1):
            if time.monotonic() > end:
                raise GaveUp(f"the machine was still on {OFF_LIMIT} seconds after `halt`")


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__.strip())
    interactive = sys.stdin.isatty()
    if interactive:
        print(f"Megha's serial console. `halt` switches the machine off, {terminal.LEAVE_NAME} leaves.", flush=True)
    with tempfile.TemporaryDirectory(prefix="megha-run-") as folder:
        sys.exit(run(f"{folder}/resets", interactive))


def run(log, interactive):
    """Runs the machine to its end. Returns the exit status."""
    machine = start(sys.argv[1], log)
    resets = Resets(log)
    left = False
    try:
        if interactive:
            left = terminal.join(machine.stdin.fileno(), machine.stdout.fileno(), watch=resets.check)
        else:
            Typist(machine, resets).work()
        status = 0 if left else machine.wait(timeout=OFF_LIMIT)
    except GaveUp as reason:
        sys.stderr.write(f"\nrun_qemu: {reason}; the machine was stopped\n")
        return 1
    except TripleFault as place:
        sys.stderr.write(f"\nrun_qemu: the machine restarted by itself: a triple fault. It was stopped; it had come to "
                         f"{place}.\n")  # fmt: skip
        return 1
    except KeyboardInterrupt:
        status = 130
    except BrokenPipeError:  # whoever reads our output has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 0
    finally:
        machine.kill()
        machine.wait()
    print(flush=True)
    return status


if __name__ == "__main__":
    main()
