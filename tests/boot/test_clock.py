"""The clock goes right, also where the machine was taken away while the time stamp counter was measured."""

import os
import re
import subprocess
import sys
import time

import pytest

from harness.bochs import Bochs
from harness.machine import WITH_US, Mishap
from harness.places import BUILD, DISK, layout_number
from harness.qemu import Qemu
from harness.road import boot

BUSY_BOOTS = 50
SECONDS = 3
RIGHT = 0.01  # how much the clock may differ from the host's
CORRECTED = r"\] clock: the time stamp counter runs at (\d+) kHz by the CMOS clock, not at (\d+)\D"
UPTIME = r"running for (\d+\.\d{3}) seconds"


def offset_of_khz():
    """Where tsc_khz stands in struct boot_info."""
    text = (BUILD / "generated/kernel.inc").read_text(encoding="ascii")
    return int(re.search(r"(?m)^INFO_TSC_KHZ\s+equ\s+(\S+)", text)[1], 0)


@pytest.mark.parametrize("factor", [pytest.param(3, id="3 times too fast"),
                                    pytest.param(0.5, id="half as fast", marks=pytest.mark.long)])  # fmt: skip
def test_a_mismeasured_counter_is_corrected_and_told(factor):
    """Bochs's debugger puts a wrong rate into what the loader hands over."""
    with Bochs(DISK) as machine:
        machine.load_symbols()
        machine.debug('lb "milestone_50_boot_info"')
        machine.go_to_stop()
        address = layout_number("BOOT_INFO_BASE") + offset_of_khz()
        right = int.from_bytes(machine.memory(address, 4), "little")
        machine.debug(f"setpmem {address:#x} 4 {int(right * factor)}")
        machine.debug("d 1")
        machine.go()
        machine.wait_for("milestone 90 ")  # not boot(): what the loader has told is by another clock
        text = machine.wait_for(CORRECTED)
        khz, was = map(int, re.search(CORRECTED, text).groups())
        assert was == int(right * factor)
        assert abs(khz - right) <= right * RIGHT
        machine.wait_for_prompt()


# ---- A busy core: two loops run on the CPU that QEMU has


@pytest.fixture
def busy_core():
    """Starts QEMU on one CPU, beside two busy loops there."""
    all_cpus = os.sched_getaffinity(0)
    cpu = {max(all_cpus)}
    loop = [*WITH_US, sys.executable, "-c", "while True: pass"]

    def start(machine):
        os.sched_setaffinity(0, cpu)  # of this thread; what it starts has it from there
        try:
            return machine.__enter__()
        finally:
            os.sched_setaffinity(0, all_cpus)

    loops = [subprocess.Popen(loop, preexec_fn=lambda: os.sched_setaffinity(0, cpu)) for _ in range(2)]
    yield start
    for process in loops:
        process.kill()
        process.wait()


def reading(machine):
    """The machine's clock, between the host's moments before and behind: (before, told, behind)."""
    before = time.monotonic()
    machine.type("uptime\r")
    told = float(re.search(UPTIME, machine.wait_for(UPTIME))[1])
    return before, told, time.monotonic()


def check_clock(machine):
    """Boots, and compares what passes on the machine with what passes here: exactly enough to see one percent."""
    boot(machine)
    first = reading(machine)
    before, told, behind = first
    while (before - first[2]) * RIGHT < (first[2] - first[0]) + (behind - before) or before - first[2] < SECONDS:
        time.sleep(0.3)
        before, told, behind = reading(machine)
    passed, least, most = told - first[1], before - first[2], behind - first[0]
    if not least * (1 - RIGHT) <= passed <= most * (1 + RIGHT):
        raise Mishap(machine.tell(f"{passed:.3f} s passed there while {least:.3f} to {most:.3f} s passed here"))


@pytest.mark.long
@pytest.mark.limit(3600)
def test_the_clock_is_right_on_a_busy_core(busy_core, record_property):
    corrected = 0
    for _ in range(BUSY_BOOTS):
        machine = busy_core(Qemu(DISK))
        try:
            check_clock(machine)
            corrected += bool(re.search(CORRECTED, machine.serial))
        finally:
            machine.stop()
    record_property("boots", f"{BUSY_BOOTS} boots; the kernel had to correct the rate in {corrected}")


@pytest.mark.long
@pytest.mark.limit(1200)
def test_the_loaders_last_sentence_is_whole_on_a_busy_core(busy_core):
    for _ in range(BUSY_BOOTS):
        machine = busy_core(Qemu(DISK, memory="2M"))
        try:
            machine.wait_for(r"\[0\.0+\] milestone 10 ")
            machine.wait_for(r"Megha cannot start: (?s:.*)Press a key to restart\.\n", SECONDS)
        finally:
            machine.stop()
