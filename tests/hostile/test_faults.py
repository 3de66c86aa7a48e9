"""Each structure on the disk: unreadable, flipped, cut, and chains and tables that make no sense.

Every machine either boots and runs `hello`, perhaps with a warning, or says its one sentence within ten seconds and
waits for a key. A silent hang ends in a time-out here, and a restart ends QEMU.
"""

import dataclasses
import os
import random
import re
import typing

import pytest

from harness import faults
from harness.image import PARTITION, Image
from harness.machine import Mishap
from harness.places import SECTOR, layout_number
from harness.qemu import Qemu
from harness.road import boot, say_hello
from harness.volume import Volume

KERNEL, CONFIG, PROGRAM = "/boot/kernel.bin", "/boot/boot.cfg", "/apps/crash"
KERNEL_TEXT, CONFIG_TEXT = r"/boot/kernel\.bin: ", r"/boot/boot\.cfg: "
REST = layout_number("STAGE2_LBA") + layout_number("STAGE2_FIRST_SECTORS")
TABLE = 446  # of partitions, in the boot record
BAD_CHAIN = "its chain of clusters is damaged"
UNREADABLE = r"sector \(LBA\) \d+ of drive 80h cannot be read: the BIOS status is [0-9A-F]{2}h"
NO_FILE = "there is no such file"


STOPS, BOOTS, NO_INIT, CODE = "stops", "boots", "has no init", "stage 1 stops"


@dataclasses.dataclass
class Fault:
    """`damage` changes the image; what follows is a boot with that warning, or a failure with that sentence."""

    name: str
    damage: typing.Callable = lambda image: None
    ends: str = STOPS
    says: str | None = None  # None: there is no warning
    sector: typing.Callable | None = None  # of an image: the one that cannot be read
    once: bool = False
    rom: dict | None = None  # switches of the bad BIOS


def check(fault, image):
    fault.damage(image)
    sector = fault.sector and fault.sector(image)
    machine = Qemu(image.path, rom=fault.rom) if sector is None else faults.with_errors(image, sector, fault.once)
    with machine:
        if fault.ends == STOPS:
            faults.fatal(machine, fault.says)
            return
        if fault.ends == CODE:
            assert re.search(fault.says, faults.screen_of_stage1(machine))
            return
        if fault.ends == NO_INIT:
            text = machine.wait_for(r"/apps/init cannot be started: .*restart the machine\.", faults.WAIT)
        else:
            text = boot(machine)
        warnings = re.findall(r"loader: warning: (.*)", text)
        if fault.says is None:
            assert not warnings, warnings
        else:
            assert re.search(fault.says, "\n".join(warnings)), f"expected `{fault.says}`, warned: {warnings}"
        if fault.ends == BOOTS:
            say_hello(machine)


# ---- Where things are, and ways to damage them


def at(path, more=0):
    return lambda image: image.first_sector(path) + more


def fat(image):
    return Volume(image).fat


def root(image):
    return Volume(image).root


def last_file(image):
    """The sector behind the first one of the file that begins last, which is no file that the boot needs."""
    paths = [f"{folder}/{name}" for folder in ("/apps", "/modules") for name in image.files(folder)]
    path = max(paths, key=image.first_sector)
    assert path not in ("/apps/init", "/apps/shell", "/apps/hello")
    return image.first_sector(path) + 1


def flip(path, offset):
    """Inverts a byte where a file lies on the disk; a folder counts as one."""
    return lambda image: image.flip(image.first_sector(path) * SECTOR + offset)


def write(offset, data):
    return lambda image: image.write(offset, data)


def write_in(folder, name, offset, data):
    """Writes into the entry of a file or folder."""
    return lambda image: image.write(Volume(image).entry(folder, name) + offset, data)


def end_disk_at(sector):
    """The disk ends before a sector, as that of a copy that was cut short."""
    return lambda image: os.truncate(image.path, sector(image) * SECTOR)


def link(path, target, copies=None):
    """The first cluster of a file leads to `target`, a number or a function of volume and cluster."""

    def damage(image):
        volume = Volume(image)
        cluster = volume.cluster(path)
        volume.link(cluster, target(volume, cluster) if callable(target) else target, copies)

    return damage


