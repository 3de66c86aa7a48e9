/*
 * The file of a linked module: an ELF32 relocatable object [ELF]. Nothing here knows the kernel: it
 * reads one piece of memory and fills another, and is tested on the host.
 *
 *     object_check     says whether every word of the file that matters can be trusted
 *     object_copy      lays sections, symbols and names out
 *     object_resolve   gives every symbol its address
 *     object_relocate  makes the code fit to where it lies
 */
#ifndef OBJECT_H
#define OBJECT_H

#include <kernel/elf.h>
#include <kernel/export.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of an entry of exports and calls in the file: a word and a name. */
#define OBJECT_EXPORT_SIZE (4 + EXPORT_NAME_MAX)

#define OBJECT_SECTIONS_MAX 64
#define OBJECT_SYMBOLS_MAX  2048
#define OBJECT_NAMES_MAX    0x10000  /* bytes of all names */
#define OBJECT_SIZE_MAX     0x100000 /* bytes in memory */

#define OBJECT_COMPLAINT_MAX 192
#define OBJECT_NAME_SHOWN    "%.40s" /* of a name from the file, in a complaint */

/* Entries of one kind, all in one section. */
struct object_list {
    uint32_t offset; /* in the file */
    uint32_t place;  /* in memory */
    uint32_t count;
};

struct object {
    const uint8_t *file;
    uint32_t size;
    const struct elf_section *sections;
    uint32_t section_count;
    const char *section_names;
    uint32_t section_names_size;
    uint32_t symbol_section;
    const struct elf_symbol *symbols;
    uint32_t symbol_count;
    const char *names;
    uint32_t names_size;
    const struct module_description *description;
    struct object_list needs, exports, calls;
    uint32_t init, exit; /* symbols; 0 where there is none */

    /* In memory, offsets from the first byte: code and constants, the symbols and their names, and
     * from `data` on, which begins a page, variables. */
    uint32_t places[OBJECT_SECTIONS_MAX];
    uint32_t symbols_place, names_place;
    uint32_t data;
    uint32_t common; /* where the COMMON symbols begin */
    uint32_t end;    /* whole pages */

    /* Which part of the file is at fault, and what helps; "" where the error alone says it. */
    char complaint[OBJECT_COMPLAINT_MAX];
};

/*
 * Checks the file, which is 4-byte aligned, completely, and plans where everything goes. ERR_EMPTY,
 * ERR_NOT_MODULE, ERR_TRUNCATED, ERR_BAD_SECTION, ERR_BAD_SYMBOL, ERR_BAD_RELOCATION,
 * ERR_WRONG_VERSION, ERR_LIMIT. Other threads may run.
 */
int object_check(const void *file, uint32_t size, struct object *object);

/* For the rest, `memory` is zeroed, has object->end bytes, and will run at `address`. Other threads
 * may run in each of them. */
void object_copy(const struct object *object, uint8_t *memory);

/* Finds a name that the module does not define: its address goes to `value`. ERR_UNDEFINED_SYMBOL,
 * which is no fault where the symbol is weak, and others. */
typedef int object_find(void *context, const char *name, bool weak, uint32_t *value);

/* Writes addresses into the values of the symbols in `memory`. Other threads may run. Errors of
 * `find`, but for weak symbols, which are 0 where nobody defines them. */
int object_resolve(const struct object *object, uint8_t *memory, uint32_t address,
                   object_find *find, void *context);

/* Makes the code fit to `address`. Other threads may run. ERR_BAD_RELOCATION; ERR_BAD_SYMBOL where
 * an entry of exports or calls is no function of the module. */
int object_relocate(struct object *object, uint8_t *memory, uint32_t address);

/* Parts of object_check, in the order that it calls them. */
int object_check_sections(struct object *object);
int object_plan(struct object *object);
/* In those that go through symbols, relocations and names, other threads may run. */
int object_check_symbols(struct object *object);
int object_check_relocations(struct object *object);
int object_check_lists(struct object *object);

/* Keeps the complaint, in which what is not printable becomes '?', and returns the error. */
int object_refuse(struct object *object, int error, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* For complaints. A symbol without a name is called by its section's. */
const char *object_section_name(const struct object *object, const struct elf_section *section);
const char *object_symbol_name(const struct object *object, const struct elf_symbol *symbol);

/* True where the section is a part of the module in memory. Compilers mark notes as such, for
 * loaders that read them. */
static inline bool object_in_memory(const struct elf_section *section)
{
    return (section->flags & ELF_SECTION_ALLOCATE) != 0 && section->type != ELF_SECTION_NOTE;
}

/* Takes the place of the next COMMON symbol, which is aligned to its value. */
static inline uint32_t object_common(uint32_t *end, const struct elf_symbol *symbol)
{
    uint32_t at = (*end + symbol->value - 1) & ~(symbol->value - 1);

    *end = at + symbol->size;
    return at;
}

/* The section that the symbol is defined in, or NULL: it is undefined, or absolute. */
static inline const struct elf_section *object_section_of(const struct object *object,
                                                          const struct elf_symbol *symbol)
{
    return symbol->section == ELF_UNDEFINED || symbol->section >= object->section_count
               ? NULL
               : &object->sections[symbol->section];
}

#endif
