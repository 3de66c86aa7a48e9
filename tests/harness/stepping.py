"""Single steps through the running machine by QEMU's own debugger stub, with a switch of threads asked for at each.

A switch can only come where the kernel allows it. So behind every single instruction, of a program or of the kernel,
the next such place is used: what is not whole there, or not held, is found. Interrupts wait while the machine is
stepped, since a tick would be due at each step.
"""

import re
import socket
import subprocess
import time

from harness.machine import Mishap
from harness.places import BUILD, TEST_DISK
from harness.qemu import Qemu
from harness.road import boot

PACKET = re.compile(rb"\$([^#]*)#..")
SWITCH = 2  # ATTENTION_SWITCH of kernel/core/sched/sched.c
CODE_SEGMENT = slice(80, 82)  # its low byte among the registers, behind ten of eight digits
KERNEL_STEPS = 61  # a prime, so that it goes through all places in time


def symbol(name):
    """The address of a name of the kernel."""
    listed = subprocess.run(["nm", BUILD / "kernel/kernel.elf"], capture_output=True, text=True, check=True).stdout
    return next(int(line.split()[0], 16) for line in listed.splitlines() if line.endswith(f" {name}"))


class Stepper(Qemu):
    """A machine that can be stepped."""

    def __init__(self, *flags):
        super().__init__(TEST_DISK, *flags)
        self.flags += ["-chardev", f"socket,path={self.folder}/gdb,server=on,wait=off,id=gdb", "-gdb", "chardev:gdb"]
        self.stub = None
        self.heard = b""

    def stop(self):
        if self.stub:
            self.stub.close()
        super().stop()

    def tell_stub(self, text):
        self.stub.sendall(f"${text}#{sum(text.encode()) % 256:02x}".encode())

    def hear_stub(self):
        """The next packet of the stub, acknowledged."""
        while not (packet := PACKET.search(self.heard)):
            piece = self.stub.recv(4096)
            if not piece:
                raise Mishap(self.tell("QEMU's debugger stub has gone"))
            self.heard += piece
        self.heard = self.heard[packet.end() :]
        self.stub.sendall(b"+")
        return packet[1].decode()

    def ask_stub(self, text):
        self.tell_stub(text)
        return self.hear_stub()

    def hold(self):
        """Stops the machine where it is."""
        self.stub = socket.socket(socket.AF_UNIX)
        self.stub.settimeout(20)
        self.stub.connect(f"{self.folder}/gdb")
        self.hear_stub()  # that it has stopped

    def step(self, steps):
        """Steps so many instructions. Returns how many of them were of ring 3; the others were of their calls.

        A switch is asked for behind each of ring 3, and behind each KERNEL_STEPS-th of the kernel: if it were behind
        each, the kernel would never be through with them.
        """
        attention = symbol("arch_attention")
        in_ring3 = 0
        for step in range(steps):
            if not self.ask_stub("s").startswith("T"):
                raise Mishap(self.tell("a single step did not end"))
            is_ring3 = int(self.ask_stub("g")[CODE_SEGMENT], 16) & 3 == 3
            in_ring3 += is_ring3
            if not is_ring3 and step % KERNEL_STEPS:
                continue
            if self.ask_stub(f"M{attention:x},4:{SWITCH:02x}000000") != "OK":
                raise Mishap(self.tell("arch_attention cannot be written"))
        return in_ring3

    def let_go(self):
        """It runs on."""
        self.ask_stub("D")
        self.stub.close()
        self.stub = None


def attack_stepped(pause, steps):
    """The program `stepped` makes calls while the machine is stepped, from some `pause` seconds after its start on.

    Returns how many of the steps were in ring 3.
    """
    with Stepper() as machine:
        boot(machine)
        machine.type("stepped\r")
        time.sleep(pause)
        machine.hold()
        in_ring3 = machine.step(steps)
        machine.let_go()
        if "\npassed\n" not in machine.wait_for_prompt() or "\npassed\n" not in machine.command("canary"):
            raise Mishap(machine.tell(f"something went wrong in {steps} steps"))
    return in_ring3