def wipe_fat(copies, value=0):
    def damage(image):
        volume = Volume(image)
        for copy in copies:
            start = (volume.fat + copy * volume.fat_sectors) * SECTOR
            image.write(start, bytes([value]) * (volume.fat_sectors * SECTOR))

    return damage


def entry_of_table(number, offset, data):
    return write(TABLE + number * 16 + offset, data)


def little(value):
    return value.to_bytes(4, "little")


def both(*damages):
    return lambda image: [damage(image) for damage in damages]


STRUCTURES = {  # name: sector, how it ends without it, what is said
    "the rest of stage 2": (lambda _: REST + 3, STOPS, "sector .LBA. 12 of drive 80h, in stage 2, cannot be read"),
    "the boot record": (lambda _: PARTITION, STOPS, UNREADABLE),
    "the first FAT": (fat, BOOTS, "the first copy of the FAT cannot be read"),
    "the root folder": (root, STOPS, KERNEL_TEXT + UNREADABLE),
    "the folder /boot": (at("/boot"), STOPS, KERNEL_TEXT + UNREADABLE),
    "the folder /apps": (at("/apps"), NO_INIT, "/apps: " + UNREADABLE),
    "boot.cfg": (at(CONFIG), BOOTS, CONFIG_TEXT + UNREADABLE),
    "the kernel's first sector": (at(KERNEL), STOPS, KERNEL_TEXT + UNREADABLE),
    "the kernel's middle": (at(KERNEL, 50), STOPS, KERNEL_TEXT + UNREADABLE),
    "a program": (at(PROGRAM, 3), BOOTS, PROGRAM + ": " + UNREADABLE),
}
READ_ERRORS = [
    *(Fault(f"{name} can be read at the second try", ends=BOOTS, sector=sector, once=True)
      for name, (sector, _, _) in STRUCTURES.items()),
    *(Fault(f"{name} can never be read", ends=ends, says=says, sector=sector)
      for name, (sector, ends, says) in STRUCTURES.items()),
]  # fmt: skip

FLIPPED = [
    Fault("stage 2's first byte behind its first block", write(REST * SECTOR, b"\xff"), says="stage 2 is damaged"),
    Fault("stage 2's size in sectors", write(SECTOR + 8, b"\xff"), ends=CODE, says=r"\bC00\b"),
    Fault("the boot record's sector size", write(PARTITION * SECTOR + 11, b"\0\3"), says="no FAT boot record"),
    Fault("the boot record's cluster size", write(PARTITION * SECTOR + 13, b"\3"), says="no FAT boot record"),
    Fault("the boot record's count of FATs", write(PARTITION * SECTOR + 16, b"\0"), says="no FAT boot record"),
    Fault("the boot record's signature", write(PARTITION * SECTOR + 510, b"\0\0"), says="no FAT boot record"),
    Fault("the boot record's reserved sectors", write(PARTITION * SECTOR + 14, b"\0\0"), says="no FAT boot record"),
    Fault("the boot record's root entries", write(PARTITION * SECTOR + 17, b"\xff\xff"), says=KERNEL_TEXT + NO_FILE),
    Fault("the name of /boot in the root folder", write_in("/", "BOOT       ", 0, b"K"), says=KERNEL_TEXT + NO_FILE),
    Fault("the attributes of /boot", write_in("/", "BOOT       ", 11, b"\x20"), says=KERNEL_TEXT + NO_FILE),
    Fault("the first cluster of /boot", write_in("/", "BOOT       ", 26, b"\xfe\xff"), says=KERNEL_TEXT + BAD_CHAIN),
    Fault("the first cluster of the kernel", write_in("/boot", "KERNEL  BIN", 26, b"\xf0\xfe"),
          says=KERNEL_TEXT + BAD_CHAIN),
    Fault("the size of the kernel", write_in("/boot", "KERNEL  BIN", 28, b"\xff\xff\xff\xff"), says=KERNEL_TEXT),
    Fault("the size of boot.cfg", write_in("/boot", "BOOT    CFG", 28, little(1 << 30)), ends=BOOTS, says=CONFIG_TEXT),
    Fault("the size of a program", write_in("/apps", "CRASH      ", 28, little(0xFFFFFFFF)), ends=BOOTS,
          says=f"{PROGRAM}: it needs 4194304 KiB"),
    Fault("the name of a program", write_in("/apps", "CRASH      ", 0, b"\x01\x02\x03"), ends=BOOTS),
    Fault("the first bit of the kernel", flip(KERNEL, 0), says="it is no Megha kernel"),
    Fault("the kernel's middle", flip(KERNEL, 40000), says=KERNEL_TEXT + "CRC-32 is"),
    Fault("boot.cfg's first byte", flip(CONFIG, 0), ends=BOOTS, says="/boot/boot.cfg line 1"),
    Fault("a program's first byte", flip(PROGRAM, 0), ends=BOOTS),
]  # fmt: skip

