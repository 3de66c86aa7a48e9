"""Machines of the table whose BIOS lies or breaks things: the option ROM of tests/boot/rom with its switches set."""

from harness.machine import Mishap
from machines import BOCHS_BIOS, EMPTY_DISK, ISAPC, bochs, qemu
from rows import Row

BDA_VIDEO_MODE = 0x449
BDA_CURSOR_SHAPE = 0x460
BDA_LAST_ROW = 0x484
NOT_TO_BE_USED = "0000000000200000"  # an entry of memory.inc whose attributes say so
USUAL_CURSOR = (0x0607, 0x0D0E)  # as set, and as some video BIOSes translate it for 16 lines
FAULTY_ENTRY = ("07C0", "DF", "cli", "segments", "scribble", "registers")
ALL_OF_IT = {"entry": FAULTY_ENTRY, "drive": 0x81, "no_edd": 1, "fail_every": 11, "clobber": 1, "a20_off": 1,
             "no_2401": 1, "no_e820": 1, "low_kb": 127, "video": 1}  # fmt: skip


def number(machine, address, size):
    return int.from_bytes(machine.memory(address, size), "little")


def usual_screen(machine, _):
    """Checks that the screen is 80 x 25 again, with a cursor."""
    mode, last_row = number(machine, BDA_VIDEO_MODE, 1), number(machine, BDA_LAST_ROW, 1)
    cursor = number(machine, BDA_CURSOR_SHAPE, 2)
    if mode != 3 or last_row != 24 or cursor not in USUAL_CURSOR:
        raise Mishap(machine.tell(f"mode {mode:02X}h, last row {last_row}, cursor {cursor:04X}h"))


def drops_reads(machine, told):
    if not int(told["disk-retries"]):
        raise Mishap(machine.tell("reads failed, but none is counted as tried again"))


def drops_no_reads(machine, told):
    if int(told["disk-retries"]):
        raise Mishap(machine.tell("a short read is counted as a failed one"))


def scribbled(machine, told):
    if told["parameters-found"] != "cc" * 87 or told["parameters-written"] == told["parameters-found"]:
        raise Mishap(machine.tell("the scribbled parameter block is not told"))


def resolved(machine, told):
    """The map of memory.inc, resolved: what is RAM and something else is something else."""
    holes = {"0000000002000000": "ACPI tables", "0000000002800000": "defective", "0000000003e00000": "reserved"}
    kinds = {start: kind for start, _, kind in told["memory"]}
    if any(kinds.get(start) != kind for start, kind in holes.items()) or NOT_TO_BE_USED in kinds:
        raise Mishap(machine.tell(f"the map is resolved as {told['memory']}"))


def in_both(name, switches, quick=False, **more):
    """A row in QEMU, which may be a quick one, and one in Bochs."""
    return [Row(f"QEMU, BIOS {name}", qemu(rom=switches), quick=quick, **more),
            Row(f"Bochs, BIOS {name}", bochs(rom=switches), **more)]  # fmt: skip


def two_disks(name, switches, **more):
    """The image is drive 81h, an empty disk 80h; or the other way round with `swap_drives`."""
    return Row(f"QEMU, {name}", qemu("-drive", EMPTY_DISK.replace("index=0", "index=1"), rom=switches), **more)


