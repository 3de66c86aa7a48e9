/*
 * Pages of linked kernel modules. Their page tables exist since the boot and are part of every
 * address space, so a module is there for all at once. There is an unmapped page before and behind
 * each block: it shows where the block begins and ends, and an overrun faults there.
 */
#include "memory_private.h"

#include <kernel/debug.h>
#include <lib/string.h>

static uint32_t area_pages;

void module_pages_start(uint32_t tables)
{
    area_pages = tables * PAGE_ENTRIES;
}

/* The first of `pages` unmapped pages between two unmapped ones; 0 where there are none. */
static uint32_t find_gap(uint32_t pages)
{
    uint32_t unmapped = 0;

    if (pages == 0 || pages > area_pages)
        return 0;
    for (uint32_t i = 0; i < area_pages; i++) {
        unmapped = *kernel_entry(MODULE_AREA + i * PAGE_SIZE) ? 0 : unmapped + 1;
        if (unmapped >= pages + 2)
            return MODULE_AREA + (i - pages) * PAGE_SIZE;
    }
    return 0;
}

/* Up to the unmapped page behind them. */
static void unmap(uint32_t address)
{
    uint32_t *entry;

    for (; *(entry = kernel_entry(address)); address += PAGE_SIZE) {
        uint32_t old = *entry;

        *entry = 0;
        arch_flush_page(address);
        if (!(old & PTE_BORROWED))
            frame_give(old & PTE_FRAME);
    }
}

uint32_t module_pages_take(uint32_t pages)
{
    uint32_t address = find_gap(pages);

    if (!address)
        return 0;
    for (uint32_t i = 0; i < pages; i++) {
        phys frame = frame_take(FRAME_MODULE);

        if (!frame) {
            unmap(address);
            return 0;
        }
        *kernel_entry(address + i * PAGE_SIZE) =
            frame | PTE_PRESENT | PTE_WRITE | arch_global_page();
        memset(address_to_pointer(address + i * PAGE_SIZE), 0, PAGE_SIZE);
    }
    return address;
}

void module_pages_protect(uint32_t address, uint32_t pages)
{
    for (uint32_t i = 0; i < pages; i++) {
        *kernel_entry(address + i * PAGE_SIZE) &= ~PTE_WRITE;
        arch_flush_page(address + i * PAGE_SIZE);
    }
}

uint32_t module_pages_show(phys start, uint32_t size)
{
    uint32_t pages = size / PAGE_SIZE + (size % PAGE_SIZE != 0);
    uint32_t address = find_gap(pages);

    for (uint32_t i = 0; address && i < pages; i++)
        *kernel_entry(address + i * PAGE_SIZE) =
            (start + i * PAGE_SIZE) | PTE_PRESENT | PTE_BORROWED | arch_global_page();
    return address;
}

void module_pages_give(uint32_t address)
{
    uint32_t offset = address - MODULE_AREA;

    if (offset % PAGE_SIZE != 0 || offset == 0 || offset / PAGE_SIZE >= area_pages ||
        !*kernel_entry(address) || *kernel_entry(address - PAGE_SIZE))
        panic("The kernel gave back a module's pages at 0x%08x, where none begin.", address);
    unmap(address);
}
