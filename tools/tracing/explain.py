"""Explains in words what changes the machine itself: modes, control registers, tables, ports, interrupts."""

import re

CR0 = {0: ("PE", "protected mode"), 1: ("MP", "WAIT checks TS"), 2: ("EM", "x87 instructions fault"),
       3: ("TS", "the x87 registers belong to another task"), 5: ("NE", "x87 errors are exception 16"),
       16: ("WP", "read-only pages hold for the kernel too"), 18: ("AM", "alignment checks"),
       29: ("NW", "not write-through"), 30: ("CD", "the cache is off"), 31: ("PG", "paging")}  # fmt: skip
CR4 = {4: ("PSE", "4 MiB pages"), 7: ("PGE", "global pages"), 9: ("OSFXSR", "FXSAVE and SSE"),
       10: ("OSXMMEXCPT", "SSE errors are exception 19"), 20: ("SMEP", "the kernel runs no user pages"),
       21: ("SMAP", "the kernel reads no user pages by mistake")}  # fmt: skip
PORTS = {0x20: "interrupt controller 1", 0x21: "interrupt controller 1, mask", 0xA0: "interrupt controller 2",
         0xA1: "interrupt controller 2, mask", 0x40: "timer, channel 0", 0x42: "timer, channel 2",
         0x43: "timer, command", 0x60: "keyboard data", 0x61: "system port B", 0x64: "keyboard controller",
         0x70: "CMOS index", 0x71: "CMOS data", 0x80: "POST code", 0x92: "system port A (A20)", 0x3D4: "VGA index",
         0x3D5: "VGA register", 0xCF8: "PCI address", 0xCFC: "PCI data", 0x402: "debug port",
         **{0x3F8 + at: f"serial port, {name}" for at, name in enumerate(
             ("data", "interrupts", "FIFO", "line", "modem", "line status", "modem status", "scratch"))}}  # fmt: skip
VECTORS = {0x0E: "page fault", 0x0D: "general protection fault", 0x08: "double fault", 0x07: "no x87 unit",
           0x20: "timer interrupt (IRQ 0)", 0x21: "keyboard interrupt (IRQ 1)", 0x24: "serial interrupt (IRQ 4)",
           0x27: "spurious interrupt (IRQ 7)", 0x80: "system call"}  # fmt: skip
SIZES = {"8": 1, "16": 2, "32": 4}
NAMES = ("eax", "ebx", "ecx", "edx", "esp", "ebp", "esi", "edi", "eip", "eflags")
SELECTOR = re.compile(r"^(?:mov|pop) ([c-gs]s)\b")


def bits(old, new, names):
    """`PG on (paging), TS off` for what differs."""
    said = []
    for bit, (name, meaning) in names.items():
        if (old ^ new) >> bit & 1:
            said.append(f"{name} on: {meaning}" if new >> bit & 1 else f"{name} off")
    return "; ".join(said) or "no change"


def segment(name, found):
    """`DS = 0010: base 0, 4 GiB` from the hidden part of a segment register."""
    selector, high, low = found
    base = low >> 16 | (high & 0xFF) << 16 | high & 0xFF000000
    limit = low & 0xFFFF | high & 0xF0000
    if high >> 23 & 1:
        limit = limit << 12 | 0xFFF
    size = "4 GiB" if limit == 0xFFFFFFFF else f"{(limit + 1) // 1024} KiB"
    kind = "code" if high >> 11 & 1 else "data"
    width = " 32-bit" if high >> 22 & 1 else " 16-bit"
    return f"{name.upper()} = {selector:04x}:{width if kind == 'code' else ''} {kind} from {base:#x}, {size}"


class Explainer:
    """Knows what the control registers held before."""

    def __init__(self, control):
        self.control = dict(control)

    def note(self, instruction, before, after, dump, following):
        """A sentence about one step, or nothing. following: the instruction that is executed next."""
        text = instruction.text
        if match := re.match(r"mov cr([034]), (e\w\w)", text):
            return self.control_register(int(match[1]), before[NAMES.index(match[2])])
        if match := re.match(r"(l[gi]dt|ltr|lldt)", text):
            return self.table(match[1], dump)
        if match := SELECTOR.match(text):
            found = dump and dump.segments.get(match[1])
            return segment(match[1], found) if found else None
        if text.startswith(("jmpf", "iret", "retf", "sysexit")) and following and following.cs != instruction.cs:
            return self.new_code_segment(instruction, following, dump)
        if match := re.match(r"(in|out) ", text):
            return self.port(text, before, after)
        return self.plain(instruction, before)

    def control_register(self, number, value):
        old = self.control.get(number, 0)
        self.control[number] = value
        if number == 3:
            same = " (again: forgets what the CPU has cached of it)" if value == old else ""
            return f"CR3 = {value:#010x}: the page directory lies there{same}"
        text = bits(old, value, CR0 if number == 0 else CR4)
        if number == 0 and (old ^ value) & 1:
            text += "; the next far jump loads CS anew"
        return f"CR{number} = {value:#010x}: {text}"

    def table(self, name, dump):
        if not dump:
            return None
        if name in ("lgdt", "lidt"):
            base, limit = dump.tables.get(f"{name[1]}dtr", (0, 0))
            if name == "lgdt":
                return f"GDT at {base:#x}, {limit + 1} bytes: {(limit + 1) // 8} descriptors of 8 bytes"
            kind = "real-mode vectors of 4 bytes" if limit == 0x3FF and base == 0 else "gates of 8 bytes"
            return f"IDT at {base:#x}: {(limit + 1) // (4 if kind[0] == 'r' else 8)} {kind}"
        selector = dump.segments.get("tr", (0, 0, 0))[0]
        return f"TR = {selector:04x}: the task state segment, which tells the stack of ring 0"

    def new_code_segment(self, instruction, following, dump):
        found = dump and dump.segments.get("cs")
        text = segment("cs", found) if found and self.control.get(0, 0) & 1 else f"CS = {following.cs:04x}"
        if self.control.get(0, 0) & 1:
            ring = following.cs & 3
            return f"{text}; ring {ring}" + (": a program runs" if ring == 3 and instruction.cs & 3 == 0 else "")
        return f"{text}: real mode"

    def port(self, text, before, after):
        match = re.match(r"(in|out) (\w+), (\w+)", text)
        if not match:
            return None
        reading = match[1] == "in"
        where, data = (match[3], match[2]) if reading else (match[2], match[3])
        port = before[3] & 0xFFFF if where == "dx" else int(where, 16)
        values = after if reading else before
        size = {"al": 0xFF, "ax": 0xFFFF}.get(data, 0xFFFFFFFF)
        value = values[0] & size if values else 0
        verb = "reads" if reading else "writes"
        return f"{verb} {value:#04x} {'from' if reading else 'to'} port {port:#x}, {PORTS.get(port, 'a device')}"

    def plain(self, instruction, before):
        words = {"cli": "interrupts off", "sti": "interrupts on", "cld": "strings go up",
                 "hlt": "waits for an interrupt", "cpuid": "asks what CPU this is",
                 "rdtsc": "reads the time stamp counter",
                 "sysenter": "system call, the fast way"}  # fmt: skip
        if instruction.mnemonic in words:
            return words[instruction.mnemonic]
        if instruction.text == "int 0x80":
            return f"system call {before[0]}"
        if instruction.text.startswith("invlpg"):
            return "forgets one page that the CPU has cached"
        return None


def interrupt(vector):
    return VECTORS.get(vector, f"interrupt {vector:#04x}" if vector is not None else "interrupt")
