"""Linked modules, as docs/modules.md teaches them, at the prompt, and when they fault."""

import contextlib
import datetime
import re
import shutil
import struct
import subprocess

import pytest

from harness.bochs import Bochs
from harness.image import Image
from harness.places import BUILD, DISK, TOP
from harness.qemu import Qemu
from harness.road import boot

DATE = r"\w+day, \d{1,2} \w+ (?:19|20)\d\d, \d\d:\d\d:\d\d\n"
SECTIONS_OFFSET = 32  # in the ELF header

both = pytest.mark.parametrize("emulator", [Qemu, Bochs], ids=["QEMU", "Bochs"])


@contextlib.contextmanager
def started(machine):
    with machine:
        if isinstance(machine, Bochs):
            machine.go()
        boot(machine)
        yield machine


def blocks(page):
    """The pieces of C in the page."""
    text = (TOP / "docs" / page).read_text(encoding="utf-8")
    found = re.findall(r"\n\n((?: {8}.*\n|\n)+)", text)
    return [re.sub(r"(?m)^ {8}", "", block) for block in found if block.startswith("        /*")]


@pytest.mark.limit(240)
def test_a_module_written_by_the_page_works(tmp_path):
    tree = tmp_path / "megha"
    shutil.copytree(TOP, tree, ignore=shutil.ignore_patterns(".git", "build", "__pycache__"))
    module, program = blocks("modules.md")
    for path, text in (("kernel/modules/counter/module.c", module), ("apps/count/main.c", program)):
        (tree / path).parent.mkdir()
        (tree / path).write_text(text)
    make = ["make", "-f", "tools/Makefile", "-j2", "image"]
    built = subprocess.run(make, cwd=tree, text=True, capture_output=True, check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    with started(Qemu(tree / "build/disk.img")) as machine:
        assert "type `modules load counter`" in machine.command("count")
        machine.command("modules load counter")
        assert [machine.command("count") for _ in range(3)] == ["3\n", "6\n", "9\n"]
        assert re.search(r"(?m)^counter +0xF\w+ +4096 +4096 +0 +0 +0 -$", machine.command("modules"))
        assert machine.command("modules unload counter") == ""
        assert "No module is loaded" in machine.command("modules")


@both
def test_the_date_is_told_by_the_module(emulator):
    with started(emulator(DISK)) as machine:
        assert re.fullmatch(DATE, machine.command("date"))
        assert re.search(r"(?m)^calendar .* clock$", machine.command("modules"))
        assert "clock cannot be unloaded: it is in use" in machine.command("modules unload clock")
        assert machine.command("modules unload calendar") == ""
        assert machine.command("modules unload clock") == ""
        assert re.fullmatch(DATE, machine.command("date -l"))


@both
def test_the_service_tells_the_same_date(emulator):
    with started(emulator(DISK)) as machine:
        dates = [machine.command(f"date {way}") for way in ("-l", "-s", "-l")]
        assert all(re.fullmatch(DATE, date) for date in dates)
        times = [datetime.datetime.strptime(date, "%A, %d %B %Y, %H:%M:%S\n") for date in dates]
        assert times == sorted(times), "by the service in between, a second may end"
        assert re.search(r"(?m)^ +\d+ +1 +\d+ clockd +kernel process ", machine.command("ps"))


@pytest.mark.alone  # compares how long calls take
@both
def test_both_ways_are_compared(emulator):
    with started(emulator(DISK)) as machine:
        table = machine.command("compare")
    linked = re.search(r"(?m)^linked module clock +(\d+) +\d+ +1 +2 +0\.\d\d$", table)
    service = re.search(r"(?m)^service clockd +(\d+) +\d+ +2 +2 +2\.\d\d$", table)
    assert linked and service, table
    assert int(linked[1]) < int(service[1]), "no switch costs less than two"


def test_without_the_right_nothing_is_loaded():
    with Image(DISK) as image:
        image.set_config(modules="deny")
        with started(Qemu(image.path)) as machine:
            assert "without the right modules" in machine.command("modules load clock")
            assert "type `modules load calendar`" in machine.command("date")


@both
def test_a_fault_in_a_module_is_a_panic_that_names_it(emulator):
    with started(emulator(DISK)) as machine:
        machine.panic_expected = True
        machine.type("modules load broken_start broken\n")
        machine.wait_for(r"PANIC: page fault in the kernel writing 0x00000[bB][aA][dD]")
        machine.wait_for(r"0xF[0-9A-F]{7} broken_start:module_init\+0x[0-9a-f]+")
        machine.wait_for("The machine has stopped")


# ---- Files that lie


def changed(offset, form, value):
    """calendar with a number changed."""
    data = bytearray((BUILD / "modules/calendar").read_bytes())
    struct.pack_into(form, data, offset, value)
    return bytes(data)


def section_field(index, field):
    """The place of a word of a section's header."""
    table = struct.unpack_from("<I", (BUILD / "modules/calendar").read_bytes(), SECTIONS_OFFSET)[0]
    return table + 40 * index + 4 * field


@pytest.mark.limit(180)
def test_damaged_files_are_refused_by_name_and_leave_nothing():
    whole = (BUILD / "modules/calendar").read_bytes()
    files = {
        "empty": (b"", "empty"),
        "half": (whole[: len(whole) // 2], "shorter than its headers say"),
        "magic": (changed(0, "<B", 0x7E), "not a kernel module"),
        "class": (changed(4, "<B", 2), "not a kernel module"),
        "machine": (changed(18, "<H", 62), "not a kernel module"),
        "wrap": (changed(section_field(1, 4), "<I", 0xFFFFFFF0), "shorter than its headers say"),
        "meet": (changed(section_field(1, 4), "<I", 0), "section of the module is malformed"),
        "hello": ((BUILD / "apps/hello").read_bytes(), "not a kernel module"),
        "text": (b"MODULE\n" * 100, "not a kernel module"),
    }
    with Image(DISK) as image:
        for name, (data, _) in files.items():
            image.put(f"/modules/x{name}", data)
        with started(Qemu(image.path)) as machine:
            before = machine.command("mem")
            for name, (_, said) in files.items():
                assert said in machine.command(f"modules load {name} x{name}"), name
            assert "No module is loaded" in machine.command("modules")
            assert re.findall(r"(\d+) KiB (?:are free|hold the kernel)", machine.command("mem")) == re.findall(
                r"(\d+) KiB (?:are free|hold the kernel)", before
            )


KERNELS_FLAGS = ("-std=c11", "-march=i486", "-mgeneral-regs-only", "-ffreestanding", "-O2", "-fno-stack-protector",
                 "-Iinclude", "-DMEGHA_KERNEL", "-DMEGHA_MODULE")  # fmt: skip
GCC = ("i686-linux-gnu-gcc", "-fno-pic", "-fno-pie", "-fcf-protection=none", "-fno-common")
CLANG = ("clang", "--target=i686-linux-gnu")  # position-independent by default, as Debian's gcc would be
SHARED = """
#include <kernel/export.h>
int32_t shared_count;
extern int32_t nobody(void) __attribute__((weak));
int32_t shared_next(uint32_t step);
MODULE("For compilers with other defaults.");
int32_t shared_next(uint32_t step)
{
    shared_count += (int32_t)step;
    return nobody ? nobody() : shared_count;
}
MODULE_CALL(shared_next);
"""
BY_TABLE = r"module bytable: section \.text\S* reaches \S+ by a table of addresses \(GOT\); compile it with -fno-pic\n"
OTHER_COMPILERS = {
    "common": ((*GCC, "-fcommon"), SHARED, ""),
    "notes": ((*GCC, "-march=i686", "-fcf-protection=branch"), SHARED, ""),
    "bytable": ((*CLANG, "-fPIC"), SHARED, BY_TABLE),
    "threads": (GCC, SHARED.replace("int32_t shared_count", "__thread int32_t shared_count"),
                r"module threads: section \.tbss holds variables of threads; declare them static\n"),
    "starts": (GCC, SHARED + "__attribute__((constructor)) static void early(void) { shared_count = 7; }\n",
               r"module starts: section \.\w+_array holds neither contents nor zeroes; leave constructors .*\n"),
}  # fmt: skip


def test_what_other_compilers_make_is_loaded_or_the_culprit_is_named(tmp_path):
    with Image(DISK) as image:
        for name, (compiler, text, _) in OTHER_COMPILERS.items():
            (tmp_path / f"{name}.c").write_text(text)
            command = [compiler[0], *KERNELS_FLAGS, *compiler[1:], "-c", "-o", tmp_path / name, tmp_path / f"{name}.c"]
            subprocess.run(command, cwd=TOP, check=True)
            image.put(f"/modules/{name}", (tmp_path / name).read_bytes())
        image.put("/modules/Capital", (tmp_path / "common").read_bytes())
        with started(Qemu(image.path)) as machine:
            for name, (_, _, said) in OTHER_COMPILERS.items():
                told = machine.command(f"modules load {name}")
                assert told == "" if said == "" else re.match(said, told), told
            told = machine.command("modules load Capital")
            assert told.startswith("a module's name is made of small letters, digits, _ and -\n"), told


def test_every_folder_of_modules_is_on_the_disk():
    shipped = {path.name for path in (TOP / "kernel/modules").iterdir() if path.is_dir()}
    with Image(DISK) as image:
        assert shipped <= set(image.files("/modules"))


# ---- Services --------------------------------------------------------------------------------------------------------


def clockd_pid(machine):
    return int(re.search(r"(?m)^ +(\d+) +1 +\1 clockd +kernel process", machine.command("ps"))[1])


@both
def test_boot_cfg_starts_a_service_and_starts_it_again(emulator):
    with Image(DISK) as image:
        image.set_config(services="clockd:ring0", restart="clockd")
        with started(emulator(image.path)) as machine:
            assert re.fullmatch(DATE, machine.command("date -s"))
            pid = clockd_pid(machine)
            machine.type(f"kill {pid}\r")
            machine.wait_for(rf"init: the service clockd \(pid {pid}\) is gone: another process killed it\.\n")
            machine.command("")
            assert clockd_pid(machine) > pid
            assert re.fullmatch(DATE, machine.command("date -s"))


def test_a_service_that_is_not_there_is_told():
    with Image(DISK) as image:
        image.set_config(services="clockx clockd:ring0")
        with Qemu(image.path) as machine:
            text = boot(machine)
            assert "init: the service /modules/clockx cannot be started: there is nothing of that name" in text
            assert clockd_pid(machine) > 0
