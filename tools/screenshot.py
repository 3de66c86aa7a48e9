#!/usr/bin/env python3
"""Boots build/disk.img in QEMU, types some commands, and writes a picture of the screen.

    screenshot.py docs/images/megha.png [COMMAND ...]

QEMU writes the picture as PPM; here it becomes a PNG with a palette, 4 bits a pixel, since text mode has 16 colours.
"""

import pathlib
import struct
import sys
import time
import zlib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tests"))

from harness.places import DISK  # noqa: E402
from harness.qemu import Qemu  # noqa: E402

COMMANDS = ["hello", "ring0 hello", "crash null", "date", "ps"]
SETTLE = 1  # seconds in which the screen shows what the serial port has said


def read_ppm(path):
    """Width, height and the pixels, 3 bytes each."""
    kind, size, depth, pixels = path.read_bytes().split(b"\n", 3)
    width, height = map(int, size.split())
    if kind != b"P6" or depth != b"255" or len(pixels) != width * height * 3:
        sys.exit(f"{path}: not the picture that was expected of QEMU")
    return width, height, pixels


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height, pixels):
    colours = [pixels[at : at + 3] for at in range(0, len(pixels), 3)]
    palette = sorted(set(colours))
    if len(palette) > 16 or width % 2:
        sys.exit(f"the screen has {len(palette)} colours and {width} columns; is it in text mode?")
    number = {colour: index for index, colour in enumerate(palette)}
    rows = bytearray()
    for row in range(0, width * height, width):
        line = [number[colour] for colour in colours[row : row + width]]
        rows += b"\0" + bytes(left << 4 | right for left, right in zip(line[::2], line[1::2]))
    header = struct.pack(">IIBBBBB", width, height, 4, 3, 0, 0, 0)
    parts = (b"IHDR", header), (b"PLTE", b"".join(palette)), (b"IDAT", zlib.compress(bytes(rows), 9)), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(kind, data) for kind, data in parts)


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__.strip())
    target = pathlib.Path(sys.argv[1])
    with Qemu(DISK) as machine:
        machine.wait_for_prompt()
        for command in sys.argv[2:] or COMMANDS:
            machine.command(command)
        time.sleep(SETTLE)
        picture = pathlib.Path(machine.folder) / "screen.ppm"
        machine.ask("screendump", filename=str(picture))
        target.write_bytes(png(*read_ppm(picture)))
    print(f"{target}: {target.stat().st_size} bytes")


main()
