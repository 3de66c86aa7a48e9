#!/usr/bin/env python3
"""Makes a disk image from the picture in disk.img.in.

    make_image.py disk.img.in build/disk.img [--list NAME=FILE ...] [--add FOLDER FILE ...] [--replace PATH=FILE ...]
        [--depfile FILE]

--list NAME=FILE  one more file of the list that the picture calls @NAME; NAME= alone is an empty list
--add FOLDER ...  puts these files into that folder of the partition as well
--replace PATH=FILE  takes FILE for what the picture puts at PATH
--depfile FILE    writes the files that the image was made of, in make's language

Needs no root: sfdisk writes the partition table of a plain file, mtools the FAT volume inside it. The result depends on
nothing but the files: ids, times and the time zone are fixed. It appears whole or not at all.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile

SECTOR = 512
MBR_CODE_END = 0x1B8  # disk signature and partition table follow; sfdisk writes them
FIXED_TIME = "946684800"  # 2000-01-01
ENVIRONMENT = {
    "PATH": os.environ.get("PATH", "/usr/bin:/bin") + ":/usr/sbin:/sbin",
    "LC_ALL": "C",
    "TZ": "UTC",
    "SOURCE_DATE_EPOCH": FIXED_TIME,
    "MTOOLS_SKIP_CHECK": "1",
    "MTOOLSRC": "/dev/null",
    "HOME": "/nonexistent",
}

DISK = re.compile(r"disk\s+(\d+) sectors, signature ([0-9A-F]{8})")
REGION = re.compile(r"(\d+)\s*-\s*(\d+)\s+(mbr|stage2|fat16, active)\s+(.+)")
VOLUME = re.compile(r"label ([A-Z0-9]{1,11}), id ([0-9A-F]{8}), (\d+) sectors a cluster")
FILE = re.compile(r"(/\S+)\s+(\S+)")


class Problem(Exception):
    """Something the person who edits the picture, or its files, can put right; the text says what."""


class Picture:
    """What disk.img.in says."""

    def __init__(self):
        self.sectors = 0
        self.signature = ""
        self.regions = {}  # kind: (first, last, rest of the line)
        self.volume = None  # (label, id, sectors a cluster)
        self.files = []  # (path on the partition, source)


def boot_layout(path="include/boot/layout.h"):
    """The plain numbers of boot/layout.h, by name."""
    with open(path, encoding="utf-8") as header:
        pairs = re.findall(r"^#define (\w+)\s+(0x[0-9A-Fa-f]+|\d+)\b", header.read(), re.MULTILINE)
    return {name: int(value, 0) for name, value in pairs}


def add_region(picture, match):
    first, last, kind, rest = int(match[1]), int(match[2]), match[3], match[4]
    if not picture.sectors:
        raise Problem("the line `disk N sectors, signature ...` has to come first")
    if kind in picture.regions:
        raise Problem(f"there can be only one `{kind}`")
    if first > last:
        raise Problem(f"the region ends at {last}, before it starts at {first}")
    if last >= picture.sectors:
        raise Problem(f"sector {last} is outside the disk; its last one is {picture.sectors - 1}")
    for other, (_, end, _) in picture.regions.items():
        if first <= end:
            raise Problem(f"sector {first} is not behind `{other}`, which ends at {end}; list regions as they lie")
    if kind == "mbr" and (first, last) != (0, 0):
        raise Problem("the MBR is sector 0 and no other")
    if kind.startswith("fat16"):
        volume = VOLUME.fullmatch(rest)
        if not volume:
            raise Problem("expected `label NAME, id 8 HEX DIGITS, N sectors a cluster`")
        picture.volume = (volume[1], volume[2], int(volume[3]))
    picture.regions[kind] = (first, last, rest)


def add_line(picture, line):
    if match := DISK.fullmatch(line):
        if picture.sectors:
            raise Problem("a second `disk` line; there is one disk")
        picture.sectors, picture.signature = int(match[1]), match[2]
    elif match := REGION.fullmatch(line):
        add_region(picture, match)
    elif match := FILE.fullmatch(line):
        if match[1].endswith("/") != match[2].startswith("@"):
            raise Problem(f"{match[1]}: a folder (ending in /) takes a list (@NAME), a path takes one file")
        picture.files.append((match[1], match[2]))
    else:
        raise Problem(f"`{line}` is no `disk` line, no `first - last` region and no /path with its source")


def read_picture(path):
    picture = Picture()
    with open(path, encoding="utf-8") as text:
        for number, line in enumerate(text, 1):
            line = line.split("#")[0].strip()
            try:
                if line:
                    add_line(picture, line)
            except Problem as problem:
                raise Problem(f"{path}:{number}: {problem}") from None
    for kind in ("mbr", "stage2", "fat16, active"):
        if kind not in picture.regions:
            raise Problem(f"{path}: no region `{kind}`; a disk without it does not boot")
    layout = boot_layout()
    for kind, name in (("stage2", "STAGE2_LBA"), ("fat16, active", "PARTITION_LBA")):
        if picture.regions[kind][0] != layout[name]:
            raise Problem(
                f"{path}: `{kind}` starts at sector {picture.regions[kind][0]}, "
                f"but include/boot/layout.h says {name} {layout[name]}"
            )
    return picture


def read_file(path):
    try:
        with open(path, "rb") as source:
            return source.read()
    except OSError as error:
        raise Problem(f"{path}: {error.strerror}; is it built, and is its line in disk.img.in right?") from None


def system_area(picture):
    """What lies before the partition: a list of (sector, bytes), and the files that it came from."""
    mbr_file, stage2_file = picture.regions["mbr"][2], picture.regions["stage2"][2]
    mbr = read_file(mbr_file)
    if len(mbr) != SECTOR or mbr[510:] != b"\x55\xaa":
        raise Problem(f"{mbr_file}: a boot sector has 512 bytes and ends in 55 AA; this has {len(mbr)} bytes")
    first, last, _ = picture.regions["stage2"]
    room = min(last - first + 1, boot_layout()["STAGE2_MAX_SECTORS"]) * SECTOR
    stage2 = read_file(stage2_file)
    if len(stage2) > room:
        raise Problem(
            f"{stage2_file}: {len(stage2)} bytes do not fit into sectors {first} to {last} ({room} bytes); "
            "make stage 2 smaller, or enlarge STAGE2_MAX_SECTORS in include/boot/layout.h and the region in disk.img.in"
        )
    # The linker refuses code behind MBR_CODE_END; what it fills the rest with is not a partition table.
    mbr = mbr[:MBR_CODE_END] + bytes(510 - MBR_CODE_END) + mbr[510:]
    return [(0, mbr), (first, stage2)], [mbr_file, stage2_file]


def volume_files(picture, lists, added, replaced):
    """All files of the partition as (folder, name, source), checked, and every folder."""
    files, folders = [], []

    def add(folder, name, source):
        path = f"{folder}/{name}"
        if len(path) >= 64:  # BOOT_PATH_MAX of include/boot/info.h
            raise Problem(f"{path}: longer than the 63 characters that the loader keeps of a path; shorten the name")
        if any(path.lower() == f"{other}/{known}".lower() for other, known, _ in files):
            raise Problem(f"{path}: two files of this name; capital and small letters are the same on the disk")
        files.append((folder, name, source))

    for path, source in picture.files:
        folder, name = path.rsplit("/", 1)
        folders.append(folder)
        if not source.startswith("@"):
            add(folder, name, replaced.pop(path, source))
        elif source[1:] not in lists:
            raise Problem(f"disk.img.in: the build passes no list {source}; it passes {', '.join(lists) or 'none'}")
        for member in lists.get(source[1:], []) if source.startswith("@") else []:
            add(folder, os.path.basename(member), member)
    for folder, *members in added:
        folders.append(folder)
        for member in members:
            add(folder, os.path.basename(member), member)
    if replaced:
        raise Problem(f"--replace: the picture has no file {', '.join(replaced)}")
    parents = {os.path.dirname(folder) for folder in folders} - {"/", ""}
    return sorted(files), sorted(set(folders) | parents)


def run(*command, stdin=""):
    result = subprocess.run(
        command, input=stdin, env=ENVIRONMENT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    if result.returncode:
        raise Problem(f"`{' '.join(command)}` failed: {result.stdout.strip()}")


def make_volume(image, picture, files, folders):
    first, last, _ = picture.regions["fat16, active"]
    label, volume_id, cluster = picture.volume
    table = f"label: dos\nlabel-id: 0x{picture.signature}\n{first},{last - first + 1},6,*\n"
    run("sfdisk", "--quiet", "--no-reread", "--no-tell-kernel", image, stdin=table)
    drive = f"{image}@@{first * SECTOR}"
    run("mformat", "-i", drive, "-T", str(last - first + 1), "-h", "255", "-s", "63", "-c", str(cluster),
        "-H", str(first), "-N", volume_id, "-v", label, "::")  # fmt: skip
    run("mmd", "-i", drive, *(f"::{folder}" for folder in folders))
    for folder in folders:
        plain = [source for where, name, source in files if where == folder and os.path.basename(source) == name]
        if plain:
            run("mcopy", "-i", drive, *plain, f"::{folder}/")
    for folder, name, source in files:
        if os.path.basename(source) != name:
            run("mcopy", "-i", drive, source, f"::{folder}/{name}")


def make_image(options):
    picture = read_picture(options.source)
    lists = {}
    for item in options.list:
        name, _, source = item.partition("=")
        lists.setdefault(name, []).extend([source] if source else [])
    sectors, inputs = system_area(picture)
    files, folders = volume_files(picture, lists, options.add, dict(item.split("=", 1) for item in options.replace))
    for _, _, source in files:
        if not os.path.isfile(source):
            raise Problem(f"{source}: no such file; is it built, and is its line in {options.source} right?")
    handle, image = tempfile.mkstemp(prefix=".image-", dir=os.path.dirname(options.target) or ".")
    try:
        with os.fdopen(handle, "wb") as disk:
            for sector, data in sectors:
                disk.seek(sector * SECTOR)
                disk.write(data)
            disk.truncate(picture.sectors * SECTOR)
        make_volume(image, picture, files, folders)
        os.chmod(image, 0o666 & ~umask())
        os.replace(image, options.target)
    except BaseException:
        os.unlink(image)
        raise
    if options.depfile:
        inputs += [source for _, _, source in files]
        with open(options.depfile, "w", encoding="utf-8") as rules:
            rules.write(f"{options.target}: {' '.join(inputs)}\n" + "".join(f"{name}:\n" for name in inputs))


def umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source")
    parser.add_argument("target")
    parser.add_argument("--list", action="append", default=[], metavar="NAME=FILE")
    parser.add_argument("--add", action="append", nargs="+", default=[], metavar="FOLDER_OR_FILE")
    parser.add_argument("--replace", action="append", default=[], metavar="PATH=FILE")
    parser.add_argument("--depfile")
    try:
        make_image(parser.parse_args())
    except Problem as problem:
        sys.exit(f"make_image: {problem}")


main()
