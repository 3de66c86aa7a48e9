"""The commands that look inside the machine say what Bochs' debugger says, which reads the machine itself."""

import re

import pytest

from harness.bochs import Bochs
from harness.places import DISK, symbols
from harness.qemu import Qemu
from harness.road import boot

KERNEL_BASE = 0xC0000000
GATES = {"interrupt": "32-Bit Interrupt Gate", "trap gate": "32-Bit Trap Gate", "task gate": "Task Gate"}
SCREEN_WIDTH = 80


class Looker:
    """A shell in Bochs: gives what a command prints, and what the debugger says while the shell carries it out."""

    def __init__(self, machine):
        self.machine = machine

    def look(self, command, *questions):
        machine = self.machine
        machine.interrupt()
        machine.debug('lb "syscall_machine_read"')
        machine.go()
        machine.type(command + "\r")
        machine.wait_stopped()
        answers = [machine.debug(question) for question in questions]
        number = re.findall(r"^ *(\d+) lbreakpoint", machine.debug("info break"), re.MULTILINE)[-1]
        machine.debug(f"d {number}")
        machine.go()
        return [machine.wait_for_prompt().partition("\n")[2], *answers]


@pytest.fixture(scope="module")
def looker():
    with Bochs(DISK) as machine:
        machine.load_symbols()
        machine.go()
        boot(machine)
        yield Looker(machine)


def test_gdt_is_what_bochs_reads(looker):
    printed, told, registers = looker.look("gdt", "info gdt", "sreg")
    base, limit = re.search(r"gdtr:base=0x0*([0-9a-f]{8}), limit=0x([0-9a-f]+)", registers).groups()
    assert f"lies at 0x{base.upper()} and has {(int(limit, 16) + 1) // 8} entries" in printed
    rows = re.findall(r"(?m)^0x([0-9A-F]{2}) ([0-9A-F]{8}) ([0-9A-F]{8})  (?:([0-9A-F]{8})-([0-9A-F]{8}) )?(.*)$",
                      printed)  # fmt: skip
    entries = re.findall(r"(?i)gdt\[0x00([0-9a-f]{2})\]=(.*)", told)
    assert [int(row[0], 16) for row in rows] == [int(entry[0], 16) for entry in entries]
    for (_, high, low, start, end, words), (selector, text) in zip(rows, entries):
        if "???" in text or "null entry" in text:
            assert words.startswith("empty") and int(high, 16) == int(low, 16) == 0
            continue
        place = re.search(r"(?:base=|at )0x([0-9a-f]+), (?:limit=|length )0x([0-9a-f]+)", text)
        assert int(start, 16) == int(place[1], 16), (selector, text, words)
        assert int(end, 16) == int(place[1], 16) + int(place[2], 16), (selector, text, words)
        assert ("task state segment" in words) == ("TSS" in text)
        for kind in ("Code", "Data"):
            assert words.startswith(kind.lower()) == text.startswith(kind), (words, text)
        assert ("in use" in words) == ("Busy" in text) and ("writable" in words) == ("Read/Write" in text)
        assert (words.endswith(" used")) == ("Accessed" in text), (words, text)


def test_idt_is_what_bochs_reads(looker):
    printed, told = looker.look("idt", "info idt")
    rows = re.findall(r"(?m)^0x([0-9A-F]{2})  (interrupt|trap gate|task gate) +0x([0-9A-F]{4})"
                      r"(?::0x([0-9A-F]{8}))? +(\d) ", printed)  # fmt: skip
    gates = {int(vector, 16): text for vector, text in re.findall(r"IDT\[0x([0-9a-f]+)\]=(.*)", told)}
    assert len(rows) > 30
    for vector, kind, selector, offset, ring in rows:
        text = gates[int(vector, 16)]
        target = f"target=0x{selector}:0x{(offset or '0').lower().zfill(8)}".lower()
        assert text.startswith(GATES[kind]) and target in text.lower() and f"DPL={ring}" in text, (vector, text)
    silent = {number for number, text in gates.items() if "???" in text or "descriptor hi" in text}
    assert silent.isdisjoint(int(row[0], 16) for row in rows)
    assert re.search(r"0x80  interrupt .* 3     system calls", printed)


def test_tss_is_what_bochs_reads(looker):
    printed, told = looker.look("tss", "info tss")
    assert re.search(r"TR holds the selector 0x28", printed) and "tr:s=0x28" in told
    ss0, esp0 = re.search(r"ss:esp\(0\): 0x([0-9a-f]+):0x([0-9a-f]+)", told).groups()
    assert re.search(rf"SS0 +0x0000{ss0}\b", printed, re.IGNORECASE)
    assert re.search(rf"ESP0 +0x{esp0}\b", printed, re.IGNORECASE)
    assert re.search(rf"EIP +0x{symbols()['double_fault_entry']:08X}", printed)


@pytest.mark.parametrize("address", ["0xC0100000", "0xC0119000", "0x00400000", "0xBFFFE000", "0xF4001000", "0xF4000000",
                                     "0x00000000", "0xFFFFF000", "0xC0000123"])  # fmt: skip
