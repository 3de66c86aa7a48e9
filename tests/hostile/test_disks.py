"""Damaged disks and unreadable sectors: each is told in a sentence that names the thing, and what can go on, does."""

import contextlib
import fcntl
import os
import re
import time

import pytest

from harness.bochs import Bochs
from harness.faults import WAIT, check_restart, fatal, screen_of_stage1, with_errors
from harness.image import PARTITION, Image
from harness.places import BUILD, SECTOR, TOP, layout_number
from harness.qemu import Qemu
from harness.road import boot, say_hello

PIPE_SIZE = 4096
BLOCKED = 2  # seconds; the loader waits one for a line that does not move
STAGE2_REST = layout_number("STAGE2_LBA") + layout_number("STAGE2_FIRST_SECTORS")


@pytest.fixture
def image():
    with Image() as copy:
        yield copy


def stage2_size():
    return (BUILD / "loader/stage2.bin").stat().st_size


# ---- Stage 1: a short code on the screen


@pytest.mark.parametrize(
    ("offset", "code"), [(4, "S"), (2000, "C"), (4095, "C")], ids=["its mark", "its middle", "its last byte"]
)
def test_a_damaged_first_block_of_stage_2_is_a_code_of_stage_1(offset, code, image):
    image.flip(SECTOR + offset)
    with Qemu(image.path) as machine:
        assert re.search(rf"\b{code}00\b.*No Megha: press a key\.", screen_of_stage1(machine))
        check_restart(machine)


def test_an_empty_disk_behind_the_boot_record_is_a_code_of_stage_1(image):
    image.write(SECTOR, bytes(stage2_size()))
    with Bochs(image.path) as machine:
        machine.go()
        assert re.search(r"\bS00\b.*No Megha: press a key\.", screen_of_stage1(machine))


def test_a_disk_with_blocks_of_4096_bytes_shows_the_codes_that_the_page_names(image):
    page = (TOP / "docs/stage1-errors.md").read_text(encoding="utf-8")
    with Qemu(image.path, rom={"big_blocks": 1}) as machine:
        codes = re.search(r"(\S+ \S+) No Megha: press a key\.", screen_of_stage1(machine))[1]
    assert re.search(rf"`{codes}`[^|]*4096 bytes", page), f"the page does not tell of {codes}"


# ---- A serial line that is not read


def blocked_line(folder):
    """A pipe for COM1 that is full: (its path, its end for reading, what is in it)."""
    path = f"{folder}/line"
    os.mkfifo(f"{path}.in")
    os.mkfifo(f"{path}.out")
    end = os.open(f"{path}.out", os.O_RDWR | os.O_NONBLOCK)
    os.write(end, bytes(fcntl.fcntl(end, fcntl.F_SETPIPE_SZ, PIPE_SIZE)))
    return path, end


def test_the_last_sentence_leaves_when_the_line_is_read_again_however_late(image):
    path, end = blocked_line(image.folder)
    line = ("-chardev", f"pipe,id=pipe,path={path}", "-device", "isa-serial,chardev=pipe,index=0")
    said = b""
    with Qemu(image.path, *line, memory="2M", serial=False) as machine:
        until = time.monotonic() + WAIT
        while "Press a key to restart." not in machine.screen() and time.monotonic() < until:
            time.sleep(0.1)
        time.sleep(BLOCKED)
        until = time.monotonic() + WAIT
        while not said.endswith(b"Press a key to restart.\r\n") and time.monotonic() < until:
            with contextlib.suppress(BlockingIOError):
                said += os.read(end, PIPE_SIZE).lstrip(b"\0")
            time.sleep(0.05)
        os.close(end)
        assert re.search(rb"milestone 22 (?s:.*)cannot start: it needs 4 MiB(?s:.*)Press a key to restart\.\r\n$", said)
        check_restart(machine)


# ---- Sectors that cannot be read


def test_a_sector_of_the_first_block_that_cannot_be_read_is_a_code_of_stage_1(image):
    with with_errors(image, 5) as machine:
        assert re.search(r"\bR0C\b.*No Megha: press a key\.", screen_of_stage1(machine))


def test_a_read_that_fails_once_is_tried_again(image):
    for sector in (5, STAGE2_REST + 3, PARTITION, image.first_sector("/boot/kernel.bin") + 9):
        with with_errors(image, sector, once=True) as machine:
            assert "drive 80h by EDD" in boot(machine), "the same way again, and not another one"
            say_hello(machine)


def test_a_sector_of_the_rest_of_stage_2_that_cannot_be_read_is_named(image):
    with with_errors(image, STAGE2_REST + 3) as machine:
        fatal(machine, r"sector \(LBA\) \d+ of drive 80h, in stage 2, cannot be read; the BIOS status is 0Ch\. \w+")


