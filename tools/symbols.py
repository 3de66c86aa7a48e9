#!/usr/bin/env python3
"""Merges `nm` output of loader and kernel into the list that Bochs loads: `0xADDRESS name`, sorted.

Bochs keeps one name an address and finds an address by name: where several symbols share an address, a milestone wins,
and then the first by name. A name that stands in more than one part is an error: a breakpoint on it would be a guess.
"""

import sys


def rank(name):
    return (not name.startswith("milestone_"), name)


def main():
    by_address = {}
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