BAD_FIRMWARE = [
    *in_both("without EDD", {"no_edd": 1}, method="CHS", more={"edd-version": "00"}),
    *in_both("with EDD but no packet reads", {"edd_no_packets": 1}, method="CHS"),
    *in_both("with a wrong EDD signature", {"edd_wrong_mark": 1}, method="CHS"),
    *in_both("whose EDD reads fail", {"edd_fails": 0x0B}, method="CHS", check=drops_reads),
    *in_both("that reads 16 sectors at most", {"max_sectors": 16}),
    *in_both("that reads 16 sectors and reports no error", {"short_reads": 16}, quick=True, check=drops_no_reads),
    *in_both("that reads 5 sectors and reports no error", {"short_reads": 5}, method="CHS"),
    *in_both("whose first two reads fail", {"fail_first": 2}, check=drops_reads),
    *in_both("whose every third read fails", {"fail_every": 3}, quick=True, check=drops_reads),
    *in_both("that knows no geometry", {"no_geometry": 1}, more={"heads": "0"}),
    *in_both("that tells 0 sectors a track", {"zero_spt": 1}, more={"heads": "0", "sectors-per-track": "0"}),
    *in_both("that clobbers registers", {"clobber": 1}),
    *in_both("that clobbers registers, no EDD", {"clobber": 1, "no_edd": 1}, quick=True, method="CHS"),
    *in_both("that switches A20 off at each read", {"a20_off": 1}, a20=r"bios|port92"),
    *in_both("that cannot switch A20 on", {"no_2401": 1, "a20_off": 1}, a20="port92"),
    *in_both("that enters at 07C0:0000 in a bad state", {"entry": FAULTY_ENTRY}, quick=True, check=scribbled),
    *in_both("that enters with a low stack", {"entry": ("low stack", "segments")}),
    *in_both("that enters with an odd stack", {"entry": ("high stack", "DF", "cli")}),
    *in_both("that names drive 00h", {"drive": 0x00}, given="00"),
    *in_both("that names drive FFh", {"drive": 0xFF}, given="ff"),
    *in_both("that scribbles and names drive 81h", {"drive": 0x81, "entry": ("scribble",)}, given="81",
             check=scribbled),
    *in_both("that does all of it", ALL_OF_IT, quick=True, method="CHS", given="81", a20="port92", map="E801",
             ram=None, check=drops_reads, more={"conventional-kb": "508", "video-mode": "12"}),
    Row("QEMU, A20 off, BIOS cannot switch it on", qemu(*ISAPC, f"{BOCHS_BIOS}-latest", rom={"no_2401": 1}),
        a20="port92", switches_off=False),
    two_disks("the image is drive 81h", {"swap_drives": 1, "boot_from": 0x81, "drive": 0x81}, drive="81", given="81"),
    two_disks("two disks, the BIOS names the empty one", {"drive": 0x81}, given="81"),
    *in_both("without E820", {"no_e820": 1}, map="E801", ram=None),
    *in_both("without E820 and E801", {"no_e820": 1, "no_e801": 1}, quick=True, map="88", ram=None),
    *in_both("with an unsorted, overlapping E820", {"e820_list": 1}, quick=True, ram=None, check=resolved),
    *in_both("with more than 128 E820 entries", {"e820_list": 2}, ram=None, check=resolved),
    *in_both("with 20-byte E820 entries", {"e820_list": 3}, ram=None, check=resolved),
    *in_both("with empty E820 entries", {"e820_list": 4}, ram=None, check=resolved),
    *in_both("with an endless E820", {"e820_list": 5}, ram=None, check=resolved),
    *in_both("whose E820 tells of conventional memory alone", {"e820_list": 6}, quick=True, map="E801", ram=None),
    *in_both("with 508 KiB of low memory", {"low_kb": 127}, more={"conventional-kb": "508"}),
    Row("QEMU, BIOS leaves graphics mode 12h", qemu(rom={"video": 1}), more={"video-mode": "12"}, check=usual_screen),
    Row("QEMU, BIOS leaves graphics mode 13h", qemu(rom={"video": 2}), more={"video-mode": "13"}, check=usual_screen),
    Row("QEMU, BIOS leaves text of 80 x 50", qemu(rom={"video": 3}), check=usual_screen),
    Row("QEMU, BIOS leaves the cursor off", qemu(rom={"video": 4}), check=usual_screen),
    Row("QEMU, BIOS leaves text of 40 columns", qemu(rom={"video": 5}), more={"video-mode": "01"}, check=usual_screen),
    Row("QEMU, BIOS leaves a VESA graphics mode", qemu(rom={"video": 6}), check=usual_screen),
    Row("Bochs, BIOS leaves graphics mode 12h", bochs(rom={"video": 1}), more={"video-mode": "12"}),
    Row("Bochs, BIOS leaves text of 80 x 50", bochs(rom={"video": 3})),
]  # fmt: skip
