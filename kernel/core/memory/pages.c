/*
 * The pages of one address space: entries of its page tables. The note of a page table's frame
 * counts its entries, and a table without any goes back to the frames.
 */
#include "memory_private.h"

#include <abi/errors.h>
#include <kernel/sched.h>
#include <lib/string.h>

#define TABLE_FLAGS (PTE_PRESENT | PTE_WRITE | PTE_USER) /* the page's own entry decides */

int page_table_add(uint32_t *table)
{
    phys frame = frame_take_low_zeroed(FRAME_TABLE);

    if (!frame)
        return ERR_NO_MEMORY;
    *table = frame | TABLE_FLAGS;
    return 0;
}

/*
 * The directory forgets an empty table before the CPU does, and only then is the table's frame
 * free: the CPU may walk tables ahead of need.
 */
static void unmap(struct space *space, uint32_t *table, uint32_t address)
{
    uint32_t *entry = entry_in(*table, address);
    uint32_t old = *entry;
    phys table_frame = *table & PTE_FRAME;
    uint32_t left = frame_note(table_frame) - 1;

    *entry = 0;
    frame_set_note(table_frame, left);
    if (!left)
        *table = 0;
    arch_flush_page(address);
    if (!left)
        frame_give(table_frame);
    if (!(old & PTE_BORROWED)) {
        frame_give(old & PTE_FRAME);
        space->pages--;
    }
}

void pages_unmap(struct space *space, uint32_t start, uint32_t end, uint32_t *since_point)
{
    for (uint32_t address = start; address < end; address += PAGE_SIZE) {
        uint32_t *table = directory_entry(space, address);

        if (!*table) {
            address |= LARGE_PAGE - PAGE_SIZE; /* the last page that the table would have */
            continue;
        }
        if (!*entry_in(*table, address))
            continue;
        unmap(space, table, address);
        space_point(since_point);
    }
}

uint32_t space_entry(uint32_t address)
{
    struct space loaded = {.directory = arch_directory() & PTE_FRAME};
    const uint32_t *entry = address < USER_END ? page_entry(&loaded, address) : NULL;

    return entry ? *entry : 0;
}

void *space_open(const struct space *space, uint32_t address)
{
    const uint32_t *entry = page_entry(space, address);

    if (!entry || !(*entry & PTE_PRESENT))
        return NULL;
    return (char *)frame_open(*entry & PTE_FRAME) + (address & (PAGE_SIZE - 1));
}

bool space_user_page(uint32_t address, bool write)
{
    uint32_t needed = PTE_PRESENT | PTE_USER | (write ? PTE_WRITE : 0);

    return (space_entry(address) & needed) == needed;
}
