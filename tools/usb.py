#!/usr/bin/env python3
"""Writes the disk image onto a USB stick: shows what is there, asks, writes, reads back and compares.

usb.py IMAGE [--dry-run] [--large] [--devices FILE] [DEVICE | --file PATH]

Without DEVICE it lists the disks that may be written. --dry-run does everything but write. --file writes to a plain
file. --devices takes the list of disks from a file that `lsblk` wrote, for tests.
"""

import argparse
import errno
import os
import stat
import sys
import time

import usb_devices
from usb_devices import Refusal

PIECE = 1 << 20
BAR = 30  # characters
SECTOR = 512
BOOT_SIGNATURE = b"\x55\xaa"


class Target:
    """What is written: a disk that nobody else uses, or a plain file."""

    def __init__(self, path, is_file):
        flags = os.O_RDWR | (os.O_CREAT if is_file else os.O_EXCL)
        try:
            self.end = os.open(path, flags, 0o644)
        except PermissionError:
            raise Refusal(f"{path} cannot be opened without more rights; try `sudo ./build.sh usb ...`") from None
        except OSError as error:
            if error.errno == errno.EBUSY:
                raise Refusal(f"{path} is in use by the system; unmount what is on it") from None
            raise Refusal(f"{path} cannot be opened: {error.strerror}") from None
        kind = os.fstat(self.end).st_mode
        if not is_file and not stat.S_ISBLK(kind):
            raise Refusal(f"{path} is no disk; --file writes to a plain file")
        if is_file and not stat.S_ISREG(kind):
            raise Refusal(f"{path} is no plain file; name a disk without --file")

    def write(self, data, offset):
        return os.pwrite(self.end, data, offset)

    def read(self, size, offset):
        return os.pread(self.end, size, offset)

    def flush(self):
        os.fsync(self.end)
        # What is read from now on comes from the medium, not from memory.
        os.posix_fadvise(self.end, 0, 0, os.POSIX_FADV_DONTNEED)

    def close(self):
        os.close(self.end)


class Progress:
    """A bar with rate and time left, on a terminal; a line at the end of each phase elsewhere."""

    def __init__(self, what, total, out):
        self.what, self.total, self.out = what, total, out
        self.start = self.shown = time.monotonic()

    def show(self, done):
        now = time.monotonic()
        finished = done == self.total
        if not finished and (now - self.shown < 0.2 or not self.out.isatty()):
            return
        self.shown = now
        rate = done / max(now - self.start, 1e-6)
        left = (self.total - done) / rate if rate else 0
        filled = BAR * done // self.total
        line = f"{self.what} [{'#' * filled}{'.' * (BAR - filled)}] {done >> 20} of {self.total >> 20} MiB"
        line += f", {rate / 1e6:.1f} MB/s, {left:.0f} s left "
        self.out.write(("\r" if self.out.isatty() else "") + line + ("\n" if finished else ""))
        self.out.flush()


def broken(error, what, offset):
    if error.errno in (errno.ENODEV, errno.ENXIO, errno.ENOMEDIUM):
        return Refusal(f"the stick went away while byte {offset} was {what}; plug it in and begin again")
    return Refusal(f"byte {offset} could not be {what}: {error.strerror}; try again, or another stick")


def write_image(image, size, target, out):
    progress = Progress("writing", size, out)
    offset = 0
    while offset < size:
        data = image.read(min(PIECE, size - offset))
        if not data:
            raise Refusal("the image became shorter while it was written; build it and begin again")
        while data:
            try:
                written = target.write(data, offset)
            except OSError as error:
                raise broken(error, "written", offset) from None
            if written == 0:
                raise Refusal(f"nothing more goes in from byte {offset} on; is the stick smaller than it says?")
            data = data[written:]
            offset += written
        progress.show(offset)
    try:
        target.flush()
    except OSError as error:
        raise broken(error, "flushed", offset) from None


