#!/usr/bin/env python3
"""Turns the marked lines of a compiled offsets.c into NASM constants, so that C and NASM read the same numbers."""

import re
import sys


def main():
    source, target = sys.argv[1:]
    lines = []
    with open(source, encoding="ascii") as assembly:
        for line in assembly:
            match = re.search(r"->(\w+) (-?\d+)", line)
            if match:
                lines.append(f"{match[1]} equ 0x{int(match[2]) & 0xFFFFFFFF:X}\n")
    if not lines:
        sys.exit(f"{source}: no marked line; did the OFFSET macro change?")
    with open(target, "w", encoding="ascii") as out:
        out.writelines(lines)


main()
