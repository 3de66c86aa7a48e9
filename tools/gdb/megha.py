"""Teaches gdb the modes of a PC on Megha's way from the boot record to programs. Used by `./build.sh gdb` and VS Code.

After every stop gdb disassembles as the CPU decodes: 16-bit code in real mode, 32-bit code behind the far jump. The
symbols of loader and kernel are there from the start, those of programs and modules come when they are loaded. New
commands:

    over            one instruction; CALL and INT as one, in real mode too (where `nexti` cannot)
    step-line       to the next source line, over CALL and INT; the same in every mode
    stop-at WHERE   goes on to a milestone, symbol, file:line, address, or program:symbol
    program NAME    the symbols of a program, for breakpoints before it runs
"""

import os
import pathlib
import re
import sys
import tempfile

import gdb

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(TOP / "tools"), str(TOP / "tools/gdb")]

import modules  # noqa: E402
import where  # noqa: E402

CR0_PE, CR0_PG = 1, 1 << 31
CODE16 = 0x18  # the loader's selector of 16-bit protected mode
KERNEL_BASE = 0xC0000000
NAME_OFFSET, BASES_OFFSET = 32, 32 + 32 + 512  # in struct process_info (include/abi/types.h)
CALLS = re.compile(r"^(data16 |data32 |addr32 |rep\w* )*(l?call\w?|int) ")
REPEATED = re.compile(r"^rep\w* ")


def layout(name):
    """A number of include/abi/layout.h."""
    text = (TOP / "include/abi/layout.h").read_text(encoding="utf-8")
    return int(re.search(rf"#define {name}\s+(0x\w+)", text)[1], 16)


PROCESS_INFO = layout("PROCESS_INFO_VA")


def register(name):
    return int(gdb.parse_and_eval(f"(unsigned long)${name}"))


def bits16():
    """Whether the CPU decodes 16-bit code. Between setting CR0.PE and the far jump it still does."""
    cr0, cs = register("cr0"), register("cs")
    return not cr0 & CR0_PE or not cr0 & CR0_PG and (cs < 8 or cs == CODE16)


def linear_pc():
    """The address of the next instruction, with the base of CS in real mode."""
    real = not register("cr0") & CR0_PE
    return register("eip") + (register("cs") << 4 if real else 0)


def read(address, size):
    return bytes(gdb.selected_inferior().read_memory(address, size))


class Modes:
    """Switches gdb between 16-bit and 32-bit code, by a description of the target with another architecture in it."""

    def __init__(self):
        self.bits = 32
        self.file = None

    def description16(self):
        if not self.file:
            xml = gdb.execute("maintenance print xml-tdesc", to_string=True)
            xml = re.sub(r"<architecture>[^<]*</architecture>", "<architecture>i8086</architecture>", xml)
            with tempfile.NamedTemporaryFile("w", prefix="megha-", suffix=".xml", delete=False) as out:
                out.write(xml)
            self.file = out.name
        return self.file

    def follow(self):
        wanted = 16 if bits16() else 32
        if wanted == self.bits:
            return
        self.bits = wanted
        if wanted == 16:
            gdb.execute(f"set tdesc filename {self.description16()}", to_string=True)
            gdb.execute("set architecture i8086", to_string=True)
        else:
            gdb.execute("unset tdesc filename", to_string=True)
            gdb.execute("set architecture i386", to_string=True)

    def close(self):
        if self.file:
            os.unlink(self.file)


class Programs:
    """The symbols of the program whose address space is loaded."""

    def __init__(self):
        self.loaded = None

    @staticmethod
    def current():
        """(name, base, base of the library) of the running process; None when there is none."""
        if not register("cr0") & CR0_PG:
            return None
        try:
            page = read(PROCESS_INFO, BASES_OFFSET + 8)
        except gdb.MemoryError:
            return None
        name = page[NAME_OFFSET : NAME_OFFSET + 32].split(b"\0")[0].decode(errors="replace")
        base, library = (int.from_bytes(page[at : at + 4], "little") for at in (BASES_OFFSET, BASES_OFFSET + 4))
        return os.path.basename(name), base, library

    def load(self, name, base=0, library=0):
        if self.loaded == (name, base, library) or name not in where.programs():
            return
        self.unload()
        gdb.execute(f'add-symbol-file "{where.programs()[name].path}" -o {base:#x}', to_string=True)
        if library:
            gdb.execute(f'add-symbol-file "{where.BUILD}/library/libmegha.so.elf" -o {library:#x}', to_string=True)
        self.loaded = (name, base, library)

    def unload(self):
        if not self.loaded:
            return
        for file in gdb.objfiles():
            if pathlib.Path(file.filename).stem in (self.loaded[0], "libmegha.so"):
                gdb.execute(f'remove-symbol-file "{file.filename}"', to_string=True)
        self.loaded = None

    def follow(self):
        if register("eip") < KERNEL_BASE and (found := self.current()):
            self.load(*found)


modes, known_programs, known_modules = Modes(), Programs(), modules.Modules()