def compare(image, size, target, out):
    progress = Progress("comparing", size, out)
    image.seek(0)
    offset = 0
    while offset < size:
        wanted = image.read(min(PIECE, size - offset))
        try:
            found = target.read(len(wanted), offset)
        except OSError as error:
            raise broken(error, "read back", offset) from None
        if found != wanted:
            first = next((i for i, pair in enumerate(zip(wanted, found)) if pair[0] != pair[1]), len(found))
            raise Refusal(f"byte {offset + first} reads back differently from what was written; "
                          "do not trust this stick: try again, then another one")
        offset += len(wanted)
        progress.show(offset)


def check_file(path, image):
    """A file that is there already has to look like a disk: it is not for us to destroy a letter."""
    if not os.path.isfile(path):
        return
    if os.path.samefile(path, image):
        raise Refusal(f"{path} is the image itself; name another file")
    with open(path, "rb") as file:
        sector = file.read(SECTOR)
    if sector.strip(b"\0") and sector[-2:] != BOOT_SIGNATURE:
        raise Refusal(f"{path} exists and is no image of a disk; remove it, or name another file")


def list_sticks(devices, image_size, image_device, large):
    sticks = [disk for disk in devices if disk.get("tran") == "usb"]
    if not sticks:
        print("No disk on USB is there. Plug a stick in and try again.")
        return
    for disk in sticks:
        reasons = usb_devices.why_not(disk, image_size, image_device, large)
        print(usb_devices.describe(disk))
        for reason in reasons:
            print(f"  not to be written: {reason}")
        if not reasons:
            print(f"  `./build.sh usb {disk['name']}` writes it")


def confirm(name):
    print(f"Everything on {name} will be lost. Type {name} to write it, anything else to stop: ", end="", flush=True)
    if sys.stdin.readline().strip() != name:
        raise Refusal("nothing was written")


def choose(options, devices, image_size, image_device):
    disk = usb_devices.find(devices, options.device)
    reasons = usb_devices.why_not(disk, image_size, image_device, options.large)
    if reasons:
        raise Refusal("; ".join(reasons))
    print(usb_devices.describe(disk))
    if options.dry_run:
        print(f"A dry run: {image_size} bytes would be written to {disk['name']} and compared.")
        return None
    confirm(disk["name"])
    return disk.get("path") or f"/dev/{disk['name']}"


def parse():
    parser = argparse.ArgumentParser(prog="./build.sh usb", add_help=False,
                                     usage="./build.sh usb [--dry-run] [--large] [DEVICE | --file PATH]")
    parser.add_argument("image")
    parser.add_argument("--dry-run", action="store_true")
    parser.add_argument("--large", action="store_true")
    parser.add_argument("--devices")
    parser.add_argument("--file")
    parser.add_argument("device", nargs="?")
    options = parser.parse_intermixed_args()
    if options.file and options.device:
        parser.error("name a device or --file, not both")
    return options


def run(options, out=sys.stdout, open_target=Target):
    with open(options.image, "rb") as image:
        size = os.fstat(image.fileno()).st_size
        if options.file:
            path = options.file
            check_file(path, options.image)
            if options.dry_run:
                print(f"A dry run: {size} bytes would be written to {path} and compared.")
                return
        else:
            devices = usb_devices.list_devices(options.devices)
            image_device = usb_devices.device_of(options.image)
            if not options.device:
                list_sticks(devices, size, image_device, options.large)
                return
            path = choose(options, devices, size, image_device)
            if path is None:
                return
        target = open_target(path, bool(options.file))
        try:
            write_image(image, size, target, out)
            compare(image, size, target, out)
        finally:
            target.close()
        print(f"{path} holds Megha, and every byte was compared."
              + ("" if options.file else " It can be removed now."))  # fmt: skip


def main():
    try:
        run(parse())
    except Refusal as reason:
        sys.exit(f"usb: {reason}.")
    except KeyboardInterrupt:
        sys.exit("\nusb: stopped in the middle; what is on the stick now does not boot. Begin again.")


if __name__ == "__main__":
    main()
