#!/usr/bin/env python3
"""Merges `nm` output of loader and kernel into the list that Bochs loads: `0xADDRESS name`, sorted.

Bochs keeps one name an address and finds an address by name: where several symbols share an address, a milestone wins,
and then the first by name. A name that stands in more than one part is an error: a breakpoint on it would be a guess.
Bochs tells an address by the symbol below it, however far: the marks keep it from measuring the kernel's file by the
loader's last symbol, and programs by the kernel's.
"""

import sys

MARKS = {"kernel_file": 0x00100000, "program_area": 0x00400000}  # KERNEL_LOAD, USER_START


def rank(name):
    return (not name.startswith("milestone_"), name)


def main():
    by_address = {address: [name] for name, address in MARKS.items()}
    for line in sys.stdin:
        address, kind, name = line.split()
        if kind.upper() == "A":
            continue
        by_address.setdefault(int(address, 16), []).append(name)
    seen = {}
    for address in sorted(by_address):
        name = min(by_address[address], key=rank)
        if name in seen:
            name = f"{name}@{address:x}"
        seen[name] = address
        print(f"0x{address:08X} {name}")


main()
