"""The image on many machines: each reaches every milestone in order, runs hello, and switches off where it can."""

import dataclasses
import typing

import pytest

from harness.bochs import Bochs
from harness.machine import Mishap
from harness.places import DISK
from harness.qemu import Qemu
from harness.road import boot, say_hello

BOCHS_BIOS = "/usr/share/bochs/BIOS-bochs"


@dataclasses.dataclass
class Row:
    """One machine of the table."""

    name: str
    machine: typing.Callable
    switches_off: bool = True

    def run(self):
        with self.machine() as machine:
            if isinstance(machine, Bochs):
                machine.go()
            boot(machine)
            say_hello(machine)
            if self.switches_off:
                machine.type("halt\r")
                check_end(machine)


def check_end(machine):
    status = machine.wait_for_end()
    if isinstance(machine, Bochs):
        if "shutdown requested" not in machine.log().lower():
            raise Mishap(machine.tell(f"Bochs ended with {status}, but not because it was switched off"))
    elif status:
        raise Mishap(machine.tell(f"QEMU ended with {status}"))


def qemu(*flags, **more):
    return lambda: Qemu(DISK, *flags, **more)


def bochs(*options):
    return lambda: Bochs(DISK, *options)


def cpu(model):
    return f"cpu: model={model}, ips=4000000, reset_on_triple_fault=0"


ROWS = [
    Row("QEMU, IDE disk", qemu()),
    Row("QEMU, USB stick on xHCI", qemu(medium="usb")),
    Row("QEMU, AHCI disk on q35", qemu("-M", "q35", medium="ahci")),
    Row("QEMU, virtio disk", qemu(medium="virtio")),
    Row("QEMU, 486", qemu("-cpu", "486")),
    Row("QEMU, newest CPU", qemu("-cpu", "max")),
    Row("QEMU, 4 MiB", qemu(memory="4M")),
    Row("QEMU, 4 GiB", qemu(memory="4G")),
    Row("QEMU, no keyboard controller", qemu("-M", "pc,i8042=off")),
    Row("QEMU, BIOS of Bochs with A20 off, no PCI",
        qemu("-M", "isapc", "-bios", f"{BOCHS_BIOS}-latest", "-cpu", "486"), switches_off=False),
    Row("Bochs, latest BIOS", bochs()),
    Row("Bochs, legacy BIOS", bochs(f"romimage: file={BOCHS_BIOS}-legacy")),
    Row("Bochs, Pentium with 4 MiB", bochs(cpu("pentium"), "megs: 4")),
    Row("Bochs, Broadwell with 512 MiB", bochs(cpu("broadwell_ult"), "megs: 512")),
]  # fmt: skip


@pytest.mark.limit(300)  # two others may be ahead
@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_the_machine_boots_and_runs_hello(row, runs):
    runs[row.name].result()