CUT = [
    Fault("in stage 2", end_disk_at(lambda _: REST + 3), says="stage 2 is damaged|in stage 2, cannot be read"),
    Fault("before the boot record", end_disk_at(lambda _: PARTITION), says=UNREADABLE + "|no FAT boot record"),
    Fault("before the FAT", end_disk_at(fat), says=UNREADABLE),
    Fault("before the root folder", end_disk_at(root), says=UNREADABLE),
    Fault("in the kernel", end_disk_at(at(KERNEL, 40)), says=KERNEL_TEXT + UNREADABLE),
    Fault("in the file that lies last", end_disk_at(last_file), ends=BOOTS, says=UNREADABLE),
]

FILES = {KERNEL: (STOPS, KERNEL_TEXT), PROGRAM: (BOOTS, f"{PROGRAM}: ")}
LINKS = {
    "to itself": lambda volume, cluster: cluster,
    "to no cluster": 0,
    "to cluster 1": 1,
    "out of the volume": lambda volume, cluster: volume.clusters + 2,
    "to a reserved number": 0xFFF0,
    "to a bad cluster": 0xFFF7,
    "to its end, too early": 0xFFFF,
}
CHAINS = [
    *(Fault(f"of {path} {how}", link(path, target), ends=ends, says=says + BAD_CHAIN)
      for path, (ends, says) in FILES.items() for how, target in LINKS.items()),
    Fault("of the kernel into another file", link(KERNEL, lambda volume, _: volume.cluster(PROGRAM)),
          says=KERNEL_TEXT + f"({BAD_CHAIN}|CRC-32 is)"),
    Fault("of the folder /boot to itself", link("/boot", lambda _, cluster: cluster), says=KERNEL_TEXT + BAD_CHAIN),
    Fault("of the folder /apps to itself", link("/apps", lambda _, cluster: cluster), ends=NO_INIT,
          says="/apps: " + BAD_CHAIN),
    Fault("all gone in the first FAT", wipe_fat((0,)), says=BAD_CHAIN),
    Fault("all gone in the second FAT", wipe_fat((1,)), ends=BOOTS),
    Fault("all bad in both FATs", wipe_fat((0, 1), 0xFF), says=KERNEL_TEXT + BAD_CHAIN),
]  # fmt: skip

PARTITIONS = [
    Fault("the active one is the fourth", both(
        lambda image: image.write(TABLE + 48, image.bytes(TABLE, 16)), write(TABLE, bytes(16))), ends=BOOTS),
    Fault("an inactive one comes first", both(
        lambda image: image.write(TABLE + 16, image.bytes(TABLE, 16)),
        entry_of_table(0, 0, b"\0\0\0\0\x83\0\0\0" + little(200000) + little(1000))), ends=BOOTS),
    Fault("of type 04h", entry_of_table(0, 4, b"\x04"), ends=BOOTS),
    Fault("of type 0Eh", entry_of_table(0, 4, b"\x0e"), ends=BOOTS),
    Fault("of type EEh, as of a GPT", entry_of_table(0, 4, b"\xee"), says="type EEh"),
    Fault("of type 05h, extended", entry_of_table(0, 4, b"\x05"), says="type 05h"),
    Fault("with a status of 01h", entry_of_table(0, 0, b"\x01"), says="no partition of drive 80h is active"),
    Fault("all bytes FFh", write(TABLE, b"\xff" * 64), says="no partition of drive 80h is active"),
    Fault("behind the disk's end", entry_of_table(0, 8, little(0xFFFFFF00)),
          says="more sectors than the partition has"),
    Fault("at sector 0", entry_of_table(0, 8, little(0)), says="from LBA 0 on"),
    Fault("at sector 1, where stage 2 lies", entry_of_table(0, 8, little(1)), says="no FAT boot record"),
    Fault("too small for its volume", entry_of_table(0, 12, little(100)), says="more sectors than the partition has"),
    Fault("with absurd cylinders and heads", both(
        entry_of_table(0, 1, b"\xff\xff\xff"), entry_of_table(0, 5, b"\xff\xff\xff")), ends=BOOTS),
]  # fmt: skip

