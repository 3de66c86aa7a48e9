"""The table of machines. The quick ones run in `./build.sh test`, all of them in `./build.sh test boot all`."""

import functools
import pathlib
import tempfile

from harness import el_torito
from harness.bochs import Bochs
from harness.places import DISK
from harness.qemu import Qemu
from rows import Row

BOCHS_BIOS = "/usr/share/bochs/BIOS-bochs"
ISAPC = ("-M", "isapc", "-cpu", "486", "-bios")
EMPTY_DISK = "if=ide,index=0,format=raw,file.driver=null-co,file.size=64M,file.read-zeroes=on"
NO_EDD = {"no_edd": 1}


@functools.cache
def compact_disc():
    """A CD image with the disk image on it; the folder goes when the tests end."""
    folder = tempfile.TemporaryDirectory(prefix="megha-cd-")
    compact_disc.folder = folder
    path = pathlib.Path(folder.name) / "megha.iso"
    el_torito.write(DISK, path)
    return path


def qemu(*flags, image=lambda: DISK, **more):
    return lambda: Qemu(image(), *flags, **more)


def bochs(*options, **more):
    return lambda: Bochs(DISK, *options, **more)


def cpu(model):
    return f"cpu: model={model}, ips=4000000, reset_on_triple_fault=0"


def bochs_disk(cylinders, heads, spt, translation="auto"):
    return (f"ata0-master: type=disk, path={DISK}, mode=volatile, cylinders={cylinders}, heads={heads}, spt={spt}, "
            f"translation={translation}")  # fmt: skip


def second_disk(controller, disk):
    """The image as the second of two disks, which the firmware shows as 80h because it is the first to boot."""
    return qemu("-drive", EMPTY_DISK, "-drive", f"file={DISK},format=raw,snapshot=on,if=none,id=u",
                "-device", f"{controller},id=second", "-device", f"{disk},drive=u,bus=second.0,bootindex=0",
                medium="none")  # fmt: skip


def media(quick, name, medium, *flags, **more):
    return Row(f"QEMU, {name}", qemu(*flags, medium=medium), quick=quick, **more)


MEDIA = [
    media(True, "IDE disk", "ide"),
    media(True, "USB stick on xHCI", "usb"),
    media(True, "AHCI disk on q35", "ahci", "-M", "q35"),
    media(True, "virtio disk", "virtio"),
    media(False, "IDE disk, the fourth", "ide-slave"),
    media(False, "USB stick on UHCI", "uhci"),
    media(False, "USB stick on OHCI", "ohci"),
    media(False, "USB stick on EHCI", "ehci"),
    media(False, "USB stick on a hub", "hub"),
    media(False, "USB stick on xHCI, q35", "usb", "-M", "q35"),
    media(False, "NVMe disk", "nvme"),
    media(False, "NVMe disk, q35", "nvme", "-M", "q35"),
    media(False, "SD card", "sd"),
    media(False, "virtio SCSI disk", "virtio-scsi"),
    media(False, "LSI SCSI disk", "lsi"),
    Row("QEMU, second disk, AHCI", second_disk("ahci", "ide-hd")),
    Row("QEMU, second disk, USB", second_disk("qemu-xhci", "usb-storage")),
    Row("QEMU, CD as hard disk (El Torito)", qemu(image=compact_disc, medium="cd"), method="CHS"),
]  # fmt: skip

FIRMWARE = [
    Row("QEMU, no keyboard controller", qemu("-M", "pc,i8042=off"), quick=True),
    Row("QEMU, no keyboard controller, q35", qemu("-M", "q35,i8042=off", medium="ahci")),
    Row("QEMU, no PCI", qemu("-M", "isapc"), switches_off=False),
    Row("QEMU, no video BIOS", qemu("-vga", "none")),
    Row("QEMU, Cirrus video", qemu("-vga", "cirrus")),
    Row("QEMU, VMware video", qemu("-vga", "vmware")),
    Row("QEMU, no serial port: by screen and keyboard", qemu(serial=False), serial=False),
    Row("QEMU, no serial port, q35", qemu("-M", "q35", serial=False, medium="usb"), serial=False),
    Row("QEMU, BIOS of Bochs with A20 off, no PCI", qemu(*ISAPC, f"{BOCHS_BIOS}-latest"), quick=True,
        a20="bios", switches_off=False),
    Row("QEMU, legacy BIOS of Bochs", qemu(*ISAPC, f"{BOCHS_BIOS}-legacy"),
        switches_off=False),
    Row("QEMU, BIOS of Bochs for QEMU", qemu(*ISAPC, "/usr/share/bochs/BIOS-qemu-latest"),
        a20="bios", switches_off=False),
    Row("Bochs, latest BIOS", bochs(), quick=True),
    Row("Bochs, legacy BIOS", bochs(f"romimage: file={BOCHS_BIOS}-legacy"), quick=True),
    Row("Bochs, SeaBIOS", bochs("romimage: file=/usr/share/seabios/bios.bin")),
    Row("Bochs, no serial port: by screen and keyboard", bochs("com1: enabled=0"), serial=False),
]  # fmt: skip

