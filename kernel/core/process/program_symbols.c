/* Names of a program's functions, from the symbol table in its file. Used for fault reports: a
 * table that makes no sense gives no name. */
#include <kernel/debug.h>
#include <kernel/elf.h>
#include <kernel/program.h>
#include <kernel/sched.h>
#include <lib/string.h>

#define SYMBOLS_MAX       20000 /* looked at */
#define ENTRIES_PER_POINT 16

struct symbol_table {
    struct elf_section symbols;
    struct elf_section names;
};

static bool read_at(const struct file *file, uint32_t offset, void *to, uint32_t size)
{
    if (offset > file->size || size > file->size - offset)
        return false;
    file_read(file, offset, to, size);
    return true;
}

static bool read_section(const struct file *file, const struct elf_header *header, uint32_t index,
                         struct elf_section *section)
{
    return index < header->section_count && header->sections_offset <= file->size &&
           read_at(file, header->sections_offset + index * (uint32_t)sizeof(*section), section,
                   sizeof(*section));
}

/* A file may have many entries: others get a chance in between, but not while the kernel tells of
 * its own end. */
static void point_at(uint32_t entry)
{
    if (entry % ENTRIES_PER_POINT == ENTRIES_PER_POINT - 1 && !panic_has_begun())
        sched_preemption_point();
}

static bool find_table(const struct file *file, struct symbol_table *table)
{
    struct elf_header header;

    if (!read_at(file, 0, &header, sizeof(header)) ||
        header.section_size != sizeof(struct elf_section))
        return false;
    for (uint32_t i = 0; i < header.section_count; i++) {
        point_at(i);
        if (!read_section(file, &header, i, &table->symbols))
            return false;
        if (table->symbols.type == ELF_SECTION_SYMBOLS)
            return read_section(file, &header, table->symbols.link, &table->names);
    }
    return false;
}

/* The name runs to its end or as far as section, file and `room` reach. */
static bool read_name(const struct file *file, const struct elf_section *names, uint32_t at,
                      char *name, size_t room)
{
    size_t length = 0;

    while (length + 1 < room && at < names->size && names->offset <= file->size) {
        if (!read_at(file, names->offset + at, &name[length], 1) || name[length] == '\0')
            break;
        length++;
        at++;
    }
    name[length] = '\0';
    return length > 0;
}

/* A function holds the address when it begins at or before it and, where its size is known, ends
 * behind it. The nearest one wins. */
static bool is_better(const struct elf_symbol *symbol, uint32_t address, uint32_t best)
{
    if ((symbol->info & 0xF) != ELF_SYMBOL_FUNCTION || symbol->value > address)
        return false;
    if (symbol->size && address - symbol->value >= symbol->size)
        return false;
    return symbol->value >= best;
}

bool program_symbol(const struct file *file, uint32_t address, char *name, size_t room,
                    uint32_t *offset)
{
    struct symbol_table table;
    uint32_t best = 0;
    uint32_t best_name = 0;
    uint32_t count;

    if (!find_table(file, &table) || table.symbols.offset > file->size)
        return false;
    count = table.symbols.size / (uint32_t)sizeof(struct elf_symbol);
    if (count > SYMBOLS_MAX)
        count = SYMBOLS_MAX;
    for (uint32_t i = 0; i < count; i++) {
        struct elf_symbol symbol;

        point_at(i);
        if (!read_at(file, table.symbols.offset + i * (uint32_t)sizeof(symbol), &symbol,
                     sizeof(symbol)))
            return false;
        if (is_better(&symbol, address, best)) {
            best = symbol.value;
            best_name = symbol.name;
        }
    }
    *offset = address - best;
    return best != 0 && read_name(file, &table.names, best_name, name, room);
}
