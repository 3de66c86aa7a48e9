"""The kernel's own end: in every layer it names the functions, whatever it has to stand on."""

import re
import time

import pytest

from harness.bochs import Bochs
from harness.faults import fatal
from harness.machine import WAIT, Mishap
from harness.panic import END, functions, report_of
from harness.places import TEST_DISK, symbols
from harness.qemu import Qemu
from harness.road import boot

def provoked(machine, what):
    machine.type(f"provoke {what}\r")
    return report_of(machine)


@pytest.fixture(params=[("QEMU", "max"), ("QEMU", "486"), ("Bochs", "")],
                ids=["QEMU", "QEMU without SYSENTER", "Bochs"])  # fmt: skip
def machine(request):
    emulator, cpu = request.param
    with (Qemu(TEST_DISK, "-cpu", cpu, panic_expected=True) if cpu else
          Bochs(TEST_DISK, panic_expected=True)) as running:  # fmt: skip
        if not cpu:
            running.go()
        boot(running)
        yield running


MODULES = {
    "broken_null_read": (r"page fault in the kernel reading 0x00000004 at broken:broken_null_read\+0x[0-9a-f]+",
                         "NULL pointer", ["broken:broken_null_read", "module_call"]),
    "broken_wild_call": (r"page fault in the kernel executing 0x00000bad, called at "
                         r"broken:broken_wild_call\+0x[0-9a-f]+",
                         "a function pointer is no pointer", ["?", "broken:broken_wild_call", "module_call"]),
    "start": (r"page fault in the kernel writing 0x00000bad at broken_start:module_init\+0x[0-9a-f]+", "NULL pointer",
              ["broken_start:module_init", "load", "module_load", "syscall_module_load"]),
}  # fmt: skip


@pytest.mark.parametrize("what", MODULES)
def test_a_module_that_fails_is_named_with_all_its_callers(what, machine):
    cause, meaning, names = MODULES[what]
    report = provoked(machine, what)
    assert re.match(f"PANIC: {cause}\n", report), report
    assert meaning in report
    assert functions(report)[: len(names)] == names, report
    assert functions(report)[-1] in ("sysenter_entry", "syscall_entry"), report
    assert functions(report, "the program had called from:")[-2:] == ["runtime_start", "_start"], report
    assert re.search(r"running: provoke \(pid \d+\), thread \d+; kernel build: [0-9a-f]{16}\n", report)
    assert re.search(r"the end of the log:\n(  \[\d+\.\d{6}\] .*\n)+" + re.escape(END), report)
    if what != "broken_wild_call":
        assert re.search(r"bytes at EIP:( [0-9A-F]{2}){12}\n", report)


# ---- The kernel's own code, spoilt by the debugger


@pytest.fixture
def stopped():
    """Bochs, stopped where the kernel lists a file for `ls`."""
    with Bochs(TEST_DISK, panic_expected=True) as machine:
        machine.load_symbols()
        machine.go()
        boot(machine)
        machine.interrupt()
        machine.debug('lb "syscall_file_info"')
        machine.go()
        machine.type("ls\r")
        machine.wait_stopped()
        yield machine


def spoilt(machine, *commands):
    for command in commands:
        machine.debug(command)
    machine.go()
    return report_of(machine)


def test_a_kernel_that_jumps_to_0_tells_who_called(stopped):
    report = spoilt(stopped, "set eip = 0")
    assert "jump to address 0: a function pointer is NULL" in report
    assert functions(report)[0] == "?"
    assert functions(report)[1] == "sysenter_entry", "the word on top of the stack is the return address"
    assert "run_ls" in functions(report, "the program had called from:"), report


@pytest.mark.parametrize("ebp", ["12345678", "FFFFFFFF", "F4000002", "C0000000", "00000000"])
def test_bad_frame_pointers_leave_what_the_stack_holds(ebp, stopped):
    report = spoilt(stopped, f"set ebp = 0x{ebp}", "set eip = 0")
    assert f"EBP={ebp}" in report
    assert "sysenter_entry" in report.partition("backtrace:")[2], report


