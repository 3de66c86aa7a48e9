/*
 * Makes small position-independent ELF files: three segments (code, tables, data) of which every
 * part can be found again and spoilt.
 */
#ifndef FAKES_ELF_MAKER_H
#define FAKES_ELF_MAKER_H

#include <kernel/elf.h>
#include <stdbool.h>
#include <stdint.h>

/* Addresses in the file, which are its offsets too. */
enum {
    MAKER_ENTRY = 0x200,
    MAKER_TABLES = 0x1000,
    MAKER_DATA = 0x2000,
    MAKER_FILE_SIZE = 0x2200,  /* the data that the file holds ends here, */
    MAKER_MEMORY_END = 0x3800, /* and zeroed memory behind it here */
    MAKER_SEGMENTS = 4,        /* code, tables, data, dynamic */
    MAKER_SYMBOLS_MAX = 24,
    MAKER_RELOCATIONS_MAX = 24,
    MAKER_DYNAMIC_MAX = 24
};

struct maker {
    unsigned char *bytes; /* MAKER_FILE_SIZE of them */
    uint32_t names_size;
    uint32_t symbol_count, relocation_count, jump_count, dynamic_count;
};

/* Begins a file in `bytes`: header, segments, symbol 0. */
void maker_start(struct maker *maker, void *bytes);

/* Adds a name to the table, returns its offset. */
uint32_t maker_name(struct maker *maker, const char *name);

/* Adds a symbol of the section (ELF_UNDEFINED, ELF_ABSOLUTE or any other number), seen by others.
 * Returns its number. */
uint32_t maker_symbol(struct maker *maker, const char *name, uint32_t value, uint16_t section);

/* Adds a relocation of the word at `address`, among those to be done at once or those of calls. */
void maker_relocation(struct maker *maker, uint32_t type, uint32_t symbol, uint32_t address);
void maker_jump(struct maker *maker, uint32_t symbol, uint32_t address);

/* Adds an entry to the dynamic section. */
void maker_dynamic(struct maker *maker, uint32_t tag, uint32_t value);

/* Completes the hash table and the dynamic section. */
void maker_finish(struct maker *maker);

/* Parts of a finished file. A tag that is not there fails the test. */
struct elf_header *maker_header(struct maker *maker);
struct elf_segment *maker_segment(struct maker *maker, uint32_t index);
struct elf_symbol *maker_symbol_at(struct maker *maker, uint32_t index);
struct elf_relocation *maker_relocation_at(struct maker *maker, uint32_t index);
struct elf_dynamic *maker_tag(struct maker *maker, uint32_t tag);
uint32_t *maker_hash(struct maker *maker); /* counts, buckets, chains */
uint32_t *maker_word(struct maker *maker, uint32_t address);

#endif
