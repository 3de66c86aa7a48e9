#!/usr/bin/env python3
"""Writes the list of functions that kernel modules may call into docs/modules.md.

    exports.py [docs/modules.md]

The names come from KERNEL_EXPORT(...) in the kernel's sources, prototypes and headers from include/. The list stands
between two marks in the page; all else of it is written by hand.
"""

import pathlib
import re
import sys

START = "<!-- exports: written by tools/exports.py -->"
END = "<!-- end of exports -->"
EXPORT = re.compile(r"^KERNEL_EXPORT\((\w+)\);", re.MULTILINE)
FUNCTION = re.compile(
    r"^((?:\w+[ \*]+)+?\**(\w+)\([^;{}]*?\))[^;{}()]*(?:__attribute__\(.*?\))?\s*[;{]", re.MULTILINE | re.DOTALL
)
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


def exported_names():
    names = []
    for path in sorted(pathlib.Path("kernel").rglob("*.c")):
        names += EXPORT.findall(path.read_text(encoding="utf-8"))
    return names


def prototypes():
    """{name: (header, prototype)} of the headers that a module may include."""
    found = {}
    for path in sorted([*pathlib.Path("include/kernel").glob("*.h"), *pathlib.Path("include/lib").glob("*.h")]):
        text = COMMENT.sub("", path.read_text(encoding="utf-8"))
        for match in FUNCTION.finditer(text):
            prototype = " ".join(match[1].split()).removeprefix("static inline ")
            found.setdefault(match[2], (str(path.relative_to("include")), prototype))
    return found


def make_list():
    known = prototypes()
    missing = [name for name in exported_names() if name not in known]
    if missing:
        sys.exit(f"exports.py: no header in include/kernel or include/lib declares {', '.join(missing)}.")
    headers = {}
    for name in exported_names():
        header, prototype = known[name]
        headers.setdefault(header, []).append(prototype)
    lines = ["| header | function |", "|---|---|"]
    lines += [f"| `{header}` | `{prototype}` |" for header in sorted(headers) for prototype in headers[header]]
    return "\n".join(lines)


def main(path):
    page = pathlib.Path(path)
    text = page.read_text(encoding="utf-8")
    if text.count(START) != 1 or text.count(END) != 1:
        sys.exit(f"exports.py: {path} needs the lines {START} and {END}, once each.")
    before, rest = text.split(START)
    after = rest.split(END)[1]
    page.write_text(f"{before}{START}\n{make_list()}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "docs/modules.md")
