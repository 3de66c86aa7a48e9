#!/usr/bin/env python3
"""Puts the real output of commands into a page of documentation.

    document.py docs/debugging.md

A block of indented lines that begins with `    $ COMMAND` shows that command and what it printed. This runs each such
command from the top folder, without display and input, and writes its output behind it. A test compares a page with
what the commands print now, numbers aside, since those change with every build.
"""

import os
import pathlib
import re
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parent.parent
INDENT = "    "
COMMAND = re.compile(r"^ {4}\$ (.+)$")
OF_THE_BUILD = re.compile(r"^(  [A-Z0-9]+ +\S+|build/disk\.img is ready\.|Another build\.sh is building.*|"
                          r"Another debugger runs here.*)$")
NUMBER = re.compile(r"0x[0-9a-fA-F]+|\b[0-9a-f_]{4,}\b|\+?\d[\d,.]*")


def run(command):
    """What a command prints, without the lines of a build."""
    done = subprocess.run(["bash", "-c", command], cwd=TOP, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace", check=False,
                          env={**os.environ, "DISPLAY": ""})  # fmt: skip
    return [line.rstrip() for line in done.stdout.splitlines() if not OF_THE_BUILD.match(line)]


def blocks(lines):
    """(first line, line behind the last, command) of each block that begins with a command."""
    at = 0
    while at < len(lines):
        match = COMMAND.match(lines[at])
        end = at + 1
        if match:
            while end < len(lines) and (lines[end].startswith(INDENT) and not COMMAND.match(lines[end])):
                end += 1
            yield at, end, match[1]
        at = end


def alike(line):
    """A line with its numbers and its spacing taken out."""
    return " ".join(NUMBER.sub("#", line).split())


def differences(page, known):
    """Sentences about the commands of a page that print something else now. known: {command: its lines}."""
    lines = pathlib.Path(page).read_text(encoding="utf-8").splitlines()
    for at, end, command in blocks(lines):
        shown = [alike(line) for line in lines[at + 1 : end]]
        printed = [alike(line) for line in (known[command] if command in known else run(command)) if line]
        if shown != printed:
            other = next((pair for pair in zip(shown, printed) if pair[0] != pair[1]), (len(shown), len(printed)))
            yield f"line {at + 1}, {command}: the page shows {other[0]!r}, now it is {other[1]!r}"


def write(page):
    lines = pathlib.Path(page).read_text(encoding="utf-8").splitlines()
    for at, end, command in reversed(list(blocks(lines))):
        lines[at + 1 : end] = [INDENT + line for line in run(command) if line]
    pathlib.Path(page).write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__.strip())
    write(sys.argv[1])