def test_a_destroyed_stack_is_told_by_the_double_fault_task(stopped):
    report = spoilt(stopped, "set ebp = esp", "set esp = 0xdead0000")
    assert re.match(r"PANIC: double fault at syscall_file_info\+0x0\n", report), report
    assert "ESP=DEAD0000" in report and "ESP 0xDEAD0000 is on no stack" in report, report
    assert functions(report)[0] == "syscall_file_info", report


def test_a_panic_while_panicking_tells_its_cause_and_stops(stopped):
    """The second panic comes from inside the first one's report, where it asks for the page directory."""
    stopped.debug('lb "arch_directory"')
    stopped.debug("set eip = 0")
    stopped.go_to_stop()
    stopped.debug("set eip = 0")
    stopped.go()
    stopped.wait_for(r"PANIC inside a panic: page fault in the kernel executing 0x00000000, called at .*\n"
                     r"the first one came from\n  0x\w+ sysenter_entry\+0x\w+\n")  # fmt: skip
    with pytest.raises(Mishap):
        stopped.wait_for("PANIC|backtrace", 1)


# ---- Before the kernel takes exceptions, the loader's table is in force

UD2 = 0x0B0F
READ_UNMAPPED = 0xFFFFF000A1  # mov eax, [0xFFFFF000]
KERNEL_BASE = 0xC0000000
EARLY = {
    "memory_bios_read": (UD2, "CPU exception 6 in stage 2 at 0x{:08X} "),
    "milestone_60_kernel_entry": (UD2, "CPU exception 6 in the kernel, which .*, at 0x{:08X} "),
    "milestone_64_mapped_high": (UD2, "CPU exception 6 in the kernel, which .*, at 0x{:08X} "),
    "kernel_main": (READ_UNMAPPED, "CPU exception 14 in the kernel, which .*, at 0x{:08X} .*, CR2 0xFFFFF000"),
    # mov eax, 0x400000; jmp eax: no page is there
    "arch_start": (0xE0FF00400000B8, "CPU exception 14 at an address of neither .*, at 0x00400000 .*, CR2 0x00400000"),
}  # fmt: skip


def fault_at(stopped, where, code):
    """Puts an instruction that faults at a symbol, when the machine has come there, and lets it run."""
    address = symbols()[where]
    stopped.load_symbols()
    stopped.debug(f"lb {address:#x}")
    stopped.go_to_stop()
    for number, byte in enumerate(code.to_bytes((code.bit_length() + 7) // 8, "little")):
        stopped.debug(f"setpmem {(address & ~KERNEL_BASE) + number:#x} 1 {byte:#x}")
    stopped.debug("d 1")
    stopped.go()


@pytest.mark.parametrize("where", EARLY)
def test_an_exception_before_the_kernel_takes_them_names_its_place(where):
    code, sentence = EARLY[where]
    with Bochs(TEST_DISK) as stopped:
        fault_at(stopped, where, code)
        fatal(stopped, sentence.format(symbols()[where]))


@pytest.mark.parametrize("where", ["memory_start", "milestone_66_memory_ready"])
def test_a_fault_in_the_kernels_first_steps_is_a_panic(where):
    with Bochs(TEST_DISK, panic_expected=True) as stopped:
        fault_at(stopped, where, READ_UNMAPPED)
        report = report_of(stopped)
        assert report.startswith("PANIC: page fault in the kernel reading 0xfffff000"), report
        assert functions(report)[0] == where and functions(report)[-1] == "milestone_64_mapped_high", report


# ---- Less to print on


def wait_for_screen(machine, wanted):
    end = time.monotonic() + WAIT
    while wanted not in (text := "\n".join(machine.screen())):
        assert time.monotonic() < end, f"no `{wanted}` on the screen:\n{text}"
        time.sleep(0.05)
    return text


def test_without_a_serial_port_the_screen_tells():
    with Qemu(TEST_DISK, "-vga", "std", serial=False, panic_expected=True) as machine:
        wait_for_screen(machine, "megha>")
        machine.press(*"provoke", "spc", *"start", "ret")
        text = wait_for_screen(machine, END)
    for name in ("module_load", "syscall_module_load", "runtime_start"):
        assert name in text
