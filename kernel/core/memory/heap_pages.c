/*
 * The heap's blocks of more than a page. They lie behind the windows of frame_open, in the page
 * table that these have anyway, and may use any frames. There is an unmapped page before and behind
 * each block: it shows where the block begins and ends, and an overrun faults there.
 */
#include "memory_private.h"

#define AREA_PAGES ((WINDOW_AREA_END - HEAP_PAGES_AREA) / PAGE_SIZE)

/* The first of `pages` unmapped pages between two unmapped ones; 0 where there are none. */
static uint32_t find_gap(uint32_t pages)
{
    const uint32_t *entries = kernel_entry(HEAP_PAGES_AREA);
    uint32_t unmapped = 0;

    for (uint32_t i = 0; i < AREA_PAGES; i++) {
        unmapped = entries[i] ? 0 : unmapped + 1;
        if (unmapped >= pages + 2)
            return HEAP_PAGES_AREA + (i - pages) * PAGE_SIZE;
    }
    return 0;
}

/* Unmaps from `address` on what is mapped, and returns how many pages that were. */
static uint32_t unmap(uint32_t address)
{
    uint32_t *entry = kernel_entry(address);
    uint32_t pages = 0;

    for (; entry[pages]; pages++) {
        phys frame = entry[pages] & PTE_FRAME;

        entry[pages] = 0;
        arch_flush_page(address + pages * PAGE_SIZE);
        frame_give(frame);
    }
    return pages;
}

void *heap_pages_take(uint32_t pages)
{
    uint32_t address = find_gap(pages);
    uint32_t *entry = kernel_entry(address);

    if (!address)
        return NULL;
    for (uint32_t i = 0; i < pages; i++) {
        phys frame = frame_take(FRAME_HEAP);

        if (!frame) {
            unmap(address);
            return NULL;
        }
        entry[i] = frame | PTE_PRESENT | PTE_WRITE | arch_global_page();
    }
    return address_to_pointer(address);
}

uint32_t heap_pages_give(uint32_t address)
{
    bool begins = address % PAGE_SIZE == 0 && address > HEAP_PAGES_AREA &&
                  address < WINDOW_AREA_END && !kernel_entry(address)[-1];

    return begins ? unmap(address) : 0;
}
