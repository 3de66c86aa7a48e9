#!/usr/bin/env python3
"""Fills in the header of kernel.bin: sizes were set by the linker, build id and CRC-32 follow from the contents."""

import hashlib
import struct
import sys
import zlib

HEADER = struct.Struct("<7I20s")  # struct kernel_header of include/boot/info.h
MAGIC = int.from_bytes(b"MGHK", "little")


def main():
    source, target = sys.argv[1:]
    with open(source, "rb") as raw:
        data = bytearray(raw.read())
    magic, version, load, entry, file_size, memory_size, _, _ = HEADER.unpack_from(data)
    if magic != MAGIC:
        sys.exit(f"{source}: begins with 0x{magic:08X}, not with the kernel's magic; is the header linked first?")
    if file_size < len(data) or memory_size < file_size:
        sys.exit(f"{source}: {len(data)} bytes, but the linker says {file_size}, in memory {memory_size}")
    data += bytes(file_size - len(data))
    build_id = hashlib.sha256(data).hexdigest()[:16].encode()
    HEADER.pack_into(data, 0, magic, version, load, entry, file_size, memory_size, 0, build_id)
    HEADER.pack_into(data, 0, magic, version, load, entry, file_size, memory_size, zlib.crc32(data), build_id)
    with open(target, "wb") as out:
        out.write(data)


main()
