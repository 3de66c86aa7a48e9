"""The option ROM of tests/boot/rom, assembled, with some of its switches set."""

import functools
import pathlib
import re
import subprocess
import tempfile

from harness.places import NASM_WARN, TOP

SOURCE = TOP / "tests/boot/rom/bad_bios.asm"
TABLE = 0x10  # offset of the switches in the ROM: behind the header, aligned
# Bits of the switch `entry`.
ENTRY = {"07C0": 0x01, "DF": 0x02, "cli": 0x04, "segments": 0x08, "low stack": 0x10, "scribble": 0x20,
         "registers": 0x40, "high stack": 0x80}  # fmt: skip


@functools.cache
def assembled():
    with tempfile.TemporaryDirectory(prefix="megha-rom-") as folder:
        out = pathlib.Path(folder) / "rom"
        command = ["nasm", "-f", "bin", *NASM_WARN, f"-I{SOURCE.parent}/", "-o", out, SOURCE]
        subprocess.run(command, check=True)
        return out.read_bytes()


@functools.cache
def switches():
    """Their names, in the order of the table."""
    text = SOURCE.read_text(encoding="utf-8")
    table = text[text.index("\nswitches:") : text.index("\nswitches_end:")]
    return re.findall(r"(?m)^(\w+): +db ", table)


def make(**values):
    """The ROM with these switches set; `entry` is a number or names of its bits."""
    rom = bytearray(assembled())
    for name, value in values.items():
        if name == "entry" and not isinstance(value, int):
            value = sum(ENTRY[bit] for bit in value)
        rom[TABLE + switches().index(name)] = value
    rom[-1] = -sum(rom[:-1]) & 0xFF  # all bytes together are 0
    return bytes(rom)


def write(folder, values):
    """Writes the ROM into a folder. Returns its path."""
    path = pathlib.Path(folder) / "bad-bios.rom"
    path.write_bytes(make(**values))
    return path
