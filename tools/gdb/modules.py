"""The symbols of linked kernel modules, at the addresses where the kernel has placed their sections.

The kernel keeps a list of its modules, each with its symbol table, whose values are addresses by then. What a symbol's
value is in memory less what it is in the file is the address of its section.
"""

import struct

import gdb

import where

FOLDERS = ("modules", "test-modules")
SYMBOL = struct.Struct("<IIIBBH")  # [ELF] name, value, size, info, other, section
LOADED_MAX = 256


def elf_tables(data):
    """([section names], [(value, section number)]) of a 32-bit ELF file."""
    (start,) = struct.unpack_from("<I", data, 32)
    size, count, names = struct.unpack_from("<HHH", data, 46)
    headers = [struct.unpack_from("<10I", data, start + at * size) for at in range(count)]
    text = headers[names][4]
    titles = [data[text + h[0] : data.index(b"\0", text + h[0])].decode() for h in headers]
    table = next(header for header in headers if header[1] == 2)  # [ELF] SHT_SYMTAB
    symbols = [SYMBOL.unpack_from(data, at) for at in range(table[4], table[4] + table[5], SYMBOL.size)]
    return titles, [(value, section) for _, value, _, _, _, section in symbols]


def section_addresses(data, values):
    """{section: address}, from the values that the file's symbols have in memory."""
    titles, symbols = elf_tables(data)
    found = {}
    for (value, section), there in zip(symbols, values):
        if 0 < section < len(titles):
            found[titles[section]] = there - value
    return found


class Modules:
    """Keeps gdb's symbols in step with the modules that are loaded."""

    def __init__(self):
        self.loaded = {}  # (address, file's name): address of its functions

    @staticmethod
    def present():
        """{(address, file's name): values of its symbols} of the kernel's list. Modules may have other names."""
        head, found = gdb.parse_and_eval("&modules"), {}
        link, kind = head["next"], gdb.lookup_type("struct module").pointer()
        for _ in range(LOADED_MAX):
            if int(link) in (int(head), 0):
                break
            module = link.cast(kind)  # its link is its first part
            address, count = int(module["address"]), int(module["symbol_count"])
            if address and count:
                table = bytes(gdb.selected_inferior().read_memory(int(module["symbols"]), count * SYMBOL.size))
                values = [SYMBOL.unpack_from(table, at * SYMBOL.size)[1] for at in range(count)]
                found[address, module["file"]["path"].string().rpartition("/")[2]] = values
            link = link["next"]
        return found

    def follow(self):
        try:
            present = self.present()
        except (gdb.error, gdb.MemoryError):  # the kernel is not that far
            return
        for gone in self.loaded.keys() - present.keys():
            gdb.execute(f"remove-symbol-file -a {self.loaded.pop(gone):#x}", to_string=True)
        for module, values in present.items():
            if module not in self.loaded and (file := self.file(module[1])):
                if text := self.load(file, values):
                    self.loaded[module] = text

    @staticmethod
    def file(name):
        paths = [where.BUILD / folder / f"{name}.elf" for folder in FOLDERS]
        return next((path for path in paths if path.exists()), None)

    @staticmethod
    def load(file, values):
        """Returns where its functions are."""
        places = section_addresses(file.with_suffix("").read_bytes(), values)
        text = places.pop(".text", None)
        others = "".join(f" -s {name} {address:#x}" for name, address in places.items())
        if text is not None:
            gdb.execute(f'add-symbol-file "{file}" {text:#x}{others}', to_string=True)
        return text
