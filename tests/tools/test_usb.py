"""The writer of USB sticks: its rules on recorded lists of disks, its writing on files that fail in every way."""

import copy
import errno
import io
import json
import os
import subprocess
import sys

import pytest

from harness.places import SECTOR, TOP

sys.path.insert(0, str(TOP / "tools"))
import usb  # noqa: E402
import usb_devices  # noqa: E402

IMAGE_SIZE = 64 << 20
STICK = {
    "name": "sdb", "path": "/dev/sdb", "type": "disk", "size": 16 * 10**9, "model": "Blue Stick ", "serial": "4711",
    "tran": "usb", "rm": True, "hotplug": True, "ro": False, "fstype": None, "label": None, "mountpoints": [None],
    "maj:min": "8:16", "log-sec": 512,
    "children": [{"name": "sdb1", "type": "part", "size": 15 * 10**9, "fstype": "vfat", "label": "HOLIDAY",
                  "mountpoints": [None], "maj:min": "8:17"}],
}  # fmt: skip
LOOP = {"name": "loop0", "path": "/dev/loop0", "type": "loop", "size": 10**9, "tran": None, "rm": False,
        "hotplug": False, "ro": True, "fstype": "squashfs", "mountpoints": ["/snap/x"], "maj:min": "7:0"}  # fmt: skip


def stick(part=None, **changes):
    disk = copy.deepcopy(STICK)
    disk.update(changes)
    if part:
        disk["children"][0].update(part)
    return disk


def test_a_stick_may_be_written():
    assert usb_devices.why_not(stick(), IMAGE_SIZE) == []


@pytest.mark.parametrize(
    "disk, reason",
    [
        (LOOP, "no disk but a loop device"),
        (stick(tran="sata"), "not on USB"),
        (stick(tran="nvme"), "not on USB"),
        (stick(rm=False, hotplug=False), "does not say that it can be removed"),
        (stick(ro=True), "read-only"),
        (stick({"mountpoints": ["/media/me/HOLIDAY"]}), "mounted at /media/me/HOLIDAY; unmount"),
        (stick(mountpoints=["/media/whole"]), "mounted at /media/whole"),
        (stick({"mountpoints": ["/"]}), "holds the system that runs now"),
        (stick({"mountpoints": ["/boot/efi"]}), "holds the system that runs now"),
        (stick({"mountpoints": ["[SWAP]"], "fstype": "swap"}), "swap space"),
        (stick({"fstype": "LVM2_member"}), "volume group"),
        (stick({"children": [{"name": "vg-a", "type": "lvm"}]}), "volume group"),
        (stick({"fstype": "linux_raid_member"}), "RAID"),
        (stick({"children": [{"name": "md0", "type": "raid1"}]}), "RAID"),
        (stick({"children": [{"name": "dm-0", "type": "crypt"}]}), "encrypted volume"),
        (stick(size=0), "no medium"),
        (stick(size=IMAGE_SIZE - 512), "fewer than the image's"),
        (stick(**{"log-sec": 4096}), "counts in blocks of 4096 bytes, and the image is made for 512"),
        (stick(size=129 * 10**9), "larger than 128 GB; --large"),
    ],
)
def test_what_is_dangerous_is_refused_with_the_reason(disk, reason):
    assert reason in "; ".join(usb_devices.why_not(disk, IMAGE_SIZE))


def test_a_large_disk_is_written_when_that_is_said():
    assert usb_devices.why_not(stick(size=129 * 10**9), IMAGE_SIZE, large=True) == []


def test_the_disk_of_the_image_is_refused():
    assert "the image lies on" in "; ".join(usb_devices.why_not(stick(), IMAGE_SIZE, image_device="8:17"))


def test_several_reasons_are_all_told():
    reasons = usb_devices.why_not(stick({"mountpoints": ["/x"]}, tran="sata", ro=True), IMAGE_SIZE)
    assert len(reasons) == 3


# ---- The command ---------------------------------------------------------------------------------------------------


@pytest.fixture
def image(tmp_path):
    path = tmp_path / "disk.img"
    path.write_bytes(os.urandom((3 << 20) + 700))
    return path


@pytest.fixture
def run(tmp_path, image):
    listed = tmp_path / "devices.json"

    def call(*arguments, devices=(STICK,), typed=""):
        listed.write_text(json.dumps({"blockdevices": list(devices)}), encoding="utf-8")
        command = [sys.executable, TOP / "tools/usb.py", image, "--devices", listed, *arguments]
        return subprocess.run(command, input=typed, capture_output=True, text=True, timeout=60, check=False)

    return call


def test_the_list_shows_model_size_serial_and_partitions(run):
    told = run().stdout
    assert "sdb: Blue Stick, 16.0 GB, serial 4711" in told and 'sdb1: 15000 MB, vfat "HOLIDAY"' in told
    assert "`./build.sh usb sdb` writes it" in told


def test_the_list_tells_why_a_stick_cannot_be_written(run):
    told = run(devices=[stick(ro=True)]).stdout
    assert "not to be written: sdb is read-only" in told and "writes it" not in told


def test_no_stick_is_told(run):
    assert "No disk on USB is there" in run(devices=[LOOP]).stdout


@pytest.mark.parametrize("name, sentence", [("sdz", "there is no disk sdz"), ("sdb1", "name the whole disk"),
                                            ("/dev/sdb1", "sdb1 is a part of sdb")])  # fmt: skip
