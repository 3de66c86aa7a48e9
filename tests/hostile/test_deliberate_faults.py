"""Each kind of fault of the kernel is told in words, with the function, as docs/faults.md says, on both emulators."""

import re
import time

import pytest

from harness.bochs import Bochs
from harness.panic import END, functions, report_of
from harness.places import CHECKED_DISK, DISK, TEST_DISK, TOP, layout_number
from harness.qemu import Qemu
from harness.road import boot

LIST = (TOP / "kernel/modules/broken/faults.def").read_text(encoding="utf-8")
FAULTS = dict(re.findall(r'(?m)^FAULT\((\w+), "(.+)"\)$', LIST))
PAGE = (TOP / "docs/faults.md").read_text(encoding="utf-8")
ROWS = {name: (sentence, re.findall("`([^`]+)`", prints))
        for name, sentence, prints in re.findall(r"(?m)^\| `(broken_\w+)`: (.*?) \| (.*?) \|", PAGE)}  # fmt: skip

# The innermost functions where they are others than the one that was called.
INNERMOST = {
    "broken_null_call": ["?", "broken:broken_null_call"],
    "broken_wild_call": ["?", "broken:broken_wild_call"],
    "broken_data_call": ["broken:no_code", "broken:broken_data_call"],
    "broken_free_twice": ["heap_give", "broken:broken_free_twice"],
    "broken_free_page_twice": ["heap_give", "broken:broken_free_page_twice"],
    "broken_free_foreign": ["heap_give", "broken:broken_free_foreign"],
    "broken_free_inside": ["heap_give", "broken:broken_free_inside"],
    "broken_free_frame_twice": ["frame_give", "broken:broken_free_frame_twice"],
    "broken_free_frame_foreign": ["frame_give", "broken:broken_free_frame_foreign"],
    "broken_list": ["link_broken", "broken:broken_list"],
    "broken_list_freed": ["link_broken", "broken:broken_list_freed"],
    "broken_wait_in_interrupt": ["sched_atomic_panic", "sched_block", "broken:wait_at_the_tick"],
    "broken_point_in_interrupt": ["sched_atomic_panic", "sched_preemption_point", "broken:long_work_at_the_tick"],
    "broken_wait_with_window": ["sched_atomic_panic", "sched_block", "broken:broken_wait_with_window"],
    "broken_thread_returns": ["thread_begin"],
}  # fmt: skip

# What runs then is no call of the program's.
ELSEWHERE = {"broken_wait_in_interrupt", "broken_point_in_interrupt", "broken_thread_returns"}

# The kernel goes on; a kernel that checks more would not.
NOT_FOUND_AT_ONCE = {"broken_write_freed", "broken_write_freed_page"}

NO_REPORT = {"broken_hang", "broken_no_table", "broken_panic_twice"}
REPORTED = [name for name in FAULTS if name not in NO_REPORT | NOT_FOUND_AT_ONCE]


def alike(text):
    """A text without its numbers."""
    return re.sub(r"\b(0x)?[0-9A-Fa-f]*\d[0-9A-Fa-f]*\b", "#", text)


def started(emulator, image=TEST_DISK, *flags):
    if emulator == "Bochs":
        return Bochs(image, panic_expected=True)
    return Qemu(image, "-cpu", emulator, *flags, panic_expected=True)


def boot_up(machine):
    if isinstance(machine, Bochs):
        machine.go()
    boot(machine)


def check_told(name, report):
    """What the page says stands in the report, in that order."""
    text, at = alike(report), 0
    for told in ROWS[name][1]:
        assert (found := text.find(alike(told), at)) >= 0, f"{told}\nis not in\n{report}"
        at = found + 1


def check_names(name, report):
    names, innermost = functions(report), INNERMOST.get(name, [f"broken:{name}"])
    assert names[: len(innermost)] == innermost, report
    if name in ELSEWHERE:
        return
    assert names[-1] in ("sysenter_entry", "syscall_entry"), report
    assert "module_call" in names, report
    assert functions(report, "the program had called from:")[-2:] == ["runtime_start", "_start"], report


def check_screen(machine):
    """All of the report is to be seen at once, without a line that is cut."""
    lines = machine.screen()
    first = next((row for row, line in enumerate(lines) if line.startswith("PANIC: ")), None)
    assert first is not None and END in lines, "\n".join(lines)
    report = machine.serial[machine.serial.index("PANIC") :].splitlines()
    shown = [line[at : at + 80] for line in report for at in range(0, max(len(line), 1), 80)]
    assert lines[first : first + len(shown)] == [line.rstrip() for line in shown], "\n".join(lines)


# ---- What the kernel finds


@pytest.mark.parametrize("emulator", ["max", "Bochs"])
@pytest.mark.parametrize("name", REPORTED)
def test_a_deliberate_fault_is_named_with_its_function(name, emulator):
    with started(emulator) as machine:
        boot_up(machine)
        machine.type(f"provoke {name}\r")
        report = report_of(machine)
        check_told(name, report)
        check_names(name, report)
        check_screen(machine)


@pytest.mark.parametrize("name", ["broken_recurse", "broken_write_code", "broken_interrupts_on"])
def test_a_486_finds_it_too(name):
    with started("486") as machine:
        boot_up(machine)
        machine.type(f"provoke {name}\r")
        report = report_of(machine)
        check_told(name, report)
        check_names(name, report)


def test_only_smap_keeps_the_kernel_from_a_programs_pointer():
    with started("486") as machine:
        boot_up(machine)
        assert machine.command("provoke broken_user_read") == "provoke: the kernel still lives; 1\n"