FIRMWARE = [
    Fault("has neither EDD nor a geometry", ends=CODE, says=r"\bG01 No Megha", rom={"no_edd": 1, "no_geometry": 1}),
    Fault("has no EDD and 0 sectors a track", ends=CODE, says=r"\bG00 No Megha", rom={"no_edd": 1, "zero_spt": 1}),
    Fault("reads nothing", ends=CODE, says=r"\bR10 R10 No Megha", rom={"fail_every": 1}),
    Fault("reads nothing, and names drive 81h", ends=CODE, says=r"R10 No Megha", rom={"fail_every": 1, "drive": 0x81}),
    Fault("has 300 KiB of low memory", says=r"the BIOS reports 300 KiB of conventional memory", rom={"low_kb": 75}),
    Fault("tells of no memory", says="it needs 4 MiB of memory, and this machine has 0 KiB above 1 MiB",
          rom={"no_e820": 1, "no_e801": 1, "no_88": 1}),
    Fault("has more than 128 ranges of memory", ends=BOOTS, says="more ranges of memory than the 128",
          rom={"e820_list": 2}),
]  # fmt: skip

FAULTS = {"a BIOS that ": FIRMWARE, "": READ_ERRORS, "flipped: ": FLIPPED, "the disk ends ": CUT, "a chain ": CHAINS,
          "partition ": PARTITIONS}  # fmt: skip
ALL = [pytest.param(fault, id=kind + fault.name) for kind, faults_of in FAULTS.items() for fault in faults_of]


@pytest.mark.parametrize("fault", ALL)
def test_a_fault_of_the_disk_is_overcome_or_told(fault):
    with Image() as image:
        check(fault, image)


# ---- Bytes by chance, in what the loader reads


def structures(image):
    """Offsets and sizes of all that the loader trusts or has to check."""
    volume = Volume(image)
    sectors = [(PARTITION, 1), (volume.fat, 1), (volume.root, 1), (image.first_sector("/boot"), 1),
               (image.first_sector("/apps"), 2), (image.first_sector(CONFIG), 3)]  # fmt: skip
    return [(sector * SECTOR, count * SECTOR) for sector, count in sectors] + [(TABLE, 64)]


def outcome(machine):
    """Waits for one of the ends that a machine may have, and says which."""
    ends = ("^megha> ", "cannot be started: ", r"Press a key to restart\.", "killed: ", "ended with")
    said = machine.wait_for(f"(?m){'|'.join(ends)}", faults.WAIT)
    return said.splitlines()[-1]


@pytest.mark.long
@pytest.mark.limit(300)
@pytest.mark.parametrize("seed", range(8))
def test_bytes_changed_by_chance_never_hang_or_restart_the_machine(seed):
    chance = random.Random(seed)
    for number in range(8):
        with Image() as image:
            changes = []
            for _ in range(chance.randint(1, 12)):
                start, size = chance.choice(structures(image))
                changes.append((start + chance.randrange(size), bytes([chance.randrange(256)])))
            for offset, value in changes:
                image.write(offset, value)
            with Qemu(image.path) as machine:
                try:
                    outcome(machine)
                except Mishap as mishap:
                    raise Mishap(f"disk {number} of seed {seed}, changed at {changes}: {mishap}") from None
