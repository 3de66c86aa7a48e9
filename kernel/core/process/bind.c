/* Binds names to addresses: the relocations of a position-independent program, and of its library.
 */
#include "dynamic.h"

#include <abi/errors.h>
#include <kernel/debug.h>
#include <kernel/relocate.h>
#include <kernel/sched.h>
#include <lib/string.h>

#define RELOCATIONS_PER_POINT 4
#define WORD                  ((uint32_t)sizeof(uint32_t))

/* What the kernel's stub page offers. */
static const struct {
    const char *name;
    uint32_t address;
} stubs[] = {{"kernel_call", KERNEL_STUB_VA}};

struct binding {
    const struct image *image;
    const struct image *library; /* or NULL */
    const struct space *space;   /* NULL: only check */
};

static uint32_t address_of(const struct elf_symbol *symbol, uint32_t base)
{
    return symbol->section == ELF_ABSOLUTE ? symbol->value : base + symbol->value;
}

static bool find_stub(const char *name, uint32_t *address)
{
    for (uint32_t i = 0; i < sizeof(stubs) / sizeof(stubs[0]); i++)
        if (strcmp(stubs[i].name, name) == 0) {
            *address = stubs[i].address;
            return true;
        }
    return false;
}

/* A name that the image uses and somebody else defines. One that is weak may be missing. */
static int import(const struct binding *binding, const struct elf_symbol *symbol, uint32_t *address)
{
    const struct image *image = binding->image, *library = binding->library;
    struct elf_symbol found;
    char name[SYMBOL_NAME_MAX];

    if (!dynamic_name(image->file, &image->program->dynamic, symbol->name, name))
        return ERR_BAD_DYNAMIC;
    if (library && dynamic_find(library->file, &library->program->dynamic, name, &found)) {
        *address = address_of(&found, library->base);
        return 0;
    }
    *address = 0;
    if (find_stub(name, address) || ELF_SYMBOL_BINDING(symbol->info) == ELF_BINDING_WEAK)
        return 0;
    log_from_thread("%s uses %s, which is defined nowhere.", image->file->path, name);
    return ERR_UNDEFINED_SYMBOL;
}

static int resolve(const struct binding *binding, uint32_t index, uint32_t *address)
{
    const struct image *image = binding->image;
    const struct dynamic *dynamic = &image->program->dynamic;
    struct elf_symbol symbol;

    *address = 0;
    if (index == 0)
        return 0;
    if (index >= dynamic->symbol_count)
        return ERR_BAD_RELOCATION;
    dynamic_symbol(image->file, dynamic, index, &symbol);
    if (symbol.section == ELF_COMMON || ELF_SYMBOL_TYPE(symbol.info) == ELF_SYMBOL_TLS)
        return ERR_BAD_RELOCATION;
    if (symbol.section == ELF_UNDEFINED)
        return import(binding, &symbol, address);
    *address = address_of(&symbol, image->base);
    return 0;
}

/* Only what the program itself may write is written for it. */
static bool is_writable(const struct program *program, uint32_t address)
{
    for (uint32_t i = 0; i < program->segment_count; i++) {
        const struct program_segment *segment = &program->segments[i];

        if (segment->rights & ACCESS_WRITE && address >= segment->start &&
            segment->memory_size >= WORD && address - segment->start <= segment->memory_size - WORD)
            return true;
    }
    return false;
}

/* Reads or writes the word at an address of the program, which may lie across two pages. */
static void move_word(const struct space *space, uint32_t address, uint32_t *word, bool write)
{
    char *bytes = (char *)word;
    uint32_t piece;

    for (uint32_t done = 0; done < WORD; done += piece) {
        char *page = space_open(space, address + done);

        piece = PAGE_SIZE - (address + done) % PAGE_SIZE;
        if (piece > WORD - done)
            piece = WORD - done;
        if (write)
            memcpy(page, bytes + done, piece);
        else
            memcpy(bytes + done, page, piece);
        frame_close(page);
    }
}

static int relocate(const struct binding *binding, const struct elf_relocation *entry)
{
    const struct image *image = binding->image;
    struct relocation relocation = {
        .type = ELF_RELOCATION_TYPE(entry->info),
        .place = image->base + entry->offset,
        .base = image->base,
    };
    uint32_t value;
    int error = 0;

    if (relocation.type == RELOCATION_NONE)
        return 0;
    if (!is_writable(image->program, entry->offset))
        return ERR_BAD_RELOCATION;
    if (relocation_names(relocation.type))
        error = resolve(binding, ELF_RELOCATION_SYMBOL(entry->info), &relocation.symbol);
    if (error == 0 && binding->space)
        move_word(binding->space, relocation.place, &relocation.addend, false);
    if (error == 0)
        error = relocation_apply(&relocation, &value);
    if (error == 0 && binding->space)
        move_word(binding->space, relocation.place, &value, true);
    return error;
}

static int relocate_all(const struct binding *binding, const struct relocation_table *table)
{
    for (uint32_t i = 0; i < table->count; i++) {
        struct elf_relocation entry;
        int error;

        file_read(binding->image->file, table->offset + i * (uint32_t)sizeof(entry), &entry,
                  sizeof(entry));
        error = relocate(binding, &entry);
        if (error < 0)
            return error;
        if (i % RELOCATIONS_PER_POINT == RELOCATIONS_PER_POINT - 1)
            sched_preemption_point();
    }
    return 0;
}

int image_bind(const struct image *image, const struct image *library, const struct space *space)
{
    const struct binding binding = {image, library, space};
    const struct relocation_table *tables = image->program->dynamic.relocations;
    int error = relocate_all(&binding, &tables[0]);

    return error < 0 ? error : relocate_all(&binding, &tables[1]);
}
