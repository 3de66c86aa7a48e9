"""What a boot costs: instructions and disk reads, counted in Bochs where every run is the same; the kernel's size."""

import re

import pytest

from harness.bochs import Bochs
from harness.image import Image
from harness.places import BUILD, DISK, layout_number, symbols

INSTRUCTIONS_CEILING = 2_000_000  # from 0x7C00 to the first ring-3 instruction
KERNEL_CEILING = 128 * 1024  # bytes of kernel.bin
READ_SIZE = 60 * 1024  # bytes that one BIOS read can bring
READS_BESIDE_FILES = 8  # stage 2 twice, boot record, FAT, root, and a folder each
INT13_VECTOR = 0x13 * 4
INFO_DISK_READS = 36  # offset of disk_reads in struct boot_info


@pytest.fixture(scope="module")
def at_entry():
    """Bochs stopped at 0x7C00 with our symbols; (machine, count of instructions so far)."""
    with Bochs(DISK) as machine:
        machine.load_symbols()
        machine.debug("pb 0x7c00")
        yield machine, machine.go_to_stop()


def test_bios_disk_reads_are_few_and_counted_right(at_entry, record_property):
    machine, _ = at_entry
    vector = machine.memory(INT13_VECTOR, 4)
    service = int.from_bytes(vector[2:], "little") * 16 + int.from_bytes(vector[:2], "little")
    machine.debug(f"pb {service:#x}")
    machine.debug('lb "milestone_50_boot_info"')
    reads = 0
    end = symbols()["milestone_50_boot_info"]
    machine.go_to_stop()
    while (registers := machine.registers())["eip"] != end:
        reads += (registers["eax"] >> 8 & 0xFF) in (0x02, 0x42)
        machine.go_to_stop()
    with Image() as image:
        folders = image.read_file("/boot/boot.cfg").decode()
        names = re.search(r"(?m)^folders *= *(.*)$", folders)[1].split()
        sizes = [size for folder in names for size in image.files(folder).values()]
        sizes += image.files("/boot").values()
    ceiling = READS_BESIDE_FILES + sum(max(1, -(-size // READ_SIZE)) for size in sizes)
    record_property("reads", f"{reads} BIOS disk reads for {len(sizes)} files, at most {ceiling}")
    told = int.from_bytes(machine.memory(layout_number("BOOT_INFO_BASE") + INFO_DISK_READS, 4), "little")
    assert reads <= ceiling, f"{reads} BIOS disk reads for {len(sizes)} files; the ceiling is {ceiling}"
    assert told == reads, f"boot_info.disk_reads says {told}, Bochs counted {reads} calls of INT 13h"


def test_the_first_program_runs_within_two_million_instructions(record_property):
    with Bochs(DISK) as machine:
        machine.load_symbols()
        machine.debug("pb 0x7c00")
        start = machine.go_to_stop()
        machine.debug('lb "milestone_80_first_process"')
        count = machine.go_to_stop() - start
        assert machine.registers()["eip"] == symbols()["milestone_80_first_process"]
    record_property("count", f"{count} instructions from 0x7C00 to milestone 80, at most {INSTRUCTIONS_CEILING}")
    assert count <= INSTRUCTIONS_CEILING


def test_the_kernel_is_small(record_property):
    size = (BUILD / "kernel/kernel.bin").stat().st_size
    record_property("size", f"kernel.bin has {size} bytes, at most {KERNEL_CEILING}")
    assert size <= KERNEL_CEILING
