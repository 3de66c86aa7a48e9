"""`bootinfo` tells in sentences what the machine is, and a boot shows its steps when it is asked to.

That `bootinfo --raw` tells the truth is checked on every machine of the table (test_machines.py).
"""

import re

import pytest

from harness.bochs import Bochs
from harness.faults import fatal
from harness.image import Image
from harness.places import DISK, milestones
from harness.qemu import Qemu
from harness.road import boot
from rows import read_report

SCRIBBLED = {"entry": ("scribble",), "drive": 0x81}
STEPS = (r"loader: the BIOS: 0000100000, 0003EE0000 bytes, type 1", r"loader: memory: 0000100000-\w+ free",
         r"loader: A20 was on", r"loader: EDD version 30h, 16 heads, 63 sectors a track",
         r"loader: partition at LBA 2048: FAT at \d+", r"loader: /apps/hello: \d+ bytes at 0x\w+")  # fmt: skip


def told(**more):
    with Qemu(DISK, **more) as machine:
        boot(machine)
        return machine.command("bootinfo")


def test_bootinfo_tells_a_usual_machine_in_sentences():
    text = told()
    for sentence in ("The BIOS named drive 80h, and Megha is on it.", "It was read by sector numbers (EDD",
                     "Geometry: 16 heads, 63 sectors a track.", "none failed.",
                     "The BIOS left the parameter block of the boot record as it is on the disk.",
                     "Address line 20 was on when the BIOS started Megha.", "(INT 15h E820h)",
                     "0000100000        64384 KiB  type 1", "without a warning."):  # fmt: skip
        assert sentence in text, text
    for number, name, _, _ in milestones():
        assert re.search(rf"(?m)^ +{number} {name} +\d+\.\d{{3}} +\d+\.\d{{3}}$", text), text


@pytest.mark.parametrize(
    ("switches", "sentences"),
    [
        (SCRIBBLED, ["The BIOS named drive 81h, but Megha is on drive 80h.", "changed 87 bytes",
                     "18h (sectors a track): 12h became CCh", "1 warnings"]),
        ({"no_edd": 1}, ["by cylinder, head and sector: the BIOS does not offer EDD."]),
        ({"edd_fails": 0x0B}, ["the BIOS offers EDD, but that failed."]),
        ({"fail_first": 2}, ["2 of them failed and were tried again."]),
        ({"zero_spt": 1}, ["The BIOS gave no geometry that can be used."]),
        ({"no_e820": 1}, ["(INT 15h E801h)"]),
        ({"video": 2}, ["The screen was in mode 13h; the loader switched it to text."]),
    ],
    ids=["wrong drive", "no EDD", "failing EDD", "failing reads", "no geometry", "no E820", "graphics"],
)  # fmt: skip
def test_bootinfo_tells_what_a_bad_bios_does(switches, sentences):
    text = told(rom=switches)
    for sentence in sentences:
        assert sentence in text, text


def test_bootinfo_in_bochs_counts_reads_and_geometry():
    with Bochs(DISK, rom={"no_edd": 1}) as machine:
        machine.go()
        boot(machine)
        report = read_report(machine.command("bootinfo --raw"))
    assert (report["read-method"], report["heads"], report["sectors-per-track"]) == ("CHS", "16", "32")


def test_a_verbose_boot_shows_every_step():
    with Image() as image:
        image.set_config(verbose="yes")
        with Qemu(image.path) as machine:
            text = boot(machine)
    for step in STEPS:
        assert len(re.findall(step, text)) == 1, f"`{step}` is not once in {text}"


@pytest.mark.alone  # the key has to come within the 3 s in which the BIOS shows its menu
def test_shift_held_while_booting_shows_every_step():
    with Qemu(DISK, "-boot", "menu=on,splash-time=3000") as machine:
        while "Press ESC for boot menu" not in "\n".join(machine.screen()):
            pass
        shift = {"type": "key", "data": {"down": True, "key": {"type": "qcode", "data": "shift"}}}
        machine.ask("input-send-event", events=[shift])
        text = boot(machine)
    assert "loader: a key is held: every step is shown" in text
    for step in STEPS:
        assert re.search(step, text), f"no `{step}` in {text}"


def test_a_failure_shows_the_facts_with_the_error():
    with Image() as image:
        image.remove("/boot/kernel.bin")
        with Qemu(image.path, rom={"drive": 0x81}) as machine:
            said = fatal(machine, r"/boot/kernel\.bin: there is no such file")
    for fact in ("Drive: 80h, named by the BIOS: 81h; by EDD, EDD version 30h, 16 heads, 63 sectors a track; reads: ",
                 "map by INT 15h E820h, 6 entries; A20: was on.", "Screen mode at entry: 03h"):  # fmt: skip
        assert fact in said, said
