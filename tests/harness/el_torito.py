"""A CD image from which a BIOS starts a disk image as its hard disk 80h."""

BLOCK = 2048
SYSTEM_AREA = 16  # blocks
CATALOG = SYSTEM_AREA + 3
IMAGE = CATALOG + 1
HARD_DISK = 4  # kind of emulation


def descriptor(kind, data):
    return bytes([kind]) + b"CD001\x01" + data.ljust(BLOCK - 7, b"\0")


def catalog():
    """Validation entry, then the default entry [El Torito 2]."""
    validation = bytearray(b"\x01\0\0\0" + bytes(24) + b"\0\0\x55\xaa")
    words = [int.from_bytes(validation[at : at + 2], "little") for at in range(0, 32, 2)]
    validation[28:30] = (-sum(words) & 0xFFFF).to_bytes(2, "little")
    entry = bytes([0x88, HARD_DISK, 0, 0, 0x06, 0]) + (1).to_bytes(2, "little") + IMAGE.to_bytes(4, "little")
    return (bytes(validation) + entry).ljust(BLOCK, b"\0")


def write(disk, path):
    """Makes the CD image `path` of a disk image. What is zero takes no room."""
    size = disk.stat().st_size
    blocks = IMAGE + size // BLOCK
    with open(path, "wb") as out, open(disk, "rb") as source:
        out.seek(SYSTEM_AREA * BLOCK)
        both = blocks.to_bytes(4, "little") + blocks.to_bytes(4, "big")
        out.write(descriptor(1, bytes(73) + both))
        out.write(descriptor(0, b"EL TORITO SPECIFICATION".ljust(64, b"\0") + CATALOG.to_bytes(4, "little")))
        out.write(descriptor(255, b""))
        out.write(catalog())
        while piece := source.read(1 << 20):
            out.write(piece) if piece.strip(b"\0") else out.seek(len(piece), 1)
        out.truncate(blocks * BLOCK)
