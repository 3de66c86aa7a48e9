#!/usr/bin/env python3
"""Turns the addresses of a fault report into lines of the sources.

    explain.py [ADDRESS | PROGRAM:ADDRESS | NAME+OFFSET ...]

Without arguments it reads a report from standard input: a panic, the line about a program that was killed, what `why`
printed, or all of them with a whole log around. Every line is printed again; under those with addresses stand the file,
the line and what is written there. Names count more than addresses: modules and programs may lie anywhere.
"""

import functools
import os
import re
import sys

import where

FOLDERS = ("apps", "test-apps")
MODULE_FOLDERS = ("modules", "test-modules")
PROGRAM_BASE, KERNEL_BASE, MODULE_AREA = 0x00400000, 0xC0000000, 0xF0000000
BUILD_ID = slice(28, 48)  # in struct kernel_header

UNPRINTABLE = re.compile(r"[^\t -~\xa0-\U0010FFFF]")
PLACE = re.compile(r"\b0x(?P<address>[0-9a-fA-F]{8})(?: kernel)?"
                   r"(?: (?:(?P<module>[a-z0-9_-]+):)?(?P<name>[A-Za-z_][\w.@]*)\+0x(?P<offset>[0-9a-f]+)"
                   r"(?: in (?P<library>[\w.-]+))?)?")  # fmt: skip
LISTED = re.compile(r"^ +0x[0-9A-Fa-f]{8}\b")  # a place in a list of callers
KILLED = re.compile(r"\bkilled: .* at (?=0x[0-9a-fA-F]{8}\b)")
WHO = re.compile(r"^(?:\[[^]]*\] )?(?:running: )?(\S+) \(pid \d+\)")
EXACT_NEXT = re.compile(r"^\s*(it happened in|bytes at EIP:.*)$")
CALLERS_NEXT = re.compile(r"^\s*called from$")
BUILD = re.compile(r"kernel build: ([0-9a-f]+)")
GIVEN = re.compile(r"^(?:([\w.-]+):)?(?:0[xX])?([0-9a-fA-F]{4,8})$")
GIVEN_NAME = re.compile(r"^(?:([\w.-]+):)?([A-Za-z_][\w.]*)(?:\+(?:0[xX])?([0-9a-fA-F]+))?$")


@functools.cache
def part_of(name, folders):
    for folder in folders:
        path = where.BUILD / folder / f"{name}.elf"
        if path.exists():
            return where.Part(name, path, name)
    return None


def modules_with(symbol):
    """Modules whose file has the function: one may be loaded under another name than its file's."""
    for folder in MODULE_FOLDERS:
        for path in sorted((where.BUILD / folder).glob("*.elf")):
            part = part_of(path.stem, (folder,))
            if any(name == symbol for _, name in part.symbols):
                yield part


def symbol_address(part, name):
    return next((address for address, known in part.symbols if known == name), None) if part else None


@functools.cache
def source(path):
    try:
        return (where.TOP / path).read_text(encoding="utf-8").splitlines()
    except OSError:
        return []


def line_text(part, address, back):
    """`file:line  what stands there` of an address in a part; None where the part has no line for it."""
    found = part.line_at(address - back)
    if not found:
        return None
    path, number = found
    lines = source(path)
    text = lines[number - 1].strip() if number <= len(lines) else ""
    return f"{path}:{number}  {text}".rstrip()


def by_name(place, program):
    """(part, address) of a place that the report tells by name."""
    offset = int(place["offset"], 16)
    if place["module"]:
        part = part_of(place["module"], MODULE_FOLDERS)
        if symbol_address(part, place["name"]) is None:
            part = next(modules_with(place["name"]), None)
    elif place["library"]:
        part = part_of(place["library"], ("library",))
    elif int(place["address"], 16) >= KERNEL_BASE:
        part = where.stages()["kernel"]
    else:
        part = part_of(program, FOLDERS) if program else None
    start = symbol_address(part, place["name"])
    return (part, start + offset) if start is not None else (None, 0)