OLD_CPU = {"tsc-khz": "0"}
PROCESSORS = [
    Row("QEMU, 486", qemu("-cpu", "486"), quick=True, more=OLD_CPU),
    Row("QEMU, newest CPU", qemu("-cpu", "max"), quick=True, more={"tsc-khz": r"[1-9]\d+"}),
    *(Row(f"QEMU, {model}", qemu("-cpu", model), more={"tsc-khz": r"[1-9]\d+"})
      for model in ("pentium", "pentium2", "pentium3", "athlon", "qemu32", "kvm32", "coreduo", "core2duo", "n270",
                    "phenom", "Nehalem")),
    Row("Bochs, Pentium with 4 MiB", bochs(cpu("pentium"), "megs: 4"), quick=True, ram=4),
    Row("Bochs, Broadwell with 512 MiB", bochs(cpu("broadwell_ult"), "megs: 512"), quick=True, ram=512),
    *(Row(f"Bochs, {model}", bochs(cpu(model)))
      for model in ("bx_generic", "pentium_mmx", "amd_k6_2_chomper", "p2_klamath", "p3_katmai", "p4_willamette",
                    "atom_n270", "athlon64_clawhammer", "core2_penryn_t9600", "corei7_sandy_bridge_2600k",
                    "corei7_skylake_x")),
]  # fmt: skip

MEMORY = [
    Row("QEMU, 4 MiB", qemu(memory="4M"), quick=True, ram=4),
    Row("QEMU, 4 GiB", qemu(memory="4G"), quick=True, ram=4096),
    *(Row(f"QEMU, {size} MiB", qemu(memory=f"{size}M"), ram=size) for size in (5, 8, 16, 17, 512, 1024)),
    *(Row(f"QEMU, {size} MiB, q35", qemu("-M", "q35", memory=f"{size}M", medium="ahci"), ram=size)
      for size in (2048, 3072, 3584, 6144)),
    *(Row(f"Bochs, {size} MiB", bochs(f"megs: {size}"), ram=size) for size in (8, 16, 1024, 2048)),
]  # fmt: skip


def geometry(cylinders, heads, spt, translation):
    """A drive of Bochs without EDD, so that the geometry and its translation are what the disk is read by."""
    name = f"Bochs, no EDD, {cylinders}/{heads}/{spt}, translation {translation}"
    return Row(name, bochs(bochs_disk(cylinders, heads, spt, translation), rom=NO_EDD), method="CHS")


def translated(cylinders, heads, sectors, translation):
    disk = f"ide-hd,drive=u,cyls={cylinders},heads={heads},secs={sectors},bios-chs-trans={translation}"
    flags = ("-drive", f"file={DISK},format=raw,snapshot=on,if=none,id=u", "-device", disk)
    name = f"QEMU, no EDD, {cylinders}/{heads}/{sectors}, translation {translation}"
    return Row(name, qemu(*flags, medium="none", rom=NO_EDD), method="CHS")


GEOMETRIES = [
    geometry(32, 16, 63, "none"),
    geometry(130, 4, 63, "none"),
    geometry(520, 7, 9, "none"),
    geometry(1024, 2, 16, "none"),
    geometry(1024, 1, 9, "none"),  # cylinders above 255
    geometry(64, 16, 32, "lba"),
    geometry(1024, 2, 16, "large"),
    geometry(1024, 8, 16, "rechs"),
    geometry(1024, 8, 16, "auto"),
    translated(1024, 2, 63, "none"),
    translated(1024, 1, 9, "none"),
    translated(130, 16, 63, "lba"),
    translated(1040, 2, 63, "large"),
    translated(2080, 1, 63, "rechs"),
]
