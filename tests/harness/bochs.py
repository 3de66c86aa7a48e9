"""Megha in Bochs, with the bochsrc of the top folder and Bochs' debugger as our hands inside the machine."""

import os
import pathlib
import re
import signal
import subprocess
import sys
import threading
import time
import tty

from harness import bad_bios
from harness.machine import WAIT, WITH_US, Machine, Mishap
from harness.places import SYMBOLS, TOP

sys.path.append(str(TOP / "tools"))
import bochs as here  # noqa: E402  what tells which Bochs this is, from tools

INTERRUPT_WAIT = 2  # seconds
STOPPED = re.compile(r"Next at t=(\d+)\n.*\n<bochs:\d+> ")
SCREEN = re.compile(rb'connected to screen "(/dev/pts/\d+)"')


class Bochs(Machine):
    """options are lines of a bochsrc that take the place of the same lines in ours. The machine starts stopped."""

    what = "Bochs"

    def __init__(self, image, *options, panic_expected=False, rom=None):
        super().__init__(panic_expected)
        self.options = {
            **{line.split(":")[0]: line.split(": ", 1)[1] for line in here.lines(debugging=True)},
            "display_library": "term",
            "com1": f"enabled=1, mode=socket-client, dev=127.0.0.1:{self.line.port}",
            "log": f"{self.folder}/bochs.log",
        }
        if rom is not None:
            self.options["optromimage1"] = f"file={bad_bios.write(self.folder, rom)}, address=0xd0000"
        self.options.update((name, value.strip()) for name, value in (option.split(":", 1) for option in options))
        self.image = image
        self.said = ""  # by the debugger; only grows, because a thread of its own adds to it
        self.ran = 0  # where in it the last run began
        self.screen_end = None

    def write_bochsrc(self):
        lines = []
        for line in (TOP / "bochsrc").read_text(encoding="utf-8").splitlines():
            name = line.split(":")[0]
            if name not in self.options:
                lines.append(line.replace("path=build/disk.img", f'path="{self.image}"'))
        lines += [f"{name}: {value}" for name, value in self.options.items()]
        path = f"{self.folder}/bochsrc"
        pathlib.Path(path).write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    def start(self):
        self.process = subprocess.Popen(
            [*WITH_US, "bochs", "-q", "-unlock", *here.ability().debugger_flag, "-f", self.write_bochsrc()],
            cwd=self.folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env={**os.environ, "TERM": "xterm"}, start_new_session=True,
        )  # fmt: skip
        threading.Thread(target=self.listen, daemon=True).start()
        threading.Thread(target=self.join_screen, daemon=True).start()
        self.wait_stopped()

    def stop(self):
        super().stop()
        for end in (self.process.stdin, self.process.stdout, self.process.stderr) if self.process else ():
            try:
                end.close()
            except OSError:
                pass

    def listen(self):
        """Collects what the debugger prints."""
        try:
            while data := os.read(self.process.stdout.fileno(), 65536):
                self.said += data.decode(errors="replace")
        except (OSError, ValueError):
            pass

    def join_screen(self):
        """Bochs shows the screen on a pseudo-terminal that somebody has to read, and takes the keys from it."""
        try:
            for line in self.process.stderr:
                if match := SCREEN.search(line):
                    end = os.open(match[1], os.O_RDWR | os.O_NOCTTY)
                    tty.setraw(end)
                    self.screen_end = end
                    threading.Thread(target=self.process.stderr.read, daemon=True).start()
                    while os.read(end, 65536):
                        pass
        except (OSError, ValueError):
            pass

    def wait_stopped(self, seconds=WAIT):
        """Waits until the debugger asks for a command. Returns the count of instructions."""
        end = time.monotonic() + seconds
        while not (match := STOPPED.search(self.said, self.ran)):
            if time.monotonic() > end or self.process.poll() is not None:
                raise Mishap(f"Bochs: the debugger does not ask for a command; it said: {self.said[self.ran :]}")
            time.sleep(0.005)
        return int(match[1])

    def is_stopped(self):
        return STOPPED.search(self.said, self.ran) is not None

    def debug(self, command):
        """Gives a command that answers at once to the stopped debugger. Returns its answer."""
        before = len(self.said)
        self.order(command)
        end = time.monotonic() + WAIT
        while not re.search(r"<bochs:\d+> ", self.said[before:]):
            if time.monotonic() > end or self.process.poll() is not None:
                raise Mishap(self.tell(f"no answer to `{command}`; the debugger said: {self.said[before:][-1000:]}"))
            time.sleep(0.002)
        return self.said[before:]

    def order(self, command):
        self.process.stdin.write(command.encode() + b"\n")
        self.process.stdin.flush()

    def go(self):
        """Lets the machine run."""
        self.ran = len(self.said)
        self.order("c")
        end = time.monotonic() + WAIT
        while "c\n" not in self.said[self.ran :]:  # a signal before the end of the line would lose that end
            if time.monotonic() > end:
                raise Mishap(f"Bochs does not run; it said: {self.said[self.ran :]}")
            time.sleep(0.001)

    def go_to_stop(self, seconds=WAIT):
        """Lets it run to the next breakpoint. Returns the count of instructions there."""
        self.go()
        return self.wait_stopped(seconds)

    def interrupt(self):
        """Stops the running machine. A signal that comes before it really runs is lost: hence the tries."""
        end = time.monotonic() + WAIT
        while True:
            self.process.send_signal(signal.SIGINT)
            try:
                return self.wait_stopped(INTERRUPT_WAIT)
            except Mishap:
                if self.process.poll() is not None or time.monotonic() > end:
                    raise

    def load_symbols(self):
        self.debug(f'ldsym global "{SYMBOLS}"')

    def registers(self):
        """General registers of the stopped machine by name."""
        pairs = re.findall(r"\b(r\w\w?|eflags)\s*:?\s*(?:0x)?([0-9a-f_]+)", self.debug("r"))
        return {name.replace("r", "e", 1): int(value.replace("_", ""), 16) for name, value in pairs}

    def memory(self, address, size):
        """Bytes at a linear address of the stopped machine."""
        name = f"{self.folder}/memory"
        self.debug(f'writemem "{name}" {address:#x} {size}')
        return pathlib.Path(name).read_bytes()

    def screen(self):
        running = not self.is_stopped()
        if running:
            self.interrupt()
        base = 0xC00B8000 if int(re.search(r"CR0=0x([0-9a-f]+)", self.debug("creg"))[1], 16) >> 31 else 0xB8000
        cells = self.memory(base, 80 * 25 * 2)[::2].decode("cp437").replace("\0", " ")
        if running:
            self.go()
        return [cells[row : row + 80].rstrip() for row in range(0, 80 * 25, 80)]

    def press(self, text):
        """Types on the keyboard, one key after the other."""
        for character in text:
            before = len(self.serial)
            os.write(self.screen_end, character.encode())
            self.wait_for_echo(before)

    def log(self):
        """What Bochs itself has to say about the run."""
        return pathlib.Path(f"{self.folder}/bochs.log").read_text(encoding="utf-8", errors="replace")
