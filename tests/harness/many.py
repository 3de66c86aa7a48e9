"""Runs many programs that may do anything, on as few machines as they leave alive."""

from harness.machine import Mishap
from harness.qemu import Qemu
from harness.road import boot, say_hello


def run_all(image, names):
    """Runs each program. One that does not end is left with its machine; the next ones run on a new one."""
    names = list(names)
    while names:
        with Qemu(image.path) as running:
            boot(running)
            ended = True
            while names and ended:
                running.type(f"{names.pop(0)}\r")
                ended = ends(running)
            if ended:
                say_hello(running)


def ends(running):
    """Waits for the prompt; a program that waits or runs for ever is ended by Ctrl-C. Returns whether it came."""
    for key in ("", "\x03"):
        running.type(key)
        try:
            running.wait_for_prompt(2)
            return True
        except Mishap:
            if "PANIC" in running.serial or running.process.poll() is not None:
                raise
    return False
