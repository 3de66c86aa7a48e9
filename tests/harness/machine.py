"""A machine that runs in an emulator, whichever it is: its serial port, its console, its end."""

import re
import shutil
import socket
import tempfile
import threading
import time

# Put before an emulator's command: it ends when the tests end, however they end.
WITH_US = ("setpriv", "--pdeathsig", "KILL")
PROMPT = "megha> "
WAIT = 60  # seconds; a boot takes two or three, but the computer may be busy
ECHO_WAIT = 0.5  # seconds
BLIND_WAIT = 0.05  # seconds for a key where no echo can be seen


class Mishap(AssertionError):
    """The machine did not do what the test waited for; the text shows what it did."""


class Line:
    """The serial line: a socket that the emulator connects to. A thread collects what comes."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(WAIT)
        self.port = self.listener.getsockname()[1]
        self.connection = None
        self.text = ""
        self.closed = False
        self.news = threading.Condition()
        self.thread = threading.Thread(target=self.collect, daemon=True)
        self.thread.start()

    def collect(self):
        try:
            self.connection, _ = self.listener.accept()
            while data := self.connection.recv(65536):
                with self.news:
                    self.text += data.decode("cp437").replace("\r", "")
                    self.news.notify_all()
        except OSError:
            pass
        with self.news:
            self.closed = True
            self.news.notify_all()

    def send(self, text):
        self.connection.sendall(text.encode("latin-1"))

    def close(self):
        for end in (self.connection, self.listener):
            if end:
                end.close()


class Machine:
    """Use it in a `with`: it is stopped at the end in every case, and a PANIC that nobody expected fails the test."""

    what = "the machine"

    def __init__(self, panic_expected=False):
        self.panic_expected = panic_expected
        self.folder = tempfile.mkdtemp(prefix="megha-test-")
        self.line = Line()
        self.seen = 0  # where in the serial text the next wait begins
        self.process = None

    def start(self):
        """Starts the emulator as self.process."""
        raise NotImplementedError

    def screen(self):
        """The 25 lines of the text screen."""
        raise NotImplementedError

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, kind, error, trace):
        text = self.line.text
        self.stop()
        if kind is None and "PANIC" in text and not self.panic_expected:
            raise Mishap(self.tell("the kernel panicked"))

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
        if self.process:
            self.process.wait()
        self.line.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def serial(self):
        """All that came over the serial line so far."""
        return self.line.text

    def tell(self, mishap):
        """A report for a person: what went wrong, and the end of what the machine said."""
        said = "\n".join(self.line.text.splitlines()[-40:]) or "(nothing)"
        screen = ""
        if self.process and self.process.poll() is None:
            try:
                screen = "\n--- screen:\n" + "\n".join(line for line in self.screen() if line)
            except Exception as problem:  # a picture of a machine that hangs is an extra
                screen = f"\n(no screen: {problem})"
        return f"{self.what}: {mishap}\n--- the end of its serial text:\n{said}{screen}"

    def wait_for(self, pattern, seconds=WAIT):
        """Waits until the regular expression occurs behind what earlier waits saw. Returns the text up to its end."""
        wanted = re.compile(pattern)
        end = time.monotonic() + seconds
        with self.line.news:
            while True:
                match = wanted.search(self.line.text, self.seen)
                if match:
                    text = self.line.text[self.seen : match.end()]
                    self.seen = match.end()
                    return text
                if "PANIC" in self.line.text and not self.panic_expected:
                    self.line.news.wait(1)  # let it finish its report
                    break
                if self.line.closed or not self.line.news.wait(max(0, end - time.monotonic())):
                    break
        if "PANIC" in self.line.text and not self.panic_expected:
            raise Mishap(self.tell("the kernel panicked"))
        ended = "it ended before" if self.line.closed else f"not within {seconds} seconds:"
        raise Mishap(self.tell(f"{ended} `{pattern}`"))

    def wait_for_prompt(self, seconds=WAIT):
        """Returns the text up to the prompt, without it."""
        return self.wait_for(f"(?m)^{PROMPT}", seconds).removesuffix(PROMPT)

    def type(self, text):
        """Types at the serial console; Enter is \\r."""
        self.line.send(text)

    def command(self, line, seconds=WAIT):
        """Types a command at the prompt and returns what is printed up to the next prompt, without the echo."""
        self.type(line + "\r")
        text = self.wait_for_prompt(seconds)
        echo, _, output = text.partition("\n")
        if echo.strip() != line.strip():
            raise Mishap(self.tell(f"typed `{line}`, but the echo is `{echo}`"))
        return output

    def wait_for_echo(self, before):
        """Waits until more than `before` characters came, which shows that a key was taken; some keys show nothing.

        The keyboard's buffer is small, and the machine may be slow because the computer is busy.
        """
        if not self.line.connection:
            time.sleep(BLIND_WAIT)
            return
        with self.line.news:
            self.line.news.wait_for(lambda: len(self.line.text) > before or self.line.closed, ECHO_WAIT)

    def wait_for_end(self, seconds=WAIT):
        """Waits until the emulator has ended by itself. Returns its exit status."""
        try:
            status = self.process.wait(seconds)
        except Exception:
            raise Mishap(self.tell(f"still on after {seconds} seconds")) from None
        self.line.thread.join(seconds)
        return status
