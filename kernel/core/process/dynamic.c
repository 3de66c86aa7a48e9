/*
 * What a position-independent file tells the dynamic loader: its tables of names, symbols and
 * relocations [ELF 2-9]. Everything is read from the file, where no program can change it.
 */
#include "dynamic.h"

#include <abi/errors.h>
#include <kernel/debug.h>
#include <kernel/elf.h>
#include <kernel/relocate.h>
#include <kernel/sched.h>
#include <lib/string.h>

#define ENTRIES_MAX 256 /* of a dynamic section */
#define TAGS        32  /* those that matter are below */

#define STEPS_PER_POINT 8 /* along a chain of symbols */

/* The values of the tags; a bit of `there` for each. */
struct tags {
    uint32_t there;
    uint32_t values[TAGS];
};

#define HAS(tags, tag) ((tags)->there & 1u << (tag))

/* Where [address, address + size) of the program lies in the file; it has to be in one segment. */
static int locate(const struct program *program, uint32_t address, uint32_t size, uint32_t *offset)
{
    for (uint32_t i = 0; i < program->segment_count; i++) {
        const struct program_segment *segment = &program->segments[i];
        uint32_t at = address - segment->start;

        if (address >= segment->start && at <= segment->file_size &&
            size <= segment->file_size - at) {
            *offset = segment->file_offset + at;
            return 0;
        }
    }
    return ERR_BAD_DYNAMIC;
}

/* Reads the entry with that number; false behind the last one. */
static bool read_entry(const struct file *file, const struct elf_segment *segment, uint32_t number,
                       struct elf_dynamic *entry)
{
    uint32_t at = number * (uint32_t)sizeof(*entry);

    if (number >= ENTRIES_MAX || at + sizeof(*entry) > segment->file_size)
        return false;
    file_read(file, segment->offset + at, entry, sizeof(*entry));
    return entry->tag != ELF_DYNAMIC_END;
}

static void read_tags(const struct file *file, const struct elf_segment *segment, struct tags *tags)
{
    struct elf_dynamic entry;

    memset(tags, 0, sizeof(*tags));
    for (uint32_t i = 0; read_entry(file, segment, i, &entry); i++) {
        if (entry.tag >= TAGS)
            continue;
        tags->there |= 1u << entry.tag;
        tags->values[entry.tag] = entry.value;
    }
}

/* What is there has to be of the kinds that are read here. */
static int check_kinds(const struct tags *tags)
{
    if (HAS(tags, ELF_DYNAMIC_TEXTREL) || HAS(tags, ELF_DYNAMIC_RELA) ||
        tags->values[ELF_DYNAMIC_FLAGS] & ELF_FLAG_TEXTREL)
        return ERR_BAD_RELOCATION;
    if (HAS(tags, ELF_DYNAMIC_JUMPS_KIND) &&
        tags->values[ELF_DYNAMIC_JUMPS_KIND] != ELF_DYNAMIC_REL)
        return ERR_BAD_RELOCATION;
    if (HAS(tags, ELF_DYNAMIC_REL_ENTRY) &&
        tags->values[ELF_DYNAMIC_REL_ENTRY] != sizeof(struct elf_relocation))
        return ERR_BAD_RELOCATION;
    if (HAS(tags, ELF_DYNAMIC_SYMBOL_SIZE) &&
        tags->values[ELF_DYNAMIC_SYMBOL_SIZE] != sizeof(struct elf_symbol))
        return ERR_BAD_DYNAMIC;
    return 0;
}

/* The hash table also tells how many symbols there are. */
static int locate_symbols(const struct file *file, const struct tags *tags, struct program *program)
{
    struct dynamic *dynamic = &program->dynamic;
    uint32_t address = tags->values[ELF_DYNAMIC_HASH];
    struct elf_hash hash;
    int error = locate(program, address, sizeof(hash), &dynamic->buckets);

    if (error < 0)
        return error;
    file_read(file, dynamic->buckets, &hash, sizeof(hash));
    if (hash.bucket_count == 0 || hash.bucket_count > file->size / sizeof(uint32_t) ||
        hash.chain_count > file->size / sizeof(struct elf_symbol))
        return ERR_BAD_DYNAMIC;
    dynamic->bucket_count = hash.bucket_count;
    dynamic->symbol_count = hash.chain_count;
    error = locate(program, address + (uint32_t)sizeof(hash),
                   (hash.bucket_count + hash.chain_count) * (uint32_t)sizeof(uint32_t),
                   &dynamic->buckets);
    if (error < 0)
        return error;
    return locate(program, tags->values[ELF_DYNAMIC_SYMBOLS],
                  hash.chain_count * (uint32_t)sizeof(struct elf_symbol), &dynamic->symbols);
}

static int locate_relocations(const struct tags *tags, const struct program *program,
                              enum elf_dynamic_tag where, enum elf_dynamic_tag size,
                              struct relocation_table *table)
{
    uint32_t bytes = tags->values[size];

