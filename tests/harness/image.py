"""A copy of a disk image that a test may spoil."""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile

from harness.places import DISK, SECTOR

PARTITION = 2048  # sectors; tests/tools checks that the image has it there
ENVIRONMENT = {**os.environ, "MTOOLS_SKIP_CHECK": "1", "MTOOLSRC": "/dev/null"}


class Image:
    """Use it in a `with`; `path` is the file. Paths on the partition begin with /."""

    def __init__(self, source=DISK):
        self.folder = tempfile.mkdtemp(prefix="megha-image-")
        self.path = f"{self.folder}/disk.img"
        subprocess.run(["cp", "--sparse=always", source, self.path], check=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.folder, ignore_errors=True)

    # ---- Bytes of the disk

    def bytes(self, offset, size):
        with open(self.path, "rb") as disk:
            disk.seek(offset)
            return disk.read(size)

    def write(self, offset, data):
        with open(self.path, "r+b") as disk:
            disk.seek(offset)
            disk.write(data)

    def flip(self, offset):
        """Inverts all bits of one byte."""
        self.write(offset, bytes([self.bytes(offset, 1)[0] ^ 0xFF]))

    # ---- Files of the partition

    def mtools(self, tool, *arguments):
        command = [tool, "-i", f"{self.path}@@{PARTITION * SECTOR}", *arguments]
        done = subprocess.run(command, env=ENVIRONMENT, check=False, capture_output=True)
        assert done.returncode == 0, f"{' '.join(command)}: {done.stderr.decode()}"
        return done.stdout

    def read_file(self, path):
        return self.mtools("mtype", f"::{path}")

    def put(self, path, data):
        """Writes a file, in place of one of that name."""
        source = pathlib.Path(self.folder) / "file"
        source.write_bytes(data)
        self.mtools("mcopy", "-o", str(source), f"::{path}")

    def remove(self, path):
        self.mtools("mdel", f"::{path}")

    def files(self, folder):
        """Names and sizes of the files in a folder."""
        listing = self.mtools("mdir", "-a", f"::{folder}").decode("cp437")
        found = {}
        for line in listing.splitlines():
            match = re.match(r"(\S+) *(\S*) +(\d+) \d{4}-\d\d-\d\d +\d+:\d\d *(.*)$", line)
            if match:
                short = match[1] + (f".{match[2]}" if match[2] else "")
                found[match[4].strip() or short] = int(match[3])
        return found

    def set_config(self, **values):
        """Changes or adds lines of boot.cfg."""
        text = self.read_file("/boot/boot.cfg").decode()
        for key, value in values.items():
            text, found = re.subn(rf"(?m)^{key} *=.*$", f"{key} = {value}", text)
            if not found:
                text += f"{key} = {value}\n"
        self.put("/boot/boot.cfg", text.encode())

    def first_sector(self, path):
        """The sector of the disk where a file begins."""
        said = self.mtools("mshowfat", f"::{path}").decode()
        cluster = int(re.search(r"<(\d+)", said)[1])
        record = self.bytes(PARTITION * SECTOR, SECTOR)
        reserved, fats, roots = (int.from_bytes(record[at : at + n], "little") for at, n in ((14, 2), (16, 1), (17, 2)))
        per_fat = int.from_bytes(record[22:24], "little")
        return PARTITION + reserved + fats * per_fat + roots * 32 // SECTOR + (cluster - 2) * record[13]
