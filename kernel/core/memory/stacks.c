/*
 * Kernel stacks. Their area is cut into slots: an unmapped page, then the pages of a stack; the
 * next slot's unmapped page, or the area's end, lies above. A free slot keeps the number of the
 * next free one in the entry of its unmapped page, which the CPU does not read.
 */
#include "memory_private.h"

#include <kernel/debug.h>

#define SLOT_PAGES (KERNEL_STACK_PAGES + 1)
#define SLOT_SIZE  (SLOT_PAGES * PAGE_SIZE)

static uint32_t slots;
static uint32_t fresh_slot; /* from here on, none was ever taken */
static uint32_t free_slot;  /* its number + 1; 0 for none */

void stacks_start(uint32_t tables)
{
    slots = tables * PAGE_ENTRIES / SLOT_PAGES;
    fresh_slot = 0;
    free_slot = 0;
}

static uint32_t slot_address(uint32_t slot)
{
    return KERNEL_STACK_AREA + slot * SLOT_SIZE;
}

/* In the entry of the guard page, above the present bit. */
static void slot_push(uint32_t slot)
{
    *kernel_entry(slot_address(slot)) = free_slot << 1;
    free_slot = slot + 1;
}

/* A stack's slot that was just given free stays unmapped for a while in the checked kernel. */
static void slot_give(uint32_t slot)
{
    uint32_t oldest = KERNEL_CHECKED ? poison_keep(KEEP_STACK_SLOTS, slot + 1) : slot + 1;

    if (oldest)
        slot_push(oldest - 1);
}

void stacks_release_kept(void)
{
    uint32_t kept;

    while (KERNEL_CHECKED && (kept = poison_release(KEEP_STACK_SLOTS)) != 0)
        slot_push(kept - 1);
}

/* Returns `slots` where none is free. */
static uint32_t slot_pop(void)
{
    uint32_t slot;

    if (KERNEL_CHECKED && !free_slot && fresh_slot == slots)
        stacks_release_kept();
    slot = free_slot - 1;
    if (!free_slot)
        return fresh_slot < slots ? fresh_slot++ : slots;
    free_slot = *kernel_entry(slot_address(slot)) >> 1;
    return slot;
}

static void unmap(uint32_t address)
{
    uint32_t *entry = kernel_entry(address);
    phys frame = *entry & PTE_FRAME;

    if (!(*entry & PTE_PRESENT))
        return;
    *entry = 0;
    arch_flush_page(address);
    frame_give(frame);
}

uint32_t kernel_stack_take(void)
{
    uint32_t slot = slot_pop();
    uint32_t address = slot_address(slot);

    if (slot == slots)
        return 0;
    for (uint32_t page = 1; page <= KERNEL_STACK_PAGES; page++) {
        phys frame = frame_take(FRAME_STACK);

        if (!frame) {
            for (uint32_t i = 1; i < page; i++)
                unmap(address + i * PAGE_SIZE);
            slot_push(slot);
            return 0;
        }
        *kernel_entry(address + page * PAGE_SIZE) =
            frame | PTE_PRESENT | PTE_WRITE | arch_global_page();
    }
    return address + SLOT_SIZE;
}

void kernel_stack_give(uint32_t top)
{
    uint32_t address = top - SLOT_SIZE;
    uint32_t slot = (address - KERNEL_STACK_AREA) / SLOT_SIZE;

    if (slot >= fresh_slot || slot_address(slot) != address ||
        !(*kernel_entry(top - PAGE_SIZE) & PTE_PRESENT))
        panic("The kernel gave back the stack at 0x%08x, which was not taken.", top);
    for (uint32_t page = 1; page <= KERNEL_STACK_PAGES; page++)
        unmap(address + page * PAGE_SIZE);
    slot_give(slot);
}

bool kernel_stack_bounds(uint32_t address, uint32_t *low, uint32_t *high)
{
    uint32_t offset = address - KERNEL_STACK_AREA;

    if (offset >= KERNEL_STACK_END - KERNEL_STACK_AREA || kernel_stack_is_guard(address))
        return false;
    *low = slot_address(offset / SLOT_SIZE) + PAGE_SIZE;
    *high = *low + KERNEL_STACK_PAGES * PAGE_SIZE;
    return (*kernel_entry(*low) & PTE_PRESENT) != 0;
}

bool kernel_stack_is_guard(uint32_t address)
{
    uint32_t offset = address - KERNEL_STACK_AREA;

    if (offset >= KERNEL_STACK_END - KERNEL_STACK_AREA)
        return false;
    return offset % SLOT_SIZE < PAGE_SIZE || offset / SLOT_SIZE >= slots;
}
