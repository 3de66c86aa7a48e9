#!/usr/bin/env python3
"""Reads `nm -n` of the kernel and writes its function names as a NASM table, for backtraces.

The table: a count, then the address of each function, then the names in the same order. Only text symbols of
the part that runs high are listed, sorted by address; the table itself lies behind the text, so it moves none of them.
"""

import sys


def main():
    functions = []
    for line in sys.stdin:
        address, kind, name = line.split()
        if kind in "tT" and int(address, 16) >= 0xC0000000 and "." not in name:
            functions.append((int(address, 16), name))
    print("section .symbols\nglobal symbol_table\nsymbol_table:")
    print(f"        dd {len(functions)}")
    for address, _ in functions:
        print(f"        dd 0x{address:08X}")
    for _, name in functions:
        print(f'        db "{name}", 0')
    print("section .note.GNU-stack noalloc noexec nowrite progbits")


main()
