"""A BIOS that misbehaves: an option ROM (bad_bios.asm) takes services away, lets reads fail and enters us oddly."""

import pathlib
import re
import subprocess

import pytest

from harness.bochs import Bochs
from harness.places import DISK
from harness.qemu import Qemu
from harness.road import boot, say_hello

SOURCE = pathlib.Path(__file__).parent / "bad_bios.asm"
A20_OFF = ("-M", "isapc", "-bios", "/usr/share/bochs/BIOS-bochs-latest")
CASES = {
    "no EDD": (["NO_EDD"], (), "drive 80h by CHS"),
    "every second read fails": (["BAD_READS=2"], (), "drive 80h by EDD"),
    # Without EDD stage 1 reads sector by sector, and needs eight in a row.
    "some reads fail, no EDD": (["BAD_READS=11", "NO_EDD"], (), "drive 80h by CHS"),
    "reads change registers": (["TRASH"], (), "drive 80h by EDD"),
    "reads change registers, no EDD": (["TRASH", "NO_EDD"], (), "drive 80h by CHS"),
    "no E820": (["NO_E820"], (), "E801h"),
    "no E820 and no E801": (["NO_E820", "NO_E801"], (), "88h"),
    "no service for A20, which is off": (["NO_A20"], A20_OFF, "milestone 26"),
    "an odd entry with a wrong drive": (["WRONG_ENTRY"], (), "the BIOS named drive 81h, but Megha is on drive 80h"),
    "all of it": (["WRONG_ENTRY", "BAD_READS=2", "TRASH", "NO_E820", "NO_A20"], (), "E801h"),
}


@pytest.fixture
def rom(tmp_path):
    """Makes the ROM with some misbehaviours."""

    def made(names):
        path = tmp_path / "bad.rom"
        subprocess.run(["nasm", "-f", "bin", "-Wall", "-Werror", *(f"-D{name}" for name in names), "-o", path, SOURCE],
                       check=True)  # fmt: skip
        data = bytearray(path.read_bytes())
        data[-1] = -sum(data) & 0xFF
        path.write_bytes(data)
        return path

    return made


@pytest.mark.parametrize("case", CASES)
def test_megha_starts_all_the_same(case, rom):
    names, flags, told = CASES[case]
    with Qemu(DISK, "-option-rom", str(rom(names)), *flags) as machine:
        assert told in boot(machine)
        say_hello(machine)


@pytest.mark.parametrize("case", ["every second read fails", "no E820", "an odd entry with a wrong drive", "all of it"])
def test_megha_starts_in_bochs_all_the_same(case, rom):
    names, _, told = CASES[case]
    with Bochs(DISK, f"optromimage1: file={rom(names)}, address=0xd0000") as machine:
        machine.go()
        assert told in boot(machine)
        say_hello(machine)


def test_failed_reads_are_not_counted_as_files(rom):
    """The count of reads in the log includes those that failed."""
    with Qemu(DISK, "-option-rom", str(rom(["BAD_READS=2"]))) as machine:
        bad = int(re.search(r"(\d+) disk reads", boot(machine))[1])
    with Qemu(DISK) as machine:
        good = int(re.search(r"(\d+) disk reads", boot(machine))[1])
    assert bad > good
