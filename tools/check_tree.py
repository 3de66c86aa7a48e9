#!/usr/bin/env python3
"""Checks the shape of the repository: what lies at the top, how long files and functions are, what is not in them."""

import os
import re
import shutil
import subprocess
import sys

TOP = {"bootloader", "kernel", "include", "lib", "apps", "tests", "tools", "docs", "build.sh", "disk.img.in", "bochsrc",
       "LICENSE", "README.md", ".ci"}  # fmt: skip
BUILT = (".o", ".elf", ".bin", ".img", ".map", ".lst", ".d", ".pyc", ".iso")
FILE_LINES = {".c": 420, ".h": 420, ".asm": 260, ".inc": 260}
LINE_LENGTH = {".c": 100, ".h": 100, ".asm": 120, ".py": 120, ".sh": 120}
FUNCTION_LINES = 60
TEXT = (".c", ".h", ".asm", ".inc", ".ld", ".def", ".py", ".sh", ".md", ".in", ".cfg", "Makefile", "bochsrc", "run")
# Split here, so that this file does not contain them.
UNFINISHED = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b")


def tracked():
    """The files of the repository; without git, those that lie here."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    if shutil.which("git"):
        listed = subprocess.run(command, capture_output=True, text=True, check=False)
        if listed.returncode == 0:
            return sorted(path for path in listed.stdout.splitlines() if os.path.exists(path))
    found = []
    for folder, folders, names in os.walk("."):
        folders[:] = [name for name in folders if name not in ("build", ".git", "__pycache__")]
        found += [os.path.relpath(os.path.join(folder, name)) for name in names]
    return sorted(found)


def check_top(paths):
    there = {path.split("/")[0] for path in paths}
    for name in sorted(TOP - there):
        yield f"{name}: missing; it belongs at the top of the repository"
    for name in sorted(there - TOP):
        if not name.startswith("."):
            yield f"{name}: does not belong at the top of the repository"


def check_functions(path, lines):
    start = None
    for number, line in enumerate(lines, 1):
        if line == "{":
            start = number
        elif line == "}" and start:
            if number - start - 1 > FUNCTION_LINES:
                yield f"{path}:{start}: a function of {number - start - 1} lines; {FUNCTION_LINES} are the most"
            start = None


def check_text(path):
    kind = os.path.splitext(path)[1]
    with open(path, encoding="utf-8") as text:
        lines = text.read().split("\n")
    if lines[-1] != "":
        yield f"{path}: the last line has no end"
    unit_test = path.startswith("tests/unit/")  # as long as the cases of what it tests
    if len(lines) - 1 > FILE_LINES.get(kind, len(lines)) and not unit_test:
        yield f"{path}: {len(lines) - 1} lines; {FILE_LINES[kind]} are the most for {kind}"
    for number, line in enumerate(lines, 1):
        if UNFINISHED.search(line):
            yield f"{path}:{number}: unfinished: {line.strip()}"
        if line != line.rstrip():
            yield f"{path}:{number}: blanks at the end of the line"
        if len(line) > LINE_LENGTH.get(kind, len(line)) and not (unit_test and "sources:" in line):
            yield f"{path}:{number}: {len(line)} characters; {LINE_LENGTH[kind]} are the most for {kind}"
    if kind == ".c" and not path.endswith("/offsets.c"):  # there one function is the list of all offsets
        yield from check_functions(path, lines)


def main():
    paths = tracked()
    complaints = list(check_top(paths))
    complaints += [f"{path}: is built, and has no place in the repository" for path in paths if path.endswith(BUILT)]
    for path in paths:
        if path.endswith(TEXT) and not path.endswith(BUILT):
            complaints += check_text(path)
    for complaint in complaints:
        print(complaint)
    if complaints:
        sys.exit(f"check_tree: {len(complaints)} complaints")
    print(f"tree: {len(paths)} files are in shape")


main()
