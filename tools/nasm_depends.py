#!/usr/bin/env python3
"""Writes a dependency file for an assembly file: what it includes, directly or not.

    nasm_depends.py [-IFOLDER/ ...] SOURCE TARGET DEPFILE

NASM itself cannot be asked on every system: the -MD of 2.16.01 lists no included files, and -M, which does, stops at
every %if that depends on an address. So the lines %include and incbin are followed here, whether or not an %if around
them holds; names are looked for as NASM does, from the working folder and then in the folders in their order.
"""

import os
import pathlib
import re
import sys

NAMES = re.compile(r"(?mi)^[ \t]*(?:\w+:?[ \t]+)?(%include|incbin)[ \t]+(.*?)[ \t]*(?:[;,].*)?$")
QUOTED = re.compile(r"""(["'`])(.+)\1$""")


def find(name, folders):
    """The file that NASM would open."""
    return next((path for folder in ("", *folders) if os.path.isfile(path := folder + name)), None)


def included(source, folders):
    """Yields what one file names."""
    for kind, name in NAMES.findall(pathlib.Path(source).read_text(encoding="utf-8")):
        quoted = QUOTED.match(name)
        if not quoted:
            sys.exit(f"{source}: {kind} {name}: write the name in quotes, not as a macro, or it is not seen that "
                     "what includes it depends on it")  # fmt: skip
        if path := find(quoted[2], folders):
            yield path
        # A file that is not there is NASM's to complain about, unless an %if keeps it out.


def closure(source, folders):
    found = [source]
    for path in found:
        found += (name for name in dict.fromkeys(included(path, folders)) if name not in found)
    return found


def main():
    folders = [word[2:] for word in sys.argv[1:] if word.startswith("-I")]
    words = [word for word in sys.argv[1:] if not word.startswith("-I")]
    if len(words) != 3:
        sys.exit(__doc__.strip())
    source, target, depfile = words
    first, *rest = closure(source, folders)
    # An empty rule for each, so that one that was removed does not stop make.
    rules = [f"{target}: {' '.join([first, *rest])}", *(f"{path}:" for path in rest)]
    with open(depfile, "w", encoding="utf-8") as out:
        out.write("\n".join(rules) + "\n")


main()
