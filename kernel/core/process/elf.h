/* The parts of an ELF32 file that Megha reads [ELF]. */
#ifndef PROCESS_ELF_H
#define PROCESS_ELF_H

#include <stdint.h>

#define ELF_IDENT      "\177ELF\1\1\1" /* magic, 32-bit, little-endian, version 1 */
#define ELF_IDENT_SIZE 7

#define ELF_TYPE_EXEC           2
#define ELF_MACHINE_386         3
#define ELF_VERSION             1
#define ELF_SEGMENT_LOAD        1
#define ELF_SEGMENT_DYNAMIC     2
#define ELF_SEGMENT_INTERPRETER 3
#define ELF_SEGMENT_NOTE        4
#define ELF_SECTION_SYMBOLS     2
#define ELF_SYMBOL_FUNCTION     2

struct elf_header {
    uint8_t ident[16];
    uint16_t type, machine;
    uint32_t version, entry;
    uint32_t segments_offset, sections_offset;
    uint32_t flags;
    uint16_t header_size;
    uint16_t segment_size, segment_count;
    uint16_t section_size, section_count;
    uint16_t names_index;
};

struct elf_segment {
    uint32_t type, offset, address, physical;
    uint32_t file_size, memory_size;
    uint32_t rights, align;
};

struct elf_note {
    uint32_t name_size, value_size, type; /* name and value follow, each padded to 4 bytes */
};

struct elf_section {
    uint32_t name, type, flags, address;
    uint32_t offset, size, link, info;
    uint32_t align, entry_size;
};

struct elf_symbol {
    uint32_t name, value, size;
    uint8_t info, other;
    uint16_t section;
};

_Static_assert(sizeof(struct elf_header) == 52, "[ELF] 1-3");
_Static_assert(sizeof(struct elf_segment) == 32, "[ELF] 2-1");
_Static_assert(sizeof(struct elf_section) == 40, "[ELF] 1-9");
_Static_assert(sizeof(struct elf_symbol) == 16, "[ELF] 1-16");

#endif
