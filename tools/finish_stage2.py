#!/usr/bin/env python3
"""Fills in the sizes and sums at the start of stage 2.

The first block of 4 KiB holds STAGE2_MAGIC at byte 4, then the number of sectors behind the block and their sum. Its
own last dword is chosen so that the block's sum is 0. The sum goes over dwords: rotated left by one bit, plus the next.
"""

import struct
import sys

FIRST_SIZE = 4096  # STAGE2_FIRST_SIZE of include/boot/layout.h
SECTOR_SIZE = 512
MAGIC = int.from_bytes(b"MHG2", "little")
MASK = 0xFFFFFFFF


def rotate(value):
    return (value << 1 | value >> 31) & MASK


def total(data):
    result = 0
    for (word,) in struct.iter_unpack("<I", data):
        result = (rotate(result) + word) & MASK
    return result


def main():
    source, target = sys.argv[1:]
    with open(source, "rb") as raw:
        data = raw.read()
    first, rest = bytearray(data[:FIRST_SIZE]), data[FIRST_SIZE:]
    if len(first) != FIRST_SIZE or struct.unpack_from("<I", first, 4)[0] != MAGIC:
        sys.exit(f"{source}: does not begin with the first block of stage 2; is entry.asm linked first?")
    if not rest:
        sys.exit(f"{source}: holds nothing behind the first block; is main.c linked?")
    rest += bytes(-len(rest) % SECTOR_SIZE)
    struct.pack_into("<II", first, 8, len(rest) // SECTOR_SIZE, total(rest))
    struct.pack_into("<I", first, FIRST_SIZE - 4, -rotate(total(first[:-4])) & MASK)
    if total(first) != 0:
        sys.exit(f"{source}: the first block's sum is not 0 although its last dword was chosen so")
    with open(target, "wb") as out:
        out.write(bytes(first) + rest)


main()