@pytest.mark.parametrize("emulator", ["max", "Bochs"])
def test_a_fault_inside_a_panic_tells_where_the_first_one_came_from(emulator):
    with started(emulator) as machine:
        boot_up(machine)
        machine.type("provoke broken_panic_twice\r")
        report = machine.wait_for(r"(?s)PANIC.*came from\n.*?\n", 20)
    check_told("broken_panic_twice", report)
    assert re.search(r"came from\n  0xF0[0-9A-F]{6} broken:broken_panic_twice\+0x[0-9a-f]+\n", report), report


@pytest.mark.parametrize("emulator", ["max", "Bochs"])
def test_what_is_not_found_at_once_does_no_harm_at_once(emulator):
    with started(emulator) as machine:
        boot_up(machine)
        for name in sorted(NOT_FOUND_AT_ONCE):
            told = machine.command(f"provoke {name}")
            check_told(name, told)
            assert told == "provoke: the kernel still lives; 0\n"


# ---- What nothing finds from inside


def wait_for_loop(machine):
    """The registers of a machine that runs in a module and nowhere else, by QEMU's monitor."""
    end = time.monotonic() + 20
    while True:
        seen = [machine.ask("human-monitor-command", **{"command-line": "info registers"}) for _ in range(5)]
        places = {int(re.search(r"EIP=([0-9a-f]+)", registers)[1], 16) for registers in seen}
        if len(places) == 1 and in_a_module(places.pop()):
            return seen[0]
        assert time.monotonic() < end, seen[0]


def in_a_module(address):
    return layout_number("MODULE_AREA", "kernel/arch.h") <= address < layout_number("MODULE_AREA_END", "kernel/arch.h")


@pytest.mark.parametrize("cpu", ["max", "486"])
def test_qemu_shows_a_loop_with_interrupts_off_and_an_nmi_names_it(cpu):
    with started(cpu) as machine:
        boot_up(machine)
        machine.type("provoke broken_hang\r")
        flags = int(re.search(r"EFL=([0-9a-f]+)", wait_for_loop(machine))[1], 16)
        assert not flags & 0x200, "interrupts are off"
        machine.ask("human-monitor-command", **{"command-line": "nmi"})
        report = report_of(machine)
    shown = re.findall(r"(?m)^    ((?:PANIC: non-maskable|meaning: the hardware).*)$", PAGE)
    assert alike("\n".join(shown)) == alike("\n".join(report.splitlines()[:2]))
    check_names("broken_hang", report)


def test_bochs_shows_a_loop_with_interrupts_off():
    with started("Bochs") as machine:
        boot_up(machine)
        machine.type("provoke broken_hang\r")
        machine.wait_for(r"provoke broken_hang\n", 20)
        for _ in range(20):
            time.sleep(0.1)
            machine.interrupt()
            eip = int(re.search(r"rip: 0+_([0-9a-f]+)", machine.debug("r"))[1], 16)
            if in_a_module(eip):
                break
            machine.go()
        assert in_a_module(eip)
        assert re.search(r"\bif\b", machine.debug("info eflags")), "in small letters: off"
        assert re.search(rf"{eip:08x}: .* jmp .*0x{eip:08x}", machine.debug("u /1"))


def test_a_cpu_that_shuts_down_leaves_its_registers_in_qemus_log(tmp_path):
    log = tmp_path / "log"
    with started("max", TEST_DISK, "-d", "int,cpu_reset", "-D", str(log)) as machine:
        boot_up(machine)
        machine.type("provoke broken_no_table\r")
        assert machine.wait_for_end(20) == 0
    *_, last = re.findall(r"EIP=([0-9a-f]+)", log.read_text())
    assert in_a_module(int(last, 16)) and log.read_text().rstrip().endswith("Triple fault")


def test_a_cpu_that_shuts_down_leaves_its_registers_in_bochs_log():
    with started("Bochs") as machine:
        boot_up(machine)
        machine.type("provoke broken_no_table\r")
        end = time.monotonic() + 20
        while "exception with no resolution" not in machine.log():
            assert time.monotonic() < end, machine.log()
            time.sleep(0.1)
        before, after = machine.log().split("3rd (13) exception with no resolution")
    assert in_a_module(int(re.findall(r"EIP=([0-9a-f]+)", before)[-1], 16))


# ---- How they are reached


def test_every_fault_is_on_the_page_and_in_the_list_of_provoke():
    assert {name: row[0] for name, row in ROWS.items()} == FAULTS
    assert all(ROWS[name][1] for name in [*REPORTED, "broken_panic_twice", *NOT_FOUND_AT_ONCE])
    with started("max") as machine:
        boot_up(machine)
        listed = dict(re.findall(r"(?m)^(broken_\w+) +(.+)$", machine.command("provoke")))
    assert listed == FAULTS


def test_a_fault_is_reached_by_the_modules_name_on_every_disk():
    with started("max", DISK) as machine:
        boot_up(machine)
        assert "No module is loaded" in machine.command("modules"), "nothing loads it by itself"
        machine.type("modules load broken_divide broken\r")
        report = report_of(machine)
    check_told("broken_divide", report.replace("broken_divide:", "broken:"))
    assert functions(report)[:2] == ["broken_divide:broken_divide", "load"], report


def test_without_the_right_no_fault_is_reached():
    with started("max") as machine:
        boot_up(machine)
        refused = machine.command("without modules provoke broken_divide")
        assert "still lives" in refused and "the right" in refused, refused
        assert "No module is loaded" in machine.command("modules")


@pytest.mark.parametrize("name", sorted(NOT_FOUND_AT_ONCE))
def test_the_checked_kernel_finds_what_was_written_to_freed_memory(name):
    """It is found when the memory is taken again, or when all that is kept back is looked at to be counted."""
    with started("max", CHECKED_DISK) as machine:
        boot(machine)
        machine.type(f"provoke {name}\rmem\rcanary\r")
        assert "was written after it had been given back" in report_of(machine)
