"""What a call of the BIOS asks for and what it answers, in words."""

CARRY = 1
SERVICES = {
    (0x10, 0x00): "set the video mode {al:02X}h",
    (0x10, 0x01): "set the cursor's shape",
    (0x10, 0x03): "where is the cursor?",
    (0x10, 0x0E): "show the character {character}",
    (0x10, 0x0F): "which video mode?",
    (0x11, None): "which equipment is there?",
    (0x12, None): "how much conventional memory?",
    (0x13, 0x00): "reset drive {dl:02X}h",
    (0x13, 0x02): "read {al} sectors of drive {dl:02X}h, cylinder {cylinder} head {dh} sector {sector}",
    (0x13, 0x08): "the geometry of drive {dl:02X}h?",
    (0x13, 0x41): "can drive {dl:02X}h be read by sector number?",
    (0x13, 0x42): "read drive {dl:02X}h: LBA {lba} count {count} to {segment:04x}:{offset:04x}",
    (0x13, 0x48): "the parameters of drive {dl:02X}h?",
    (0x15, 0x24): "address line A20: {al:02X}h",
    (0x15, 0x88): "how much memory above 1 MiB?",
    (0x15, 0xE8): "the memory map, piece {ebx}",
    (0x16, 0x00): "wait for a key",
    (0x16, 0x01): "is there a key?",
    (0x1A, 0x00): "how late is it?",
}
KINDS = {1: "RAM", 2: "reserved", 3: "ACPI tables", 4: "ACPI storage", 5: "bad"}
INTERRUPTS = {0x08: "the timer (IRQ 0)", 0x09: "the keyboard (IRQ 1)", 0x0C: "the serial port (IRQ 4)",
              0x0E: "IRQ 6", 0x1C: "the timer's tick", 0x76: "the disk (IRQ 14)"}  # fmt: skip


def fields(registers, memory):
    """Parts of the registers, and of the packet at DS:SI, by the names that SERVICES uses."""
    eax, ebx, ecx, edx = registers[:4]
    packet = memory[0] if memory else b""
    number = int.from_bytes
    return {
        "al": eax & 0xFF, "dl": edx & 0xFF, "dh": edx >> 8 & 0xFF, "ebx": ebx, "sector": ecx & 0x3F,
        "cylinder": ecx >> 8 & 0xFF | (ecx & 0xC0) << 2, "character": ascii(chr(eax & 0xFF)),
        "count": number(packet[2:4], "little"), "offset": number(packet[4:6], "little"),
        "segment": number(packet[6:8], "little"), "lba": number(packet[8:16], "little"),
    }  # fmt: skip


def asked(vector, registers, memory):
    """`INT 13h AH=42h: read drive 80h: LBA 1 count 8 to 0000:8000`."""
    high = registers[0] >> 8 & 0xFF
    name = f"INT {vector:02X}h"
    if (vector, None) in SERVICES:
        return f"{name}: {SERVICES[vector, None]}"
    by_ax = (vector, high) in ((0x15, 0xE8), (0x15, 0x24))
    name += f" AX={registers[0] & 0xFFFF:04X}h" if by_ax else f" AH={high:02X}h"
    text = SERVICES.get((vector, high))
    if (vector, registers[0] & 0xFFFF) == (0x15, 0xE801):
        text = "how much memory, below and above 16 MiB?"
    return f"{name}: {text.format(**fields(registers, memory))}" if text else name


def entry_of_map(memory):
    start, length = (int.from_bytes(memory[1][at : at + 8], "little") for at in (0, 8))
    kind = int.from_bytes(memory[1][16:20], "little")
    return start, start + length, KINDS.get(kind, f"type {kind}")


def answered(vector, before, after, memory):
    """`ok`, `failed, status 0C`, or what the answer says."""
    eax, ebx, ecx, edx = after[:4]
    service = before[0] & 0xFFFF
    if after[9] & CARRY and vector in (0x13, 0x15):
        return f"failed, AH = {eax >> 8 & 0xFF:02X}h"
    if vector == 0x12:
        return f"{eax & 0xFFFF} KiB"
    if vector == 0x10 and service >> 8 == 0x0F:
        return f"mode {eax & 0x7F:02X}h, {eax >> 8 & 0xFF} columns"
    if vector == 0x13 and service >> 8 == 0x41:
        return f"yes, BX = {ebx & 0xFFFF:04X}h, interfaces {ecx & 0xFFFF:04X}h"
    if vector == 0x13 and service >> 8 == 0x08:
        return f"{(edx >> 8 & 0xFF) + 1} heads, {ecx & 0x3F} sectors a track"
    if service == 0xE820 and vector == 0x15 and len(memory) > 1:
        start, end, kind = entry_of_map(memory)
        return f"{start:#x} to {end:#x} {kind}" + ("" if ebx else "; the last")
    if vector == 0x15 and service == 0x2402:
        return f"A20 is {'on' if eax & 0xFF else 'off'}"
    return "ok"
