#!/usr/bin/env python3
"""Completes what NASM tells debuggers about a source with code in several sections.

    repair_debug.py FILE.elf

NASM 2.16 gives such a compilation unit the bounds of one section only, and gdb then knows no lines for the others.
Their true bounds are in .debug_aranges; this writes the lowest and the highest into the unit's DW_AT_low_pc and
DW_AT_high_pc.
"""

import pathlib
import struct
import sys

UNIT_HEADER = 11  # length, version 2, offset of abbreviations, size of an address: 4 + 2 + 4 + 1 bytes
LOW_PC = UNIT_HEADER + 1  # behind the number of the abbreviation; then comes DW_AT_high_pc


def sections(data):
    """{name: (offset, size)} of a 32-bit ELF file."""
    (start,) = struct.unpack_from("<I", data, 32)
    size, count, names = struct.unpack_from("<HHH", data, 46)
    headers = [struct.unpack_from("<10I", data, start + at * size) for at in range(count)]
    table = headers[names][4]
    return {data[table + header[0] : data.index(b"\0", table + header[0])].decode(): (header[4], header[5])
            for header in headers}  # fmt: skip


def ranges(data, offset, size):
    """(offset of the unit in .debug_info, [(start, end)]) for each set of .debug_aranges."""
    at, end = offset, offset + size
    while at < end:
        length, _version, unit = struct.unpack_from("<IHI", data, at)
        found = []
        for place in range(at + 16, at + 4 + length, 8):
            start, extent = struct.unpack_from("<II", data, place)
            if extent:
                found.append((start, start + extent))
        yield unit, found
        at += 4 + length


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__.strip())
    path = pathlib.Path(sys.argv[1])
    data = bytearray(path.read_bytes())
    found = sections(data)
    if ".debug_aranges" not in found:
        return
    info, info_size = found[".debug_info"]
    for unit, parts in ranges(data, *found[".debug_aranges"]):
        length, version = struct.unpack_from("<IH", data, info + unit)
        own = data[info + unit : min(info + unit + 4 + length, info + info_size)]
        if len(parts) > 1 and version == 2 and b"NASM " in own:
            bounds = min(start for start, _ in parts), max(end for _, end in parts)
            struct.pack_into("<II", data, info + unit + LOW_PC, *bounds)
    path.write_bytes(data)


main()