def by_address(address, program):
    """(part, address) of a raw address. Programs that may lie anywhere need a name besides."""
    if program and address < PROGRAM_BASE:
        return None, address
    if program and address < KERNEL_BASE:
        part = part_of(program, FOLDERS) or part_of(program, ("library",)) or where.stages().get(program)
        return part, address
    if KERNEL_BASE <= address < MODULE_AREA:
        return where.stages()["kernel"], address
    for part in where.stages().values():
        if part.line_at(address):
            return part, address
    return None, address


def explain_place(place, program, back):
    part, address = by_name(place, program) if place["name"] else by_address(int(place["address"], 16), program)
    return line_text(part, address, back) if part else None


class Report:
    """Reads line by line; knows whose addresses these are, and whether they are where a call returns to."""

    def __init__(self):
        self.program = None
        self.exact = 0  # so many of the next listed addresses are no return addresses

    def place(self, line):
        """The place that a line tells of, and 1 if it is where a call returns to."""
        if killed := KILLED.search(line):
            return PLACE.match(line, killed.end()), 0
        if LISTED.match(line):
            back, self.exact = (0, self.exact - 1) if self.exact else (1, 0)
            return PLACE.search(line), back
        return None, 0

    def feed(self, line):
        """The lines to print for a line of the report."""
        if who := WHO.match(line):
            self.program = who[1]
        if EXACT_NEXT.match(line):
            self.exact = 1
        elif CALLERS_NEXT.match(line):
            self.exact = 0
        yield line
        if (build := BUILD.search(line)) and build[1] != built():
            yield f"      ! that kernel is of another build than the one here ({built()}): lines may be wrong"
        found, back = self.place(line)
        if text := found and explain_place(found, self.program, back):
            yield f"      {text}"


@functools.cache
def built():
    return (where.BUILD / "kernel/kernel.bin").read_bytes()[BUILD_ID].rstrip(b"\0").decode("ascii", "replace")


def explain_given(word):
    """A line about an address or a name from the command line; None where nothing is known of it."""
    if match := GIVEN.match(word):
        part, address = by_address(int(match[2], 16), match[1])
        text = line_text(part, address, 0) if part else None
        name = part.symbol_at(address) if text else None
        return f"{word}  {name[0]}+{name[1]:#x}  {text}" if name else text and f"{word}  {text}"
    if match := GIVEN_NAME.match(word):
        parts = [part_of(match[1], FOLDERS + MODULE_FOLDERS)] if match[1] else list(where.stages().values())
        for part in parts:
            start = symbol_address(part, match[2])
            if start is not None and (text := line_text(part, start + int(match[3] or "0", 16), 0)):
                return f"{word}  {text}"
    return None


def explain_words(words):
    unknown = False
    for word in words:
        text = explain_given(word)
        unknown = unknown or not text
        print(text or f"{word}  is no file, and in no source of loader and kernel; for a program's address, name it: "
              f"hello:{word.rpartition(':')[2] or '0x00400123'}")
    return 1 if unknown else 0


def explain_report(lines):
    report, told = Report(), 0
    for line in lines:
        for text in report.feed(line.rstrip("\r\n")):
            told += text.startswith("      ")
            print(UNPRINTABLE.sub("?", text))
    if not told:
        print("build.sh: no address of Megha in that text; paste a panic, a `killed:` line or the output of `why`",
              file=sys.stderr)  # fmt: skip
    return 0 if told else 1


def main():
    os.chdir(where.TOP)
    needed = where.BUILD / "kernel/kernel.elf"
    if not needed.exists():
        sys.exit("build.sh: there is nothing to look in; `./build.sh image` builds it")
    if len(sys.argv) == 2 and os.path.isfile(sys.argv[1]):
        with open(sys.argv[1], encoding="utf-8", errors="replace") as report:
            sys.exit(explain_report(report))
    if len(sys.argv) > 1:
        sys.exit(explain_words(sys.argv[1:]))
    if sys.stdin.isatty():
        print("Paste the report, then type Ctrl-D on a line of its own:", file=sys.stderr)
    try:
        sys.exit(explain_report(sys.stdin))
    except BrokenPipeError:  # who reads has enough
        os.close(sys.stdout.fileno())


if __name__ == "__main__":
    main()