@pytest.mark.parametrize("name", ["the boot record", "the root folder", "the kernel"])
def test_a_sector_that_is_needed_and_cannot_be_read_is_named(name, image):
    root = PARTITION + 1 + 2 * int.from_bytes(image.bytes(PARTITION * SECTOR + 22, 2), "little")
    sector = {"the boot record": PARTITION, "the root folder": root,
              "the kernel": image.first_sector("/boot/kernel.bin") + 9}[name]  # fmt: skip
    with with_errors(image, sector) as machine:
        fatal(machine, rf"sector \(LBA\) {sector} of drive 80h cannot be read: the BIOS status is 0Ch")


def test_the_second_fat_serves_where_the_first_cannot_be_read(image):
    with with_errors(image, PARTITION + 1) as machine:
        text = boot(machine)
        assert re.search(rf"warning: the first copy of the FAT cannot be read \(LBA {PARTITION + 1}\)", text), text
        say_hello(machine)


def test_a_program_that_cannot_be_read_is_left_out(image):
    with with_errors(image, image.first_sector("/apps/crash")) as machine:
        text = boot(machine)
        assert re.search(r"warning: /apps/crash: sector \(LBA\) \d+ .*cannot be read.*0Ch", text), text
        say_hello(machine)
        assert "/apps/crash" not in machine.command("ls")


# ---- Disks on which something is missing or damaged


def flip_in_file(path, offset):
    """Inverts a byte of a file on the image."""

    def damage(image):
        data = bytearray(image.read_file(path))
        data[offset] ^= 0xFF
        image.put(path, bytes(data))

    return damage


def cut(path, size):
    return lambda image: image.put(path, image.read_file(path)[:size])


def partitions(*entries):
    """Writes bytes at offsets of the partition table."""

    def damage(image):
        for offset, value in entries:
            image.write(446 + offset, value)

    return damage


def second_partition(image):
    entry = image.bytes(446, 16)
    image.write(446 + 16, entry)


def mark_fat32(image):
    image.write(PARTITION * SECTOR + 22, bytes(2))


def kernel_version(image):
    data = bytearray(image.read_file("/boot/kernel.bin"))
    data[4:8] = (99).to_bytes(4, "little")
    image.put("/boot/kernel.bin", bytes(data))


FATAL = {
    "the rest of stage 2 is damaged": (
        lambda image: image.flip((STAGE2_REST + 4) * SECTOR),
        r"stage 2 is damaged: its checksum is 0x[0-9A-F]{8} but its header says 0x[0-9A-F]{8}",
    ),
    "no partition is active": (partitions((0, b"\x00")), "no partition of drive 80h is active"),
    "two partitions are active": (second_partition, "more than one partition of drive 80h is active"),
    "the partition is of another type": (partitions((4, b"\x83")), "type 83h"),
    "the partition has no sectors": (partitions((12, bytes(4))), "has 0 sectors"),
    "the boot record is empty": (
        lambda image: image.write(PARTITION * SECTOR, bytes(SECTOR)),
        "its first sector is no FAT boot record",
    ),
    "the volume is FAT32": (mark_fat32, "FAT12 or FAT32"),
    "the kernel is missing": (
        lambda image: image.remove("/boot/kernel.bin"),
        r"/boot/kernel\.bin: there is no such file",
    ),
    "the kernel is empty": (cut("/boot/kernel.bin", 0), r"/boot/kernel\.bin: it has 0 bytes, too few"),
    "the kernel is shorter than its header": (cut("/boot/kernel.bin", 20), r"/boot/kernel\.bin: it has 20 bytes"),
    "the kernel is truncated": (
        cut("/boot/kernel.bin", 30000),
        r"/boot/kernel\.bin: it has 30000 bytes but its header says \d+",
    ),
    "a byte of the kernel is flipped": (
        flip_in_file("/boot/kernel.bin", 20000),
        r"/boot/kernel\.bin: CRC-32 is 0x[0-9A-F]{8} but its header says 0x[0-9A-F]{8}",
    ),
    "the last byte of the kernel is flipped": (
        flip_in_file("/boot/kernel.bin", -1),
        r"/boot/kernel\.bin: CRC-32 is 0x[0-9A-F]{8} but its header says 0x[0-9A-F]{8}",
    ),
    "the kernel is no kernel": (flip_in_file("/boot/kernel.bin", 0), "it is no Megha kernel"),
    "the kernel is of another version": (kernel_version, "its header has version 99, and this loader reads version"),
    "the kernel's entry is damaged": (
        flip_in_file("/boot/kernel.bin", 15),
        r"/boot/kernel\.bin: its header is damaged",
    ),
}


@pytest.mark.parametrize("case", FATAL)
def test_what_is_fatal_is_told_on_screen_and_serial(case, image):
    damage, sentence = FATAL[case]
    damage(image)
    with Qemu(image.path) as machine:
        fatal(machine, sentence)


@pytest.mark.parametrize("memory", ["1M", "2M", "3M"])
def test_too_little_memory_is_told(memory, image):
    with Qemu(image.path, memory=memory) as machine:
        fatal(machine, r"it needs 4 MiB of memory, and this machine has \d+ KiB above 1 MiB")


