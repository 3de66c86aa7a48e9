/* Names of the kernel's functions, from the table that tools/kernel_symbols.py makes. */
#include "state.h"

#include <lib/format.h>

#define SYMBOL_MAX 80 /* a longer name of a module's function is cut */

struct symbol {
    uint32_t address;
    uint32_t name; /* from the end of the entries on */
};

struct symbol_table {
    uint32_t count;
    struct symbol symbols[]; /* sorted by address; the names follow, each with its end */
};

/* Weak: the kernel's first link, which tells the addresses, has none. */
extern const struct symbol_table symbol_table __attribute__((weak));

static const char *find_in_kernel(uint32_t address, uint32_t *offset)
{
    const struct symbol_table *table = &symbol_table;
    uint32_t low = 0;
    uint32_t high, text_start, text_end;

    arch_kernel_text(&text_start, &text_end);
    if (table == NULL || table->count == 0 || address < table->symbols[0].address ||
        address >= text_end)
        return NULL;
    /* symbols[low] is at or below the address; symbols[high] is above it or behind the end. */
    high = table->count;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;

        if (table->symbols[middle].address <= address)
            low = middle;
        else
            high = middle;
    }
    *offset = address - table->symbols[low].address;
    return (const char *)&table->symbols[table->count] + table->symbols[low].name;
}

const char *symbol_find(uint32_t address, uint32_t *offset)
{
    static char outside[SYMBOL_MAX];
    const char *name = find_in_kernel(address, offset);

    if (name == NULL && debug_now.find_symbol != NULL &&
        debug_now.find_symbol(address, outside, sizeof(outside), offset))
        name = outside;
    return name;
}

void symbol_describe(uint32_t address, char *text, size_t room)
{
    uint32_t offset;
    const char *name = symbol_find(address, &offset);

    if (name != NULL)
        (void)format_text(text, room, "%s+0x%x", name, (unsigned)offset);
    else
        (void)format_text(text, room, "0x%08X", (unsigned)address);
}
