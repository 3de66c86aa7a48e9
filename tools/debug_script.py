#!/usr/bin/env python3
"""Writes the commands that the Bochs debugger starts with, and shows a card of the most useful ones.

    debug_script.py build/megha.sym build/debug.rc [WHERE]

All symbols are loaded, and the machine stops at 0x7C00; with WHERE it goes on to there. WHERE is a milestone, by its
number, its name or both (22, protected_mode, milestone_22_protected_mode), or any symbol of loader and kernel.
"""

import re
import sys

CARD = """\
  c             go on                            lb "NAME"  stop at a symbol     (lb 0x8000: at an address)
  s   p         step; p steps over a call        pb 0x7c00  stop at a physical address
  r   sreg      registers; segment registers     u /8       show the next 8 instructions
  creg          control registers                x /16bx A  memory at linear address A; xp: physical
  info tab      what is mapped where             info gdt   descriptors; also: idt, tss
  print-stack   the stack                        trace on   print every instruction from here on
  watch w A     stop when A is written           info b     breakpoints; d N deletes one
  Ctrl-C        stops the machine                q          ends"""


def find(where, names):
    """The symbol that a person means by `where`, or None."""
    for name in names:
        match = re.fullmatch(r"milestone_(\d+)_(\w+)", name)
        if where == name or match and where in (match[1], match[2], f"{match[1]}_{match[2]}"):
            return name
    return None


def main():
    if not 3 <= len(sys.argv) <= 4:
        sys.exit(__doc__.strip())
    symbols, script = sys.argv[1:3]
    with open(symbols, encoding="ascii") as lines:
        names = [line.split()[1] for line in lines]
    commands = [f'ldsym global "{symbols}"', "pb 0x7c00", "c"]
    if len(sys.argv) == 4:
        name = find(sys.argv[3], names)
        if not name:
            print(f"build.sh: no milestone and no symbol '{sys.argv[3]}'; the milestones are:", file=sys.stderr)
            for name in names:
                if name.startswith("milestone_"):
                    print(f"  {name.removeprefix('milestone_')}", file=sys.stderr)
            sys.exit(2)
        commands += [f'lb "{name}"', "c"]
    with open(script, "w", encoding="ascii") as out:
        out.write("\n".join(commands) + "\n")
    print(CARD, flush=True)


main()