    if (!HAS(tags, where) || bytes == 0)
        return 0;
    if (bytes % sizeof(struct elf_relocation))
        return ERR_BAD_DYNAMIC;
    table->count = bytes / (uint32_t)sizeof(struct elf_relocation);
    return locate(program, tags->values[where], bytes, &table->offset);
}

/* There is one library that a program can need. */
static int check_needed(const struct file *file, const struct elf_segment *segment,
                        struct dynamic *dynamic)
{
    struct elf_dynamic entry;

    for (uint32_t i = 0; read_entry(file, segment, i, &entry); i++) {
        char name[SYMBOL_NAME_MAX];

        if (entry.tag != ELF_DYNAMIC_NEEDED)
            continue;
        if (!dynamic_name(file, dynamic, entry.value, name))
            return ERR_BAD_DYNAMIC;
        if (strcmp(name, LIBRARY_NAME) != 0) {
            log_from_thread("%s needs the library %s, but %s is the only one.", file->path, name,
                            LIBRARY_NAME);
            return ERR_NO_LIBRARY;
        }
        dynamic->needs_library = true;
    }
    return 0;
}

int dynamic_read(const struct file *file, const struct elf_segment *segment,
                 struct program *program)
{
    struct dynamic *dynamic = &program->dynamic;
    struct tags tags;
    int error;

    read_tags(file, segment, &tags);
    if (!HAS(&tags, ELF_DYNAMIC_HASH) || !HAS(&tags, ELF_DYNAMIC_NAMES) ||
        !HAS(&tags, ELF_DYNAMIC_SYMBOLS))
        return ERR_BAD_DYNAMIC;
    dynamic->names_size = tags.values[ELF_DYNAMIC_NAMES_SIZE];
    error = locate(program, tags.values[ELF_DYNAMIC_NAMES], dynamic->names_size, &dynamic->names);
    if (error == 0)
        error = check_kinds(&tags);
    if (error == 0)
        error = locate_symbols(file, &tags, program);
    if (error == 0)
        error = locate_relocations(&tags, program, ELF_DYNAMIC_REL, ELF_DYNAMIC_REL_SIZE,
                                   &dynamic->relocations[0]);
    if (error == 0)
        error = locate_relocations(&tags, program, ELF_DYNAMIC_JUMPS, ELF_DYNAMIC_JUMPS_SIZE,
                                   &dynamic->relocations[1]);
    return error < 0 ? error : check_needed(file, segment, dynamic);
}

bool dynamic_name(const struct file *file, const struct dynamic *dynamic, uint32_t at, char *name)
{
    uint32_t room = SYMBOL_NAME_MAX;

    if (at >= dynamic->names_size)
        return false;
    if (room > dynamic->names_size - at)
        room = dynamic->names_size - at;
    file_read(file, dynamic->names + at, name, room);
    return memchr(name, '\0', room) != NULL;
}

void dynamic_symbol(const struct file *file, const struct dynamic *dynamic, uint32_t index,
                    struct elf_symbol *symbol)
{
    file_read(file, dynamic->symbols + index * (uint32_t)sizeof(*symbol), symbol, sizeof(*symbol));
}

/* [ELF 2-20] */
static uint32_t hash_name(const char *name)
{
    uint32_t hash = 0;

    for (; *name; name++) {
        hash = (hash << 4) + (unsigned char)*name;
        hash ^= hash >> 24 & 0xF0;
        hash &= 0x0FFFFFFF;
    }
    return hash;
}

/* Buckets, and behind them the chains: each word is the number of a symbol, 0 for none. */
static uint32_t hash_word(const struct file *file, const struct dynamic *dynamic, uint32_t number)
{
    uint32_t word;

    file_read(file, dynamic->buckets + number * (uint32_t)sizeof(word), &word, sizeof(word));
    return word;
}

static bool is_exported(const struct elf_symbol *symbol)
{
    return symbol->section != ELF_UNDEFINED && symbol->section != ELF_COMMON &&
           ELF_SYMBOL_TYPE(symbol->info) != ELF_SYMBOL_TLS &&
           ELF_SYMBOL_BINDING(symbol->info) != ELF_BINDING_LOCAL;
}

bool dynamic_find(const struct file *file, const struct dynamic *dynamic, const char *wanted,
                  struct elf_symbol *symbol)
{
    uint32_t index = hash_word(file, dynamic, hash_name(wanted) % dynamic->bucket_count);

    /* A chain that runs in a circle has no more steps than there are symbols. */
    for (uint32_t i = 0; i < dynamic->symbol_count; i++) {
        char name[SYMBOL_NAME_MAX];

        if (index == 0 || index >= dynamic->symbol_count)
            return false;
        dynamic_symbol(file, dynamic, index, symbol);
        if (is_exported(symbol) && dynamic_name(file, dynamic, symbol->name, name) &&
            strcmp(name, wanted) == 0)
            return true;
        index = hash_word(file, dynamic, dynamic->bucket_count + index);
        if (i % STEPS_PER_POINT == STEPS_PER_POINT - 1)
            sched_preemption_point();
    }
    return false;
}
