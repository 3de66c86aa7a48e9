#!/usr/bin/env python3
"""Starts build/disk.img in QEMU and gdb at its first instruction, at source level.

    run_gdb.py [WHERE] [--script FILE]      WHERE as for `./build.sh debug`; --script runs gdb's commands in FILE (- is
                                            the standard input) and ends
    run_gdb.py --server [PORT]              only the machine, stopped, for a gdb that connects to PORT (VS Code does)

gdb and QEMU talk over a socket in a folder of their own, so several can run side by side.
"""

import argparse
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

import terminal
import where

PORT = 1234
CARD = """\
  break mbr.asm:63   stop at a line           stop-at WHERE   go to a milestone, symbol, line or program:symbol
  c                  go on                    bt              who called whom (in C)
  step-line          to the next line, over calls and BIOS calls; works in every mode
  over               one instruction, over CALL, INT and REP; stepi goes into them
  step               to the next line, into calls          next, finish: in C only
  x/8i $pc           the next instructions    info registers
  program hello      the symbols of a program, then: stop-at hello:main
  Ctrl-C             stops the machine        q               ends"""
QEMU_LIMIT = 10  # seconds to start
SCRIPT_LIMIT = 300


def fail(text, status=2):
    print(f"build.sh: {text}", file=sys.stderr)
    sys.exit(status)


def read_script(path):
    try:
        return sys.stdin.read() if path == "-" else pathlib.Path(path).read_text(encoding="utf-8")
    except OSError as problem:
        return fail(f"the script {path} cannot be read: {problem.strerror}")


def machine(gdb_channel, serial):
    """Starts QEMU, stopped before the BIOS's first instruction."""
    command = [*terminal.WITH_US, "qemu-system-i386", "-m", "64", "-display", "none", "-monitor", "none",
               "-nic", "none", "-serial", serial, "-S", *gdb_channel,
               "-drive", "file=build/disk.img,format=raw,if=ide,snapshot=on"]  # fmt: skip
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                            text=True, start_new_session=True)  # fmt: skip


def wait_for_socket(qemu, path):
    end = time.monotonic() + QEMU_LIMIT
    while not os.path.exists(path):
        if qemu.poll() is not None or time.monotonic() > end:
            fail(f"QEMU did not start: {qemu.stdout.read() if qemu.poll() is not None else 'no socket'}", 1)
        time.sleep(0.02)


def console(qemu):
    """The pseudo-terminal that is the machine's serial port."""
    for line in qemu.stdout:
        if match := re.search(r"redirected to (/dev/pts/\d+)", line):
            return match[1]
    return fail("QEMU gave no serial port", 1)


def gdb_command(place, path, script):
    command = ["gdb", "-q", "-nx", "-x", "tools/gdb/megha.py", "-ex", f"connect {path}",
               "-ex", f"megha-start {place.address:#x} {place.program or ''}"]  # fmt: skip
    if script:
        return [*terminal.WITH_US, "timeout", str(SCRIPT_LIMIT), *command, "-batch", "-x", str(script)]
    return command


def debug(order, text):
    place = find(order.where)
    if not order.script and not sys.stdin.isatty():
        fail("gdb needs a terminal; `--script FILE` works without one")
    with tempfile.TemporaryDirectory(prefix="megha-gdb-") as folder:
        script = pathlib.Path(folder, "script.gdb")
        script.write_text(text, encoding="utf-8")
        channel = ["-chardev", f"socket,id=gdb,path={folder}/gdb,server=on,wait=off", "-gdb", "chardev:gdb"]
        qemu = machine(channel, f"file:{folder}/serial.txt" if order.script else "pty")
        try:
            if not order.script:
                print(f"In another terminal, `tools/terminal.py {console(qemu)}` is the machine's console.\n{CARD}")
            wait_for_socket(qemu, f"{folder}/gdb")
            # Ctrl-C is gdb's: it stops the machine. A handler, unlike SIG_IGN, is not inherited.
            signal.signal(signal.SIGINT, lambda *_: None)
            command = gdb_command(place, f"{folder}/gdb", script if order.script else None)
            status = subprocess.run(command, check=False).returncode
        finally:
            qemu.kill()
            qemu.wait()
    if status == 124:
        fail(f"the script did not end within {SCRIPT_LIMIT} seconds; does each `c` in it meet a breakpoint?", 1)
    sys.exit(status)


def serve(port):
    """Runs the machine until it ends, or whoever started us does."""
    if not 0 < port < 65536:
        fail(f"a port is a number from 1 to 65535, not {port}")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            fail(f"port {port} is in use, perhaps by another machine; end that, or type "
                 "`./build.sh gdb --server PORT`", 1)  # fmt: skip
    qemu = machine(["-gdb", f"tcp:127.0.0.1:{port}"], "pty")
    try:
        print(f"`tools/terminal.py {console(qemu)}`, in another terminal, is the machine's console.")
        print(f"The machine waits for gdb on port {port}.", flush=True)
        qemu.wait()
    except KeyboardInterrupt:
        pass
    finally:
        qemu.kill()
        qemu.wait()


def find(text):
    try:
        return where.find(text)
    except where.Unknown as unknown:
        return fail(str(unknown))


def main():
    usage = "./build.sh gdb [WHERE] [--script FILE] [--server [PORT]]"
    parser = argparse.ArgumentParser(prog="./build.sh gdb", usage=usage)
    parser.add_argument("where", nargs="?", default=f"{where.DEFAULT:#x}")
    parser.add_argument("--script")
    parser.add_argument("--server", nargs="?", type=int, const=PORT)
    order = parser.parse_args()
    text = read_script(order.script) if order.script else ""
    os.chdir(where.TOP)
    if problem := where.stale():
        fail(problem, 1)
    for program in ("qemu-system-i386", "gdb"):
        if not shutil.which(program):
            fail(f"there is no {program} on this computer; `./build.sh setup` installs it", 1)
    if order.server is not None:
        serve(order.server)
    else:
        debug(order, text)


if __name__ == "__main__":
    main()