def test_a_fatal_mishap_is_told_in_bochs_too(image):
    flip_in_file("/boot/kernel.bin", 20000)(image)
    with Bochs(image.path) as machine:
        machine.go()
        fatal(machine, r"/boot/kernel\.bin: CRC-32 is 0x[0-9A-F]{8} but its header says 0x[0-9A-F]{8}")


def config(text):
    return lambda image: image.put("/boot/boot.cfg", text.encode())


WARNING = {
    "boot.cfg is missing": (lambda image: image.remove("/boot/boot.cfg"), r"/boot/boot\.cfg: there is no such file"),
    "boot.cfg is empty": (config(""), None),
    "boot.cfg has an unknown key": (
        config("# a comment\n\ncolour = red\n"),
        r"/boot/boot\.cfg line 3: there is no key `colour`; the keys are .*kernel",
    ),
    "boot.cfg has a bad value": (config("selftest = maybe\n"), r"/boot/boot\.cfg line 1: `maybe` is no value"),
    "boot.cfg has a line without an equals sign": (config("kernel\n"), r"/boot/boot\.cfg line 1: `kernel` is no `key"),
    "boot.cfg has a path without a slash": (config("init = shell\n"), r"/boot/boot\.cfg line 1: `shell` is no path"),
    "boot.cfg names a folder that is not there": (config("folders = /apps /drivers\n"), r"/drivers: there is no such"),
    "boot.cfg is binary": (
        lambda image: image.put("/boot/boot.cfg", bytes(range(256)) * 4),
        r"/boot/boot\.cfg line \d+",
    ),
    "boot.cfg has Windows line ends": (config("selftest = no\r\nfolders = /apps\r\n"), None),
    "a name is longer than a path may be": (
        lambda image: image.put("/apps/" + "n" * 80, b"x"),
        r"/apps/n+\.*: the path has more than \d+ characters",
    ),
    "there are more files than the table holds": (
        lambda image: [image.put(f"/modules/m{number}", b"x") for number in range(260)],
        r"/modules: there are more than 256 files, \d+ of them here; the rest is skipped\. Remove files here\.",
    ),
    "another folder has filled the table": (
        lambda image: [image.put(f"/apps/a{number}", b"x") for number in range(300)],
        r"/modules: there are more than 256 files, 256 of them in /apps; the rest is skipped\. Remove files there\.",
    ),
}


@pytest.mark.parametrize("case", WARNING)
def test_what_can_be_done_without_is_a_warning(case, image):
    damage, sentence = WARNING[case]
    damage(image)
    with Qemu(image.path) as machine:
        text = boot(machine)
        if sentence:
            assert re.search(f"loader: warning: {sentence}", text), text
        else:
            assert "warning:" not in text.replace("warnings: 0", ""), text
        say_hello(machine)


def test_a_file_that_does_not_fit_into_memory_is_left_out(image):
    image.put("/apps/abig", bytes(5 * 1024 * 1024))
    with Qemu(image.path, memory="4M") as machine:
        text = boot(machine)
        assert re.search(r"warning: /apps/abig: it needs \d+ KiB and does not fit", text), text
        say_hello(machine)


def test_a_chain_of_clusters_that_runs_in_a_circle_is_noticed(image):
    first = image.first_sector("/apps/crash")
    record = image.bytes(PARTITION * SECTOR, SECTOR)
    per_fat = int.from_bytes(record[22:24], "little")
    data = PARTITION + 1 + 2 * per_fat + 32
    cluster = (first - data) // 8 + 2
    for copy in range(2):
        image.write((PARTITION + 1 + copy * per_fat) * SECTOR + cluster * 2, cluster.to_bytes(2, "little"))
    with Qemu(image.path) as machine:
        text = boot(machine)
        assert re.search(r"warning: /apps/crash: its chain of clusters is damaged", text), text
        say_hello(machine)


def test_what_other_systems_leave_on_a_stick_is_not_loaded(image):
    for name in ("._hello", ".DS_Store", ".hidden"):
        image.put(f"/apps/{name}", b"left behind")
    image.put("/apps/secret", b"x")
    image.mtools("mattrib", "+h", "::/apps/secret")
    image.mtools("mmd", "::/apps/folder")
    with Qemu(image.path) as machine:
        boot(machine)
        listing = machine.command("ls")
        for name in ("._hello", "DS_Store", "hidden", "secret", "folder"):
            assert name not in listing, listing
        say_hello(machine)


def test_a_missing_init_is_told_with_what_to_do(image):
    image.remove("/apps/init")
    with Qemu(image.path) as machine:
        said = machine.wait_for(r"/apps/init cannot be started: .*restart the machine\.")
        assert "boot.cfg" in said


def test_a_missing_shell_is_told(image):
    image.remove("/apps/shell")
    with Qemu(image.path) as machine:
        assert machine.wait_for(r"/apps/shell.*(no such|nothing of that name|cannot)")
