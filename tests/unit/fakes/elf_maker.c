#include "elf_maker.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <abi/types.h>

#define BUCKETS 3u /* few, so that chains are long */

/* Addresses of the tables, each with room for its largest size. */
#define HASH        MAKER_TABLES
#define SYMBOLS     (HASH + 4 * (2 + BUCKETS + MAKER_SYMBOLS_MAX))
#define RELOCATIONS (SYMBOLS + MAKER_SYMBOLS_MAX * (uint32_t)sizeof(struct elf_symbol))
#define JUMPS       (RELOCATIONS + MAKER_RELOCATIONS_MAX * (uint32_t)sizeof(struct elf_relocation))
#define SECTIONS    (JUMPS + MAKER_RELOCATIONS_MAX * (uint32_t)sizeof(struct elf_relocation))
#define DYNAMIC     (SECTIONS + 2 * (uint32_t)sizeof(struct elf_section))
#define NAMES       (DYNAMIC + MAKER_DYNAMIC_MAX * (uint32_t)sizeof(struct elf_dynamic))
#define NAMES_ROOM  0x200u

_Static_assert(NAMES + NAMES_ROOM <= MAKER_DATA, "the tables reach into the data");

static void *at(struct maker *maker, uint32_t address)
{
    return maker->bytes + address;
}

static struct elf_segment segment(uint32_t address, uint32_t end, uint32_t memory_end,
                                  uint32_t rights)
{
    return (struct elf_segment){ELF_SEGMENT_LOAD,     address, address,  0, end - address,
                                memory_end - address, rights,  PAGE_SIZE};
}

void maker_start(struct maker *maker, void *bytes)
{
    struct elf_segment *segments;
    struct elf_header *header = bytes;

    *maker = (struct maker){.bytes = bytes, .names_size = 1, .symbol_count = 1};
    memset(bytes, 0, MAKER_FILE_SIZE);
    memcpy(header->ident, ELF_IDENT, ELF_IDENT_SIZE);
    header->type = ELF_TYPE_DYNAMIC;
    header->machine = ELF_MACHINE_386;
    header->version = ELF_VERSION;
    header->entry = MAKER_ENTRY;
    header->segments_offset = sizeof(*header);
    header->segment_size = sizeof(struct elf_segment);
    header->segment_count = MAKER_SEGMENTS;
    header->sections_offset = SECTIONS;
    header->section_size = sizeof(struct elf_section);
    header->section_count = 2;
    segments = at(maker, sizeof(*header));
    segments[0] = segment(0, MAKER_TABLES, MAKER_TABLES, ACCESS_READ | ACCESS_EXECUTE);
    segments[1] = segment(MAKER_TABLES, MAKER_DATA, MAKER_DATA, ACCESS_READ);
    segments[2] =
        segment(MAKER_DATA, MAKER_FILE_SIZE, MAKER_MEMORY_END, ACCESS_READ | ACCESS_WRITE);
    segments[3] = segment(DYNAMIC, DYNAMIC, DYNAMIC, ACCESS_READ);
    segments[3].type = ELF_SEGMENT_DYNAMIC;
}

uint32_t maker_name(struct maker *maker, const char *name)
{
    uint32_t where = maker->names_size;

    assert_true(where + strlen(name) < NAMES_ROOM);
    strcpy(at(maker, NAMES + where), name);
    maker->names_size += (uint32_t)strlen(name) + 1;
    return where;
}

uint32_t maker_symbol(struct maker *maker, const char *name, uint32_t value, uint16_t section)
{
    struct elf_symbol *symbol = maker_symbol_at(maker, maker->symbol_count);

    assert_true(maker->symbol_count < MAKER_SYMBOLS_MAX);
    *symbol = (struct elf_symbol){.name = maker_name(maker, name),
                                  .value = value,
                                  .info = 1 << 4 | ELF_SYMBOL_FUNCTION,
                                  .section = section};
    return maker->symbol_count++;
}

static void add_relocation(struct maker *maker, uint32_t table, uint32_t *count, uint32_t info,
                           uint32_t address)
{
    struct elf_relocation *entries = at(maker, table);

    assert_true(*count < MAKER_RELOCATIONS_MAX);
    entries[(*count)++] = (struct elf_relocation){address, info};
}

void maker_relocation(struct maker *maker, uint32_t type, uint32_t symbol, uint32_t address)
{
    add_relocation(maker, RELOCATIONS, &maker->relocation_count, symbol << 8 | type, address);
}

