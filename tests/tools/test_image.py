"""tools/make_image.py and disk.img.in: the disk is as the picture says, and mistakes in the picture are told."""

import pathlib
import re
import shutil
import subprocess

import pytest

from harness.image import Image
from harness.places import DISK, SECTOR, TOP


@pytest.fixture
def place(tmp_path):
    """A folder with all that the image is made of, except programs."""
    shutil.copytree(TOP / "tools", tmp_path / "tools")
    shutil.copytree(TOP / "include/boot", tmp_path / "include/boot")
    shutil.copytree(TOP / "bootloader", tmp_path / "bootloader")
    shutil.copy(TOP / "disk.img.in", tmp_path)
    named = re.findall(r"(?m)^[^#\n]*\s(build/\S+)$", (TOP / "disk.img.in").read_text(encoding="utf-8"))
    for name in [*named, "build/apps/hello"]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(TOP / name, tmp_path / name)
    return tmp_path


def make(place, *options):
    command = ["tools/make_image.py", "disk.img.in", "build/disk.img", "--list", "modules=", "--list", "programs=",
               "--list", "programs=build/apps/hello", *options]  # fmt: skip
    return subprocess.run(command, cwd=place, capture_output=True, text=True, check=False)


def refused(place, *options):
    """The sentence with which the image is refused; nothing is left behind."""
    made = make(place, *options)
    assert made.returncode == 1, made.stdout + made.stderr
    assert not list((place / "build").glob("*.img")) + list((place / "build").glob(".image*"))
    assert "Traceback" not in made.stderr
    return made.stderr


def edit(place, old, new, name="disk.img.in"):
    path = place / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def number_of(place, text):
    lines = (place / "disk.img.in").read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)


def test_it_is_made_from_the_picture(place):
    made = make(place)
    assert made.returncode == 0, made.stderr


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("disk      131072 sectors", "disk      lots of sectors", "no `disk` line"),
        ("      1 -    128  stage2", "      0 -    128  stage2", "sector 0 is not behind `mbr`"),
        ("      1 -    128  stage2", "    128 -      1  stage2", "ends at 1, before it starts at 128"),
        ("   2048 - 128519  fat16", "   2048 - 928519  fat16", "sector 928519 is outside the disk"),
        ("8 sectors a cluster", "8 sectors", "expected `label NAME"),
        ("/modules/         @modules", "/modules/         build/modules", "a folder (ending in /) takes a list"),
        ("/modules/         @modules", "hello world", "`hello world` is no `disk` line"),
    ],
)
def test_a_mistake_in_the_picture_is_told_with_its_line(place, old, new, sentence):
    edit(place, old, new)
    told = refused(place)
    assert sentence in told
    assert f"disk.img.in:{number_of(place, new)}:" in told


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("      1 -    128  stage2", "      2 -    128  stage2", "STAGE2_LBA"),
        ("   2048 - 128519  fat16", "   4096 - 128519  fat16", "PARTITION_LBA"),
        ("/modules/         @modules", "/modules/         @drivers", "@drivers"),
        ("bootloader/boot.cfg", "bootloader/boot.config", "bootloader/boot.config: no such file"),
        ("build/loader/mbr.bin", "build/loader/stage2.bin", "a boot sector has 512 bytes"),
    ],
)
def test_what_does_not_fit_together_is_told(place, old, new, sentence):
    edit(place, old, new)
    assert sentence in refused(place)


def test_a_stage_2_that_is_too_large_is_refused_with_what_to_do(place):
    (place / "build/loader/stage2.bin").write_bytes(bytes(128 * SECTOR + 1))
    told = refused(place)
    assert "65537 bytes do not fit into sectors 1 to 128 (65536 bytes)" in told
    assert "STAGE2_MAX_SECTORS" in told


def test_two_programs_of_one_name_are_refused(place):
    other = place / "other/HELLO"
    other.parent.mkdir()
    other.write_bytes(b"x")
    assert "two files of this name" in refused(place, "--add", "/apps", str(other))


def test_a_name_longer_than_the_loader_takes_is_refused(place):
    other = place / ("n" * 60)
    other.write_bytes(b"x")
    assert "63 characters" in refused(place, "--add", "/apps", str(other))


def test_files_that_do_not_fit_are_told(place):
    (place / "big").write_bytes(bytes(70 * 1024 * 1024))
    assert "mcopy" in refused(place, "--add", "/apps", "big")


def test_files_can_be_added(place):
    made = make(place, "--add", "/apps", "build/kernel/kernel.bin")
    assert made.returncode == 0, made.stderr


# ---- The disk itself


def disk_bytes(offset, size):
    with open(DISK, "rb") as disk:
        disk.seek(offset)
        return disk.read(size)


def test_a_file_can_take_the_place_of_the_picture_s(place):
    (place / "other.cfg").write_text("verbose = yes\n", encoding="ascii")
    made = make(place, "--replace", "/boot/boot.cfg=other.cfg")
    assert made.returncode == 0, made.stderr
    with Image(place / "build/disk.img") as image:
        assert image.read_file("/boot/boot.cfg") == b"verbose = yes\n"


def test_a_file_can_take_the_place_of_none_that_is_not_there(place):
    assert "has no file /boot/none" in refused(place, "--replace", "/boot/none=disk.img.in")


def test_the_partition_table_is_what_old_firmware_wants():
    table = disk_bytes(446, 64)
    active = [table[at] for at in range(0, 64, 16)]
    assert active == [0x80, 0, 0, 0], "exactly one active partition"
    first, size = (int.from_bytes(table[at : at + 4], "little") for at in (8, 12))
    assert first == 2048
    assert table[5:8] == bytes([0xFE, 0x3F, (first + size) // (255 * 63) - 1]), "it ends with a cylinder"
    assert (first + size) % (255 * 63) == 0
    assert disk_bytes(510, 2) == b"\x55\xaa"
    assert disk_bytes(440, 4) == bytes.fromhex("4D454748")[::-1], "the disk signature"
    assert DISK.stat().st_size >= 32 * 1024 * 1024


def test_the_volume_is_fat16_with_clusters_of_4_kib_and_knows_where_it_lies():
    record = disk_bytes(2048 * SECTOR, SECTOR)
    assert record[54:62] == b"FAT16   "
    assert record[13] == 8, "sectors a cluster"
    assert int.from_bytes(record[28:32], "little") == 2048, "hidden sectors"
    clusters = (int.from_bytes(record[32:36], "little") - 512) // 8
    assert 4085 <= clusters < 65525, "the number of clusters decides that it is FAT16"


def test_system_code_is_on_the_disk_as_it_was_built():
    mbr = (TOP / "build/loader/mbr.bin").read_bytes()
    assert disk_bytes(0, 440) == mbr[:440]
    stage2 = (TOP / "build/loader/stage2.bin").read_bytes()
    assert disk_bytes(SECTOR, len(stage2)) == stage2


def test_bochsrc_has_the_geometry_of_the_image():
    text = pathlib.Path(TOP / "bochsrc").read_text(encoding="utf-8")
    numbers = [int(re.search(rf"(?m)^ata0-master:.*\b{name}=(\d+)", text)[1]) for name in ("cylinders", "heads", "spt")]
    assert numbers[0] * numbers[1] * numbers[2] * SECTOR == DISK.stat().st_size
