"""`./build.sh explain`: reports of kernel, modules, programs and the library become lines of the sources."""

import re
import subprocess
import sys

from harness.places import BUILD, DISK, TEST_DISK, TOP, symbols
from harness.qemu import Qemu
from harness.road import boot

PLACE = r"      {file}:(\d+)  (.*)\n"


def explain(*words, text=""):
    command = [sys.executable, TOP / "tools/explain.py", *words]
    return subprocess.run(command, input=text, capture_output=True, text=True, timeout=100, check=False)


def lines_of(told, file):
    """What stands at the lines of a file that were found."""
    return [text for _, text in re.findall(PLACE.format(file=re.escape(file)), told)]


def test_a_panic_of_a_module_is_followed_through_kernel_and_program():
    with Qemu(TEST_DISK, panic_expected=True) as machine:
        boot(machine)
        machine.type("provoke start\r")
        machine.wait_for("restart it")
        told = explain(text=machine.serial)
    assert told.returncode == 0, told.stderr
    assert lines_of(told.stdout, "kernel/modules/broken/module.c") == ["*nowhere() = 0;"]
    assert any("module_load(" in line for line in lines_of(told.stdout, "kernel/core/syscall/module_calls.c"))
    assert any("main(" in line for line in lines_of(told.stdout, "apps/runtime/start.c"))
    assert "another build" not in told.stdout


def test_faults_of_programs_lead_to_the_line_at_fault():
    with Qemu(DISK) as machine:
        boot(machine)
        text = machine.command("crash null")
        told = explain(text=text).stdout
        assert len(lines_of(told, "apps/crash/main.c")) == 1, told
        machine.command("crash jump")
        told = explain(text=machine.command("why")).stdout
        assert lines_of(told, "apps/crash/main.c") == ["((void (*)(void))opaque(0))();"], told
        assert any("exit(main(" in line for line in lines_of(told, "apps/runtime/start.c")), told


def test_names_count_where_a_program_may_lie_anywhere():
    told = explain(text="where (pid 9) killed: page fault reading 0x00000000 at 0x00777123 main+0x9\n").stdout
    assert lines_of(told, "apps/where/main.c"), told
    told = explain(text="where (pid 9) killed: page fault at 0x00777123 printf+0x5 in libmegha.so\n").stdout
    assert lines_of(told, "apps/runtime/stdio.c"), told


def test_addresses_of_all_stages_are_found():
    for name, file in (("milestone_10_mbr_entry", "bootloader/stage1/mbr.asm"),
                       ("stage2_main", "bootloader/stage2/main.c"), ("kernel_main", "kernel/main.c")):  # fmt: skip
        done = explain(hex(symbols()[name]))
        assert done.returncode == 0 and f"{name}+0x0  {file}:" in done.stdout, done.stdout
    done = explain("kernel_main+4", "crash:main")
    assert done.returncode == 0 and "kernel/main.c:" in done.stdout and "apps/crash/main.c:" in done.stdout


def test_a_report_may_be_in_a_file(tmp_path):
    report = "crash (pid 5) killed: page fault reading 0x00000000 at 0x00400123 main+0x9\n"
    (tmp_path / "report.txt").write_text(report, encoding="utf-8")
    done = explain(tmp_path / "report.txt")
    assert done.returncode == 0 and "apps/crash/main.c:" in done.stdout
    assert done.stdout == explain(text=report).stdout


def test_what_is_not_there_is_told():
    done = explain("no_program:0x400141")
    assert done.returncode == 1 and "name it: hello:0x400141" in done.stdout
    done = explain("0xfffff000")
    assert done.returncode == 1 and "in no source" in done.stdout
    done = explain(text="hello\n")
    assert done.returncode == 1 and done.stdout == "hello\n" and "no address of Megha" in done.stderr
    done = explain(text="running: x (pid 3), thread 6; kernel build: 0000000000000000\n  0xC0100123 a+0x3\n")
    assert "of another build" in done.stdout
    bad = b"\xff\xfe\x00 0x \n  0x\n (pid ) killed: at 0x00000000\n".decode("latin-1") * 3
    assert explain(text=bad).returncode in (0, 1)


def test_a_return_address_counts_for_the_call_before_it():
    nm = subprocess.run(["nm", BUILD / "kernel/kernel.elf"], capture_output=True, text=True, check=True).stdout
    start = int(re.search(r"([0-9a-f]+) T kernel_main\n", nm)[1], 16)
    for offset in range(1, 200):
        before, here = (explain(hex(start + at)).stdout.partition("  ")[2].partition("  ")[2]
                        for at in (offset - 1, offset))  # fmt: skip
        if before != here:
            break
    place = f"  0x{start + offset:08X} kernel_main+{offset:#x}\n"
    assert f"      {before}" in explain(text="backtrace:\n" + place).stdout
    assert f"      {here}" in explain(text="bytes at EIP: 90\nbacktrace:\n" + place).stdout