void maker_jump(struct maker *maker, uint32_t symbol, uint32_t address)
{
    add_relocation(maker, JUMPS, &maker->jump_count, symbol << 8 | 7, address);
}

void maker_dynamic(struct maker *maker, uint32_t tag, uint32_t value)
{
    struct elf_dynamic *entries = at(maker, DYNAMIC);

    assert_true(maker->dynamic_count < MAKER_DYNAMIC_MAX);
    entries[maker->dynamic_count++] = (struct elf_dynamic){tag, value};
}

/* [ELF 2-20], with the compiler's arithmetic of 64 bits */
static uint32_t hash_of(const char *name)
{
    uint64_t hash = 0;

    while (*name) {
        hash = (hash << 4) + (unsigned char)*name++;
        hash = (hash ^ (hash & 0xF0000000) >> 24) & ~0xF0000000ull & 0xFFFFFFFF;
    }
    return (uint32_t)hash;
}

static void make_hash(struct maker *maker)
{
    uint32_t *words = maker_hash(maker), *buckets = words + 2, *chains = buckets + BUCKETS;

    words[0] = BUCKETS;
    words[1] = maker->symbol_count;
    for (uint32_t i = 1; i < maker->symbol_count; i++) {
        const char *name = at(maker, NAMES + maker_symbol_at(maker, i)->name);
        uint32_t bucket = hash_of(name) % BUCKETS;

        chains[i] = buckets[bucket];
        buckets[bucket] = i;
    }
}

/* The symbol table stands in for .symtab as well. */
static void make_sections(struct maker *maker)
{
    struct elf_section *sections = at(maker, SECTIONS);

    sections[0] = (struct elf_section){.type = ELF_SECTION_SYMBOLS,
                                       .offset = SYMBOLS,
                                       .size = maker->symbol_count * 16,
                                       .link = 1};
    sections[1] = (struct elf_section){.type = 3, .offset = NAMES, .size = maker->names_size};
}

void maker_finish(struct maker *maker)
{
    struct elf_segment *dynamic = maker_segment(maker, 3);

    make_hash(maker);
    make_sections(maker);
    maker_dynamic(maker, ELF_DYNAMIC_HASH, HASH);
    maker_dynamic(maker, ELF_DYNAMIC_NAMES, NAMES);
    maker_dynamic(maker, ELF_DYNAMIC_NAMES_SIZE, maker->names_size);
    maker_dynamic(maker, ELF_DYNAMIC_SYMBOLS, SYMBOLS);
    maker_dynamic(maker, ELF_DYNAMIC_SYMBOL_SIZE, 16);
    maker_dynamic(maker, ELF_DYNAMIC_REL, RELOCATIONS);
    maker_dynamic(maker, ELF_DYNAMIC_REL_SIZE, maker->relocation_count * 8);
    maker_dynamic(maker, ELF_DYNAMIC_REL_ENTRY, 8);
    maker_dynamic(maker, ELF_DYNAMIC_JUMPS, JUMPS);
    maker_dynamic(maker, ELF_DYNAMIC_JUMPS_SIZE, maker->jump_count * 8);
    maker_dynamic(maker, ELF_DYNAMIC_JUMPS_KIND, ELF_DYNAMIC_REL);
    maker_dynamic(maker, ELF_DYNAMIC_END, 0);
    dynamic->file_size = dynamic->memory_size = maker->dynamic_count * 8;
}

struct elf_header *maker_header(struct maker *maker)
{
    return at(maker, 0);
}

struct elf_segment *maker_segment(struct maker *maker, uint32_t index)
{
    return (struct elf_segment *)at(maker, sizeof(struct elf_header)) + index;
}

struct elf_symbol *maker_symbol_at(struct maker *maker, uint32_t index)
{
    return (struct elf_symbol *)at(maker, SYMBOLS) + index;
}

struct elf_relocation *maker_relocation_at(struct maker *maker, uint32_t index)
{
    return (struct elf_relocation *)at(maker, RELOCATIONS) + index;
}

struct elf_dynamic *maker_tag(struct maker *maker, uint32_t tag)
{
    struct elf_dynamic *entries = at(maker, DYNAMIC);

    for (uint32_t i = 0; i < maker->dynamic_count; i++)
        if (entries[i].tag == tag)
            return &entries[i];
    fail_msg("the dynamic section has no entry %u", tag);
    return NULL;
}

uint32_t *maker_hash(struct maker *maker)
{
    return at(maker, HASH);
}

uint32_t *maker_word(struct maker *maker, uint32_t address)
{
    return at(maker, address);
}
