/* Names of the kernel's functions, from the table that tools/kernel_symbols.py makes. */
#include "state.h"

#include <lib/format.h>
#include <lib/string.h>

#define SYMBOL_MAX 80 /* a longer name of a module's function is cut */

/* Small rather than fast: only reports look for names. */
struct symbol_table {
    uint32_t count;
    uint32_t addresses[]; /* sorted; the names follow in the same order, each with its end */
};

/* Weak: the kernel's first link, which tells the addresses, has none. */
extern const struct symbol_table symbol_table __attribute__((weak));

static const char *name_at(const struct symbol_table *table, uint32_t index)
{
    const char *name = (const char *)&table->addresses[table->count];

    while (index--)
        name += strlen(name) + 1;
    return name;
}

static const char *find_in_kernel(uint32_t address, uint32_t *offset)
{
    const struct symbol_table *table = &symbol_table;
    uint32_t low = 0;
    uint32_t high;

    if (table == NULL || table->count == 0 || address < table->addresses[0] ||
        address >= arch_kernel_constants())
        return NULL;
    /* addresses[low] is at or below the address; addresses[high] is above it or behind the end. */
    high = table->count;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;

        if (table->addresses[middle] <= address)
            low = middle;
        else
            high = middle;
    }
    *offset = address - table->addresses[low];
    return name_at(table, low);
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
