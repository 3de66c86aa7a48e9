"""Megha in QEMU."""

import functools
import json
import pathlib
import re
import socket
import subprocess
import time

from harness import bad_bios
from harness.machine import WITH_US, Machine, Mishap

BASE = ("qemu-system-i386", "-display", "none", "-monitor", "none", "-no-reboot", "-nic", "none")


@functools.cache
def major_version():
    told = subprocess.run([BASE[0], "--version"], capture_output=True, text=True, check=True).stdout
    return int(re.search(r"version (\d+)", told)[1])


def usb(controller):
    return ("if=none,id=u", "-device", f"{controller},id=usb", "-device", "usb-storage,drive=u,bus=usb.0,bootindex=0")


def scsi(controller):
    return ("if=none,id=u", "-device", f"{controller},id=scsi", "-device", "scsi-hd,drive=u,bus=scsi.0,bootindex=0")


# Ways to attach the image as a disk; the image itself is never changed.
MEDIA = {
    "ide": ("if=ide",),
    "ide-slave": ("if=ide,index=3",),
    "ahci": ("if=none,id=u", "-device", "ahci,id=ahci", "-device", "ide-hd,drive=u,bus=ahci.0,bootindex=0"),
    "usb": usb("qemu-xhci"),
    "uhci": usb("piix3-usb-uhci"),
    "ohci": usb("pci-ohci"),
    "ehci": usb("usb-ehci"),
    "hub": ("if=none,id=u", "-device", "piix3-usb-uhci,id=usb", "-device", "usb-hub,bus=usb.0,port=1",
            "-device", "usb-storage,drive=u,bus=usb.0,port=1.1,bootindex=0"),
    "virtio": ("if=virtio",),
    "virtio-scsi": scsi("virtio-scsi-pci"),
    "lsi": scsi("lsi53c895a"),
    "nvme": ("if=none,id=u", "-device", "nvme,serial=x,drive=u,bootindex=0"),
    "sd": ("if=none,id=u", "-device", "sdhci-pci", "-device", "sd-card,drive=u"),
    "cd": ("if=ide,media=cdrom", "-boot", "d"),
    "none": (),
}  # fmt: skip
ROM_ADDRESS = 0xD0000
QMP_LIMIT = 20  # seconds


class Qemu(Machine):
    """flags are added to QEMU's command line; medium is a key of MEDIA, rom switches of the bad BIOS."""

    what = "QEMU"

    def __init__(self, image, *flags, medium="ide", memory="64M", panic_expected=False, serial=True,
                 rom=None):  # fmt: skip
        super().__init__(panic_expected)
        self.has_serial = serial
        first, *more = MEDIA[medium] or ("",)
        drive = ["-drive", f"file={image},format=raw,snapshot=on,{first}", *more] if first else []
        self.flags = ["-m", memory, *drive, *flags]
        if rom is not None:
            path = bad_bios.write(self.folder, rom)
            # Only SeaBIOS asks QEMU for its option ROMs; others look for them where adapters have theirs.
            at_address = ("-device", f"loader,file={path},addr={ROM_ADDRESS:#x}")
            self.flags += at_address if "-bios" in flags else ("-option-rom", str(path))
        self.control = None

    def start(self):
        serial = ("-chardev", f"socket,id=com1,host=127.0.0.1,port={self.line.port}", "-serial", "chardev:com1")
        if not self.has_serial:
            serial = ("-serial", "none")
        command = [*WITH_US, *BASE, *serial, "-qmp", f"unix:{self.folder}/qmp,server=on,wait=off", *self.flags]
        self.errors = open(f"{self.folder}/errors", "w+", encoding="utf-8")
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=self.errors, stderr=self.errors)

    def stop(self):
        super().stop()
        if self.control:
            self.control.close()
        self.errors.close()

    def tell(self, mishap):
        self.errors.seek(0)
        return f"{super().tell(mishap)}\n{self.errors.read()}"

    def wait_for_control(self, connection):
        """QEMU listens a moment after its start."""
        end = time.monotonic() + QMP_LIMIT
        while connection.connect_ex(f"{self.folder}/qmp"):
            if time.monotonic() > end or self.process.poll() is not None:
                raise Mishap(self.tell("QEMU does not answer"))
            time.sleep(0.01)

    def ask(self, command, **arguments):
        """One QMP command; returns its result."""
        if not self.control:
            connection = socket.socket(socket.AF_UNIX)
            connection.settimeout(QMP_LIMIT)
            self.wait_for_control(connection)
            self.control = connection.makefile("rw")
            self.control.readline()  # the greeting
            self.ask("qmp_capabilities")
        self.control.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
        self.control.flush()
        while True:
            answer = json.loads(self.control.readline())
            if "error" in answer:
                raise Mishap(f"QEMU refused {command}: {answer['error']['desc']}")
            if "return" in answer:
                return answer["return"]

    def memory(self, address, size):
        """Bytes of physical memory."""
        name = f"{self.folder}/memory"
        self.ask("pmemsave", val=address, size=size, filename=name)
        return pathlib.Path(name).read_bytes()

    def screen(self):
        cells = self.memory(0xB8000, 80 * 25 * 2)[::2].decode("cp437").replace("\0", " ")
        return [cells[row : row + 80].rstrip() for row in range(0, 80 * 25, 80)]

    def press(self, *keys):
        """Presses and releases keys of the keyboard, by QEMU's names; `shift-a` are two at once."""
        for number, key in enumerate(keys):
            before = len(self.serial)
            codes = [{"type": "qcode", "data": code} for code in key.split("-")]
            self.ask("send-key", keys=codes, **{"hold-time": 20})
            if number + 1 < len(keys):
                self.wait_for_echo(before)
