#!/usr/bin/env python3
"""Measures Linux the way bench measures Megha, in the same QEMU, and prints both.

    bench_peer.py build/bench.csv build/peer [CROSS]

The kernel is the one of Debian 12 for i386, of the newest package of its series 6.1 that apt-get can get; it is kept in
the folder. tools/peer/linux.c is its first and only program. CROSS is the prefix of the cross compiler.
"""

import csv
import glob
import os
import re
import shutil
import subprocess
import sys

import terminal

TOOLS = os.path.dirname(os.path.abspath(__file__))
SERIES = "6.1"
SOURCE = "deb http://deb.debian.org/debian bookworm main\n"
KERNELS = re.compile(r"Depends: (linux-image-%s\.\S+-686)$" % re.escape(SERIES), re.MULTILINE)
LIMIT = 300  # seconds for the machine; it needs some 10
QEMU = [*terminal.WITH_US, "qemu-system-i386", "-accel", "tcg", "-icount", "shift=0,sleep=off", "-smp", "1",
        "-m", "256", "-display", "none", "-monitor", "none", "-nic", "none", "-no-reboot",
        "-serial", "stdio"]  # fmt: skip
COMPILE = ["-O2", "-march=i686", "-ffreestanding", "-fno-pic", "-fno-stack-protector", "-fcf-protection=none",
           "-nostdlib", "-static", "-no-pie"]  # fmt: skip
NAME, FILE, DIRECTORY, CHARACTER = "070701", 0o100755, 0o040755, 0o020600


class Mishap(Exception):
    """Why Linux cannot be measured, as a sentence."""


# ---- The kernel


def apt(folder, *words):
    """Runs apt-get or apt-cache with lists of its own, for i386, so that the computer's own stay as they are."""
    for part in ("state/lists/partial", "cache/archives/partial"):
        os.makedirs(f"{folder}/apt/{part}", exist_ok=True)
    with open(f"{folder}/apt/sources.list", "w", encoding="ascii") as sources:
        sources.write(SOURCE)
    folder = os.path.abspath(folder)
    options = [f"Dir::State={folder}/apt/state", f"Dir::Cache={folder}/apt/cache", "Dir::Etc::sourceparts=/dev/null",
               f"Dir::Etc::sourcelist={folder}/apt/sources.list", "Dir::State::status=/dev/null",
               "APT::Architecture=i386", "APT::Architectures=i386", "APT::Sandbox::User=root"]  # fmt: skip
    command = [words[0], "-q", *(word for option in options for word in ("-o", option)), *words[1:]]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if done.returncode:
        raise Mishap(f"`{' '.join(words)}` failed, so Debian's kernel cannot be had: {done.stderr.strip()}")
    return done.stdout


def find_kernel(folder):
    """The kernel's file, from the folder or from Debian."""
    if not glob.glob(f"{folder}/boot/vmlinuz-{SERIES}.*"):
        if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
            raise Mishap("Debian's kernel cannot be had without apt-get and dpkg-deb")
        print("Debian's kernel for i386 is fetched, some 50 MB.", flush=True)
        apt(folder, "apt-get", "update")
        package = KERNELS.search(apt(folder, "apt-cache", "depends", "linux-image-686"))
        if not package:
            raise Mishap(f"Debian 12 has no kernel of the series {SERIES} for i386 any more")
        apt(folder, "apt-get", "download", package[1])
        unpack(folder, glob.glob(f"{folder}/{package[1]}_*.deb")[0])
    return sorted(glob.glob(f"{folder}/boot/vmlinuz-{SERIES}.*"))[-1]


def unpack(folder, package):
    with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", package], stdout=subprocess.PIPE) as files:
        done = subprocess.run(["tar", "-x", "-C", folder, "--wildcards", "./boot/vmlinuz-*"], stdin=files.stdout)
    if files.returncode or done.returncode:
        raise Mishap(f"{package} could not be unpacked")
    os.unlink(package)


# ---- Its files


def entry(name, mode, contents=b"", device=(0, 0)):
    """One file of a cpio archive in the form that Linux reads."""
    numbers = (0, mode, 0, 0, 1, 0, len(contents), 0, 0, *device, len(name) + 1, 0)
    head = (NAME + "".join(f"{number:08x}" for number in numbers)).encode() + name.encode() + b"\0"
    return head + bytes(-len(head) % 4) + contents + bytes(-len(contents) % 4)


def compile_program(cross, source, to):
    command = [f"{cross}gcc", *COMPILE, "-o", to, os.path.join(TOOLS, "peer", source)]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except FileNotFoundError:
        raise Mishap(f"{cross}gcc, which compiles Linux's program, is missing") from None
    except subprocess.CalledProcessError as error:
        raise Mishap(f"Linux's program cannot be compiled: {error.stderr.decode()}") from None
    with open(to, "rb") as program:
        return program.read()


def write_files(folder, cross):
    path = f"{folder}/files.cpio"
    archive = [entry("dev", DIRECTORY), entry("dev/console", CHARACTER, device=(5, 1)),
               entry("init", FILE, compile_program(cross, "linux.c", f"{folder}/init")),
               entry("tiny", FILE, compile_program(cross, "tiny.S", f"{folder}/tiny")),
               entry("TRAILER!!!", 0)]  # fmt: skip
    with open(path, "wb") as file:
        file.write(b"".join(archive))
    return path


# ---- Both


def measure(kernel, files):
    """Linux's version, and its rows."""
    command = [*QEMU, "-kernel", kernel, "-initrd", files, "-append", "console=ttyS0 quiet panic=-1"]
    try:
        run = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=LIMIT)
    except subprocess.TimeoutExpired:
        raise Mishap(f"Linux did not end within {LIMIT} seconds") from None
    text = run.stdout.decode("latin-1").replace("\r", "")
    version = re.search(r"version:(.*)", text)
    if not version or "end:" not in text:
        raise Mishap(f"Linux gave no figures:\n{text[-2000:]}{run.stderr.decode()}")
    rows = re.findall(r"row:(.*?): (\d+) (\d+) (\d+)$", text, re.MULTILINE)
    return version[1], {name: int(median) for name, median, _, _ in rows}


def main():
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__.strip())
    table, folder, cross = sys.argv[1], sys.argv[2], (sys.argv[3:] or ["i686-linux-gnu-"])[0]
    os.makedirs(folder, exist_ok=True)
    try:
        version, theirs = measure(find_kernel(folder), write_files(folder, cross))
    except Mishap as mishap:
        sys.exit(f"bench: {mishap}.")
    with open(table, encoding="utf-8", newline="") as lines:
        ours = {row["row"]: row["instructions"] for row in csv.DictReader(lines)}
    print(f"\nLinux {version}\n{'guest instructions':40} {'Megha':>9} {'Linux':>9} {'times':>7}")
    for name, figure in theirs.items():
        print(f"{name:40} {ours[name]:>9} {figure:9} {figure / int(ours[name]):7.1f}")
    print("There a message is a byte or more through two pipes, a process is vfork, execve and wait4, and a switch is "
          "half of a sched_yield, after which Linux may also let the same process go on.")  # fmt: skip


if __name__ == "__main__":
    main()
