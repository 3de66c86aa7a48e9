/*
 * Windows on frames that the direct map does not reach. They are a small stack: who opens one while
 * another is open closes it first. A closed window is unmapped, so that a forgotten pointer faults.
 */
#include "memory_private.h"

#include <kernel/debug.h>
#include <kernel/export.h>
#include <lib/string.h>

static uint32_t opened_count;

static uint32_t window_address(uint32_t window)
{
    return WINDOW_AREA + 2 * window * PAGE_SIZE;
}

void *window_open(phys frame)
{
    uint32_t address;

    if (opened_count == WINDOWS)
        panic("The kernel opened more than %u frames at a time.", WINDOWS);
    address = window_address(opened_count);
    *kernel_entry(address) = frame | PTE_PRESENT | PTE_WRITE;
    opened_count++;
    arch_atomic++;
    return address_to_pointer(address);
}
KERNEL_EXPORT(window_open);

void window_close(void *opened)
{
    uint32_t address = pointer_to_address(opened) & PTE_FRAME;

    if (!opened_count || window_address(opened_count - 1) != address)
        panic("The kernel closed the window at 0x%08x, which is not the last opened.", address);
    opened_count--;
    arch_atomic--;
    *kernel_entry(address) = 0;
    arch_flush_page(address);
}
KERNEL_EXPORT(window_close);

void *frame_open_zeroed(phys frame)
{
    void *page = frame_open(frame);

    zero_dwords(page, PAGE_SIZE / 4);
    return page;
}