def test_a_wrong_name_is_told(run, name, sentence):
    told = run(name)
    assert told.returncode == 1 and sentence in told.stderr


def test_a_dry_run_writes_nothing(run):
    told = run("--dry-run", "sdb")
    assert told.returncode == 0 and "A dry run" in told.stdout


@pytest.mark.parametrize("typed", ["", "\n", "yes\n", "sda\n", "sdb1\n"])
def test_nothing_is_written_unless_the_name_is_typed(run, typed):
    told = run("sdb", typed=typed)
    assert told.returncode == 1 and "nothing was written" in told.stderr


def test_a_device_and_a_file_are_too_much(run, tmp_path):
    assert run("sdb", "--file", tmp_path / "x").returncode == 2


def test_a_file_gets_every_byte(run, image, tmp_path):
    told = run("--file", tmp_path / "stick")
    assert told.returncode == 0 and "every byte was compared" in told.stdout
    assert (tmp_path / "stick").read_bytes() == image.read_bytes()


def test_a_longer_file_keeps_its_rest(run, image, tmp_path):
    (tmp_path / "stick").write_bytes(bytes(SECTOR) + b"x" * (5 << 20))
    assert run("--file", tmp_path / "stick").returncode == 0
    rest = SECTOR + (5 << 20) - image.stat().st_size
    assert (tmp_path / "stick").read_bytes() == image.read_bytes() + b"x" * rest


def test_a_file_that_is_no_disk_is_not_destroyed(run, image, tmp_path):
    (tmp_path / "letter").write_text("Dear reader", encoding="utf-8")
    told = run("--file", tmp_path / "letter")
    assert told.returncode == 1 and "is no image of a disk" in told.stderr
    assert (tmp_path / "letter").read_text(encoding="utf-8") == "Dear reader"
    (tmp_path / "other_name").symlink_to(image)
    told = run("--file", tmp_path / "other_name")
    assert told.returncode == 1 and "is the image itself" in told.stderr


def test_a_folder_is_no_file(run, tmp_path):
    told = run("--file", tmp_path)
    assert told.returncode == 1 and "cannot be opened" in told.stderr


# ---- Sticks that fail ----------------------------------------------------------------------------------------------


class Stick:
    """A stick in memory; what fails is set by the test."""

    def __init__(self, size=8 << 20):
        self.bytes = bytearray(size)
        self.gone_at = self.broken_at = self.full_at = None
        self.most = 1 << 30
        self.flushed = False

    def write(self, data, offset):
        data = data[: self.most]
        if self.gone_at is not None and offset >= self.gone_at:
            raise OSError(errno.ENODEV, "No such device")
        if self.broken_at is not None and offset >= self.broken_at:
            raise OSError(errno.EIO, "Input/output error")
        if self.full_at is not None:
            data = data[: max(0, self.full_at - offset)]
        self.bytes[offset : offset + len(data)] = data
        return len(data)

    def read(self, size, offset):
        return bytes(self.bytes[offset : offset + size])

    def flush(self):
        self.flushed = True

    def close(self):
        pass


def written(image, target):
    with open(image, "rb") as source:
        size = image.stat().st_size
        usb.write_image(source, size, target, io.StringIO())
        usb.compare(source, size, target, io.StringIO())
    return bytes(target.bytes[:size])


def refused(image, target):
    with pytest.raises(usb_devices.Refusal) as told:
        written(image, target)
    return str(told.value)


def test_all_is_written_flushed_and_compared(image):
    target = Stick()
    assert written(image, target) == image.read_bytes() and target.flushed


def test_short_writes_are_gone_on_with(image):
    target = Stick()
    target.most = 70000
    assert written(image, target) == image.read_bytes()


def test_a_stick_that_vanishes_is_told(image):
    target = Stick()
    target.gone_at = 2 << 20
    assert "the stick went away while byte 2097152 was written" in refused(image, target)


def test_a_write_error_is_told(image):
    target = Stick()
    target.broken_at = 1 << 20
    assert "byte 1048576 could not be written: Input/output error" in refused(image, target)


def test_a_stick_smaller_than_it_says_is_told(image):
    target = Stick()
    target.full_at = 1500000
    assert "from byte 1500000 on; is the stick smaller" in refused(image, target)


def test_a_byte_that_reads_back_differently_is_found(image):
    class Liar(Stick):
        def read(self, size, offset):
            data = bytearray(super().read(size, offset))
            if offset <= 2500000 < offset + size:
                data[2500000 - offset] ^= 4
            return bytes(data)

    assert "byte 2500000 reads back differently" in refused(image, Liar())


def test_a_stick_that_ends_while_it_is_read_is_found(image):
    class Short(Stick):
        def read(self, size, offset):
            return super().read(size, offset)[: max(0, 3000000 - offset)]

    assert "byte 3000000 reads back differently" in refused(image, Short())


def test_a_bar_shows_rate_and_time_left():
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    out = Terminal()
    progress = usb.Progress("writing", 4 << 20, out)
    progress.shown -= 1
    progress.show(2 << 20)
    progress.show(4 << 20)
    assert "[###############...............] 2 of 4 MiB" in out.getvalue() and " MB/s, " in out.getvalue()
    assert out.getvalue().endswith("0 s left \n")
