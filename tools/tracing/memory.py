"""What lies where in physical memory, and from which milestone on; the numbers are those of include/boot/layout.h."""

import re

import where

# name of the number where it starts (or the number), name for the reader, milestone from which on it is there
REGIONS = [
    (0, "interrupt vectors and BIOS data", 10), ("REAL_STACK_BOTTOM", "real-mode stack", 10),
    ("STAGE1_BASE", "stage 1, the boot record", 10), ("STAGE1_END", "unused", 0),
    ("STAGE2_FIRST_BASE", "stage 2, 16-bit part", 12), ("STAGE2_FIRST_END", "unused", 0),
    ("STAGE2_REST_BASE", "stage 2, C", 22), ("BOUNCE_BASE", "buffer of disk reads", 26),
    ("FAT_BASE", "file allocation table", 40), ("BOOT_INFO_BASE", "boot_info, for the kernel", 24),
    ("DIRECTORY_BASE", "directory", 40), ("STAGE2_STACK_LIMIT", "protected-mode stack", 22),
    ("STAGE2_STACK_TOP", "free", 0), (0x9FC00, "BIOS data", 10), (0xA0000, "screen memory (text at 0xB8000)", 10),
    (0xC0000, "BIOS, read-only", 10), ("KERNEL_LOAD", "kernel.bin and its variables", 40),
    ("KERNEL_END", "programs and free memory", 42), (0x4000000, None, 0),
]  # fmt: skip


def number(name, text):
    if isinstance(name, int):
        return name
    value = re.search(rf"(?m)^#define {name}\s+(.+?)(?:\s*/\*.*)?$", text)[1]
    hexadecimal = re.sub(r"0x[0-9A-Fa-f]+", lambda match: str(int(match[0], 16)), value)
    for other in set(re.findall(r"[A-Z]\w+", hexadecimal)):
        hexadecimal = re.sub(rf"\b{other}\b", str(number(other, text)), hexadecimal)
    # Sums and products of numbers are all that can be left.
    return int(eval(hexadecimal, {"__builtins__": {}}))


def regions():
    """[[start, end, name, milestone]], from low to high."""
    text = (where.TOP / "include/boot/layout.h").read_text(encoding="utf-8")
    known = {
        "STAGE1_END": number("STAGE1_BASE", text) + number("SECTOR_SIZE", text),
        "STAGE2_FIRST_END": number("STAGE2_FIRST_BASE", text) + number("STAGE2_FIRST_SIZE", text),
    }
    kernel = {name: address for address, name in where.stages()["kernel"].symbols}
    known["KERNEL_END"] = kernel["kernel_image_end"] & 0x3FFFFFFF
    starts = [(known[name] if name in known else number(name, text), title, since) for name, title, since in REGIONS]
    return [[start, end, title, since] for (start, title, since), (end, _, _) in zip(starts, starts[1:])]
