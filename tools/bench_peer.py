#!/usr/bin/env python3
"""Measures Linux the way bench measures Megha, in the same QEMU, and prints both.

    bench_peer.py build/bench.csv build/peer

The folder holds what `make peer` builds: Linux's first and only program, and a tiny one. The kernel is Debian's, see
debian_kernel.py, and stays in the folder, too. Where the page build/bench.html lies beside the table, it gets the
columns as well.
"""

import csv
import html
import os
import re
import statistics
import subprocess
import sys

import debian_kernel
import terminal
from debian_kernel import Mishap

LIMIT = 300  # seconds for one boot; it needs some 10
# A boot each. What Linux does by chance, as where it puts a stack, comes from the time at which it starts: with the
# same second, and a clock that counts instructions, a boot is the same again.
STARTS = "2000-01-01T00:00:00", "2000-01-01T00:00:01", "2000-01-01T00:00:02"
QEMU = [*terminal.WITH_US, "qemu-system-i386", "-accel", "tcg", "-icount", "shift=0,sleep=off", "-smp", "1",
        "-m", "256", "-display", "none", "-monitor", "none", "-nic", "none", "-no-reboot", "-serial", "stdio",
        "-seed", "1", "-append", "console=ttyS0 quiet panic=-1"]  # fmt: skip
NEW_ARCHIVE, FILE, DIRECTORY, CHARACTER = "070701", 0o100755, 0o040755, 0o020600

# xv6's and MeghaOS's figures.
QUOTED = {
    "null call int 0x80": ("1,397", "74"),
    "switch across spaces": ("", "437-537"),
    "message round trip": ("27,247", ""),
    "page fault": ("1,893", ""),
    "thread create..join": ("", "29,000-36,500"),
    "process create..wait": ("4,085,738", "94,000-114,000"),
    "boot to the first program": ("65.8 M", "1.28 M"),
}
HEADING = ("guest instructions", "Megha", "Linux", "times", "xv6 *", "MeghaOS *")
NOTES = (
    "In Linux a message is a byte or more through two pipes, an event is an eventfd, threads are clone and futex, a "
    "process is vfork, execve and wait4, and who yields has the policy SCHED_FIFO.",
    "* quoted, not measured here: xv6 (x86) and MeghaOS were measured once, with -icount shift=0,sleep=off in QEMU, "
    "as medians whose spread over 5 runs was 0.5 % at most. xv6's message is a pipe, its process fork and exec; its "
    "boot was counted in Bochs, that of MeghaOS in QEMU.",
)


# ---- What Linux boots


def entry(name, mode, contents=b"", device=(0, 0)):
    """One file of a cpio archive in the form that Linux reads."""
    numbers = (0, mode, 0, 0, 1, 0, len(contents), 0, 0, *device, len(name) + 1, 0)
    head = (NEW_ARCHIVE + "".join(f"{number:08x}" for number in numbers)).encode() + name.encode() + b"\0"
    return head + bytes(-len(head) % 4) + contents + bytes(-len(contents) % 4)


def program(folder, name):
    try:
        with open(f"{folder}/{name}", "rb") as file:
            return entry(name, FILE, file.read())
    except FileNotFoundError:
        raise Mishap(f"{folder}/{name} is missing; `make -f tools/Makefile peer` builds it") from None


def write_files(folder):
    """Linux's files. Returns the archive's path."""
    archive = (entry("dev", DIRECTORY), entry("dev/console", CHARACTER, device=(5, 1)), program(folder, "init"),
               program(folder, "tiny"), entry("TRAILER!!!", 0))  # fmt: skip
    with open(f"{folder}/files.cpio", "wb") as file:
        file.write(b"".join(archive))
    return file.name


# ---- Measuring


def read_figures(text):
    """Linux's version, and the median of each row, of what its program printed."""
    version = re.search(r"^version:(.+)$", text, re.MULTILINE)
    failed = re.search(r"^failed:(.+)$", text, re.MULTILINE)
    if failed:
        raise Mishap(f"Linux's program had an error from {failed[1]}")
    if not version:
        raise Mishap("Linux did not tell its version")
    rows = re.findall(r"^row:(.+?): (\d+) \d+ \d+$", text, re.MULTILINE)
    if not rows or not re.search(r"^end:$", text, re.MULTILINE):
        raise Mishap("Linux ended before all its rows were measured")
    return version[1], {name: int(median) for name, median in rows}