def stopped(_event):
    modes.follow()
    known_programs.follow()
    if register("cr0") & CR0_PG:
        known_modules.follow()


class Running(gdb.Function):
    """$running("hello"): whether that program's address space is loaded; for conditions of breakpoints."""

    def __init__(self):
        super().__init__("running")

    def invoke(self, name):
        found = Programs.current()
        return bool(found) and found[0] == name.string()


def go_to(address, condition=None):
    """Goes on to an address. QEMU keeps its breakpoints by address: nothing needs to lie there yet."""
    point = gdb.Breakpoint(f"*{address:#x}", gdb.BP_HARDWARE_BREAKPOINT, internal=True)
    point.silent = True
    if condition:
        point.condition = condition
    try:
        gdb.execute("continue", to_string=True)
    finally:
        if point.is_valid():
            point.delete()


def instruction():
    """(address, text, length) of the next instruction."""
    found = gdb.selected_inferior().architecture().disassemble(linear_pc())[0]
    text = re.sub(r"\s+", " ", found["asm"]) + " "
    return found["addr"], text, found["length"]


def step_over():
    address, text, length = instruction()
    if CALLS.match(text) or REPEATED.match(text):
        go_to(address + length)
    else:
        gdb.execute("stepi", to_string=True)


def line_here():
    place = gdb.find_pc_line(linear_pc())
    return place.symtab and (place.symtab.filename, place.line)


def show():
    gdb.execute("frame")


class Command(gdb.Command):
    def __init__(self, name, completer=gdb.COMPLETE_NONE):
        super().__init__(name, gdb.COMMAND_RUNNING, completer)


class Over(Command):
    """One instruction; CALL, INT and repeated string instructions count as one, in real mode too."""

    def invoke(self, argument, from_tty):
        for _ in range(int(argument or 1)):
            step_over()
        gdb.execute("x/i $pc" if not bits16() else f"x/i {linear_pc():#x}")


class StepLine(Command):
    """To the next source line, over CALL and INT, in every mode. `step-line N` does it N times."""

    def invoke(self, argument, from_tty):
        for _ in range(int(argument or 1)):
            before = line_here()
            step_over()
            while line_here() in (before, None):
                step_over()
        show()


class StopAt(Command):
    """Goes on to a milestone, symbol, file:line, address, or program:symbol."""

    def invoke(self, argument, from_tty):
        try:
            place = where.find(argument.strip())
        except where.Unknown as unknown:
            raise gdb.GdbError(str(unknown)) from None
        start(place.address, place.program)


class Program(Command):
    """Loads the symbols of a program, so that breakpoints can be set before it runs."""

    def invoke(self, argument, from_tty):
        name = argument.strip()
        if name not in where.programs():
            raise gdb.GdbError(f"no program '{name}'; there are: {' '.join(where.programs())}")
        known_programs.load(name)


def find_base(program):
    """Goes to where the kernel enters a position-independent program, and returns what its addresses count from."""
    go_to(where.find_symbol("arch_enter_program").address, f'$running("{program}")')
    found = Programs.current()
    if not found or found[0] != program:
        raise gdb.GdbError(f"the machine stopped before {program} was started")
    known_programs.load(*found)
    return found[1]


def start(address, program=None):
    """Goes to the place and shows it. Of programs several share the address: the name decides."""
    if program and where.programs()[program].movable:
        address += find_base(program)
    go_to(address, f'$running("{program}")' if program else None)
    if linear_pc() != address:
        raise gdb.GdbError(f"the machine stopped at {linear_pc():#x}, before it came to {address:#x}")
    show()


class Connect(Command):
    """Connects to the socket or host:port of QEMU."""

    def invoke(self, argument, from_tty):
        gdb.execute(f"target remote {argument}", to_string=True)


class Start(Command):
    """The same as stop-at, with a number for the address; what `./build.sh gdb` begins with."""

    def invoke(self, argument, from_tty):
        address, *program = argument.split()
        start(int(address, 0), *program)


def load_symbols():
    kernel, *loader = reversed(where.stages().values())
    gdb.execute(f'file "{kernel.path}"', to_string=True)
    for part in loader:
        gdb.execute(f'add-symbol-file "{part.path}"', to_string=True)


def main():
    for setting in ("confirm off", "pagination off", "disassembly-flavor intel", "breakpoint pending off",
                    f'substitute-path . "{TOP}"', "print finish off", "backtrace past-main on"):  # fmt: skip
        gdb.execute(f"set {setting}", to_string=True)
    gdb.execute(f'directory "{TOP}"', to_string=True)
    load_symbols()
    names = {"over": Over, "step-line": StepLine, "stop-at": StopAt, "program": Program, "connect": Connect,
             "megha-start": Start}  # fmt: skip
    for name, command in names.items():
        command(name)
    Running()
    gdb.events.stop.connect(stopped)
    if hasattr(gdb.events, "gdb_exiting"):
        gdb.events.gdb_exiting.connect(lambda _event: modes.close())


main()