def test_pages_walks_as_bochs_does(address, looker):
    printed, told = looker.look(f"pages {address}", f"page {address}")
    assert re.search(r"CR3 0x[0-9A-F]{8}  where the page directory of the shell lies", printed), printed
    for name in ("PDE", "PTE"):
        ours, theirs = (re.search(form, text) for form, text in
                        ((rf"{name} 0x([0-9A-F]{{8}})", printed), (rf"{name}: 0x0*([0-9a-f]{{8}})", told)))  # fmt: skip
        if ours is None and name == "PTE":
            assert theirs is None
            continue
        # Looking uses pages: the accessed bit may come in between.
        assert int(ours[1], 16) | 0x20 == int(theirs[1], 16) | 0x20, (printed, told)
        present = "P     1" in printed.partition(name)[2].partition("\n")[2].splitlines()[0]
        assert present == (int(theirs[1], 16) & 1)
    physical = re.search(r"maps to physical page 0x([0-9a-f]+)", told)
    linear = re.search(r"Linear 0x[0-9A-F]{8} is physical 0x([0-9A-F]{8})", printed)
    assert (physical is None) == (linear is None), (printed, told)
    if physical:
        assert int(linear[1], 16) == int(physical[1], 16) + int(address, 16) % 4096


def merged(runs):
    """Runs of (virtual start, end, physical start), those side by side in both as one."""
    joined = []
    for start, end, physical in runs:
        if joined and joined[-1][1] + 1 == start and joined[-1][2] + start - joined[-1][0] == physical:
            joined[-1] = (joined[-1][0], end, joined[-1][2])
        else:
            joined.append((start, end, physical))
    return joined


def test_pages_alone_lists_what_bochs_finds_mapped(looker):
    printed, told = looker.look("pages", "info tab")
    ours = re.findall(r"(?m)^0x([0-9A-F]{8})-0x([0-9A-F]{8})  0x([0-9A-F]{8})-", printed)
    theirs = re.findall(r"0x0*([0-9a-f]{8})-0x0*([0-9a-f]{8}) -> 0x0*([0-9a-f]{8})-", told)
    kernels = [merged(run for run in ([int(value, 16) for value in row] for row in rows) if run[0] >= KERNEL_BASE)
               for rows in (ours, theirs)]  # fmt: skip
    assert kernels[0] == kernels[1] and len(kernels[0]) > 3
    assert re.search(r"0xC0100000-0xC01[0-9A-F]{2}FFF  .*  ring 0  read\n", printed), "the kernel's text is read-only"


def test_stacks_lists_the_stack_that_the_cpu_stands_on(looker):
    printed, told = looker.look("stacks", "r")
    esp = int(re.search(r"rsp: 0*([0-9a-f]+)_?([0-9a-f]+)", told.replace("_", ""))[0].split(":")[1], 16)
    rows = re.findall(r"(?m)^0x([0-9A-F]{8})  0x([0-9A-F]{8}) +\d+ +(\S+)  (.*)$", printed)
    whose = [name for low, top, _, name in rows if int(low, 16) <= esp < int(top, 16)]
    assert len(whose) == 1 and whose[0].startswith("shell (pid 2)"), printed
    assert {name.partition(":")[0] for _, _, _, name in rows if "pid" not in name} == {
        "idle", "work", "boot", "double fault", "SYSENTER"}  # fmt: skip


@pytest.fixture(scope="module")
def shell():
    with Qemu(DISK) as machine:
        boot(machine)
        yield machine


def test_memmap_covers_what_the_firmware_told(shell):
    rows = re.findall(r"(?m)^0x([0-9A-F]+)-0x([0-9A-F]+) +\d+ KiB  (.*)$", shell.command("memmap"))
    starts = [int(start, 16) for start, _, _ in rows]
    assert starts == sorted(starts) and starts[0] == 0
    kernel = [(int(start, 16), int(end, 16)) for start, end, what in rows if what.startswith("the kernel")]
    assert len(kernel) == 1 and kernel[0][0] == 0x100000


def test_pages_of_another_process_and_wrong_arguments(shell):
    assert "Linear 0x00400000 is physical" in shell.command("pages 0x400000 1")
    assert "there is no process 999" in shell.command("pages 0x400000 999")
    for wrong in ("x", "0x", "400000 x", "400000 -1", "400000 1 2"):
        assert "type pages ADDRESS" in shell.command(f"pages {wrong}"), wrong


@pytest.mark.parametrize("pid", [1, 2])
def test_pages_tells_where_the_directory_of_a_process_lies(shell, pid):
    """The entries that it shows stand there in RAM, as a debugger would read them by physical address."""
    told = shell.command(f"pages 0x400000 {pid}")
    directory = int(re.search(rf"CR3 0x([0-9A-F]{{8}})  where the page directory of process {pid} lies", told)[1], 16)
    entry = int(re.search(r"PDE 0x([0-9A-F]{8})", told)[1], 16)
    assert int.from_bytes(shell.memory(directory + 4, 4), "little") | 0x20 == entry | 0x20


def test_lines_fit_the_screen(shell):
    shell.command("crash jump")
    for command in ("gdt", "idt", "tss", "memmap", "stacks", "pages", "pages 0xC0100000", "pages 0x400000", "why"):
        for line in shell.command(command).splitlines():
            assert len(line) <= SCREEN_WIDTH, (command, line)


def test_why_tells_of_the_last_fault():
    with Qemu(DISK) as machine:
        boot(machine)
        assert machine.command("why") == "No program has failed since the machine was started.\n"
        pid = re.search(r"\(pid (\d+)\)", machine.command("crash null"))[1]
        told = machine.command("why")
        assert told.startswith(f"crash (pid {pid}), thread ")
        assert "meaning: read of what a NULL pointer points to\n" in told
        names = re.sub(r" +0x[0-9A-F]{8} (\w+)\+0x[0-9a-f]+\n", r"\1\n", told)
        assert "it happened in\nmain\n  called from\nruntime_start\n_start\n" in names, told
        machine.command("crash write")
        assert "meaning: write to the program's code, which is read-only\n" in machine.command("why")
        machine.command("overflow")
        told = machine.command("why")
        assert "meaning: stack overflow" in told and "more callers are the same place again" in told