def boot(folder, kernel, files, start):
    command = [*QEMU, "-rtc", f"base={start},clock=vm", "-kernel", kernel, "-initrd", files]
    try:
        run = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=LIMIT, check=False)
    except subprocess.TimeoutExpired:
        raise Mishap(f"Linux did not end within {LIMIT} seconds") from None
    if run.returncode:
        raise Mishap(f"QEMU could not run Linux: {' '.join(run.stderr.decode(errors='replace').split())}")
    text = run.stdout.decode("latin-1").replace("\r", "")
    with open(f"{folder}/serial.txt", "w", encoding="utf-8") as log:
        log.write(text)
    try:
        return read_figures(text)
    except Mishap as mishap:
        raise Mishap(f"{mishap}; {log.name} has all that it said") from None


def measure(folder):
    """Linux's version, and the median of each row's medians of all boots."""
    kernel, files = debian_kernel.find(folder), write_files(folder)
    boots = [boot(folder, kernel, files, start) for start in STARTS]
    version, rows = boots[0]
    return version, {name: statistics.median_low(same[name] for _, same in boots) for name in rows}


def read_table(path):
    """Megha's figures; None where one was not measured."""
    try:
        with open(path, encoding="utf-8", newline="") as lines:
            table = {row["row"]: row["instructions"] for row in csv.DictReader(lines)}
    except FileNotFoundError:
        raise Mishap(f"{path} is missing; `./build.sh bench` measures Megha") from None
    except (KeyError, UnicodeDecodeError):
        raise Mishap(f"{path} is no table of bench; `./build.sh bench` makes it anew") from None
    return {name: int(figure) if figure else None for name, figure in table.items()}


# ---- Showing


def compare(ours, theirs):
    """Lines of cells below HEADING."""
    for name in dict.fromkeys((*theirs, *QUOTED)):
        our, their = ours.get(name), theirs.get(name)
        times = f"{their / our:.1f}" if our and their else ""
        yield (name, *(f"{figure:,}" if figure else "" for figure in (our, their)), times, *QUOTED.get(name, ("", "")))


def tell(version, lines):
    print(f"\nLinux {version}")
    for name, *cells in (HEADING, *lines):
        print(f"{name:34}", *(f"{cell or '-':>{width}}" for cell, width in zip(cells, (10, 10, 6, 11, 16))))
    print("\n".join(NOTES))


def add_to_page(path, version, lines):
    """The page's last section; one that an earlier run added is replaced."""
    if not os.path.exists(path):
        return
    with open(path, encoding="utf-8") as file:
        page = re.sub(r'<section id="peer">.*?</section>\n', "", file.read())
    rows = [f"<th>{cell}</th>" for cell in HEADING[1:]]
    rows = ["<tr><th></th>" + "".join(rows) + "</tr>"]
    for name, *cells in lines:
        rows.append(f"<tr><th>{html.escape(name)}</th>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>")
    notes = "".join(f"<p>{html.escape(note)}</p>" for note in NOTES)
    section = (f'<section id="peer"><h2>Linux beside it</h2><p>{html.escape(version)}</p><div class="wide"><table>'
               f"{''.join(rows)}</table></div>{notes}</section>\n")  # fmt: skip
    with open(f"{path}.new", "w", encoding="utf-8") as file:
        file.write(page.replace("</html>", section + "</html>"))
    os.replace(f"{path}.new", path)


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__.strip())
    table, folder = sys.argv[1:]
    try:
        ours = read_table(table)
        version, theirs = measure(folder)
    except Mishap as mishap:
        sys.exit(f"bench: {mishap}.")
    except OSError as error:
        sys.exit(f"bench: Linux cannot be measured: {error.filename or folder}: {error.strerror}.")
    lines = list(compare(ours, theirs))
    tell(version, lines)
    add_to_page(os.path.splitext(table)[0] + ".html", version, lines)
    unknown = ", ".join(name for name in theirs if name not in ours)
    if unknown:
        sys.exit(f"bench: {table} has no row {unknown}; tools/peer/linux.c and apps/bench must name their rows alike.")


if __name__ == "__main__":
    main()
