#!/usr/bin/env python3
"""Writes the list of functions that kernel modules may call into docs/modules.md.

    exports.py [docs/modules.md]

The names come from KERNEL_EXPORT(...) in the kernel's sources, prototypes and headers from include/. Where a header
says that other threads may run, the list says so, too; tools/check_preemption.py checks the headers. It stands between
two marks in the page; all else of it is written by hand.
"""

import pathlib
import re
import sys

import headers

START = "<!-- exports: written by tools/exports.py -->"
END = "<!-- end of exports -->"
EXPORT = re.compile(r"^KERNEL_EXPORT\((\w+)\);", re.MULTILINE)
OTHERS_RUN = "other threads may run"  # tools/check_preemption.py


def exported_names():
    names = []
    for path in sorted(pathlib.Path("kernel").rglob("*.c")):
        names += EXPORT.findall(path.read_text(encoding="utf-8"))
    return names


def declared():
    """{name: (header, declaration)} of the headers that a module may include."""
    found = {}
    for path in sorted([*pathlib.Path("include/kernel").glob("*.h"), *pathlib.Path("include/lib").glob("*.h")]):
        for function in headers.declarations(path):
            found.setdefault(function.name, (str(path.relative_to("include")), function))
    return found


def make_list():
    known = declared()
    missing = [name for name in exported_names() if name not in known]
    if missing:
        sys.exit(f"exports.py: no header in include/kernel or include/lib declares {', '.join(missing)}.")
    by_header = {}
    for name in exported_names():
        header, function = known[name]
        others = " may run " if OTHERS_RUN in function.comment.lower() else " "
        by_header.setdefault(header, []).append(f"| `{header}` | `{function.prototype}` |{others}|")
    rows = [row for header in sorted(by_header) for row in by_header[header]]
    return "\n".join(["| header | function | other threads |", "|---|---|---|", *rows])


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
