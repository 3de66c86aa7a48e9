/* The parts of an ELF32 file that Megha reads [ELF]. The names of relocations are in
 * kernel/relocate.h. */
#ifndef KERNEL_ELF_H
#define KERNEL_ELF_H

#include <stdint.h>

#define ELF_IDENT      "\177ELF\1\1\1" /* magic, 32-bit, little-endian, version 1 */
#define ELF_IDENT_SIZE 7

#define ELF_TYPE_OBJECT  1 /* relocatable: not linked yet */
#define ELF_TYPE_EXEC    2 /* linked for one address */
#define ELF_TYPE_DYNAMIC 3 /* runs at any address: a position-independent program, or a library */
#define ELF_MACHINE_386  3
#define ELF_VERSION      1

#define ELF_SEGMENT_LOAD        1
#define ELF_SEGMENT_DYNAMIC     2
#define ELF_SEGMENT_INTERPRETER 3
#define ELF_SEGMENT_NOTE        4

#define ELF_SECTION_UNUSED   0
#define ELF_SECTION_CONTENTS 1
#define ELF_SECTION_SYMBOLS  2
#define ELF_SECTION_NAMES    3
#define ELF_SECTION_RELA     4 /* relocations with addends, which this machine does not use */
#define ELF_SECTION_NOTE     7
#define ELF_SECTION_ZEROES   8 /* takes no room in the file */
#define ELF_SECTION_REL      9

#define ELF_SECTION_WRITE    1u /* flags */
#define ELF_SECTION_ALLOCATE 2u /* part of the program in memory */
#define ELF_SECTION_EXECUTE  4u
#define ELF_SECTION_MERGE    0x10u
#define ELF_SECTION_STRINGS  0x20u
#define ELF_SECTION_THREAD   0x400u /* variables of which each thread has its own */

/* The low four bits of a symbol's `info` say what it is, the others who sees it. */
#define ELF_SYMBOL_OBJECT        1
#define ELF_SYMBOL_FUNCTION      2
#define ELF_SYMBOL_TYPE(info)    (0xFu & (info))
#define ELF_SYMBOL_BINDING(info) ((uint32_t)(info) >> 4)
#define ELF_BINDING_LOCAL        0
#define ELF_BINDING_WEAK         2
#define ELF_BINDING_GLOBAL       1
#define ELF_SYMBOL_SECTION       3
#define ELF_SYMBOL_FILE          4
#define ELF_SYMBOL_TLS           6

/* A symbol's `section`, where it is no section's number. */
#define ELF_UNDEFINED 0
#define ELF_ABSOLUTE  0xFFF1 /* the value is no address in the file: the base is not added */
#define ELF_COMMON    0xFFF2 /* zeroed memory that nobody has placed; the value is its alignment */

/* Entries of the dynamic section [ELF 2-10]; a value is a number or an address in the file. */
enum elf_dynamic_tag {
    ELF_DYNAMIC_END = 0,
    ELF_DYNAMIC_NEEDED = 1, /* a library's name, as offset into the names */
    ELF_DYNAMIC_JUMPS_SIZE = 2,
    ELF_DYNAMIC_HASH = 4,
    ELF_DYNAMIC_NAMES = 5,
    ELF_DYNAMIC_SYMBOLS = 6,
    ELF_DYNAMIC_RELA = 7, /* relocations with addends, which this machine does not use */
    ELF_DYNAMIC_NAMES_SIZE = 10,
    ELF_DYNAMIC_SYMBOL_SIZE = 11,
    ELF_DYNAMIC_REL = 17,
    ELF_DYNAMIC_REL_SIZE = 18,
    ELF_DYNAMIC_REL_ENTRY = 19,
    ELF_DYNAMIC_JUMPS_KIND = 20, /* ELF_DYNAMIC_REL or ELF_DYNAMIC_RELA */
    ELF_DYNAMIC_TEXTREL = 22,    /* relocations in memory that is not writable */
    ELF_DYNAMIC_JUMPS = 23,      /* relocations that a lazy loader would leave for later */
    ELF_DYNAMIC_FLAGS = 30
};
#define ELF_FLAG_TEXTREL 4

struct elf_dynamic {
    uint32_t tag, value;
};

struct elf_relocation {
    uint32_t offset; /* address in the file, or offset in a section */
    uint32_t info;
};

#define ELF_RELOCATION_TYPE(info)   (0xFFu & (info))
#define ELF_RELOCATION_SYMBOL(info) ((info) >> 8)

/* At the start of a hash table [ELF 2-19]; buckets and chains follow, a word each. */
struct elf_hash {
    uint32_t bucket_count, chain_count; /* a chain word for each symbol */
};

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
_Static_assert(sizeof(struct elf_relocation) == 8, "[ELF] 1-21");
_Static_assert(sizeof(struct elf_dynamic) == 8, "[ELF] 2-10");

#endif
