/*
 * The kernel's part of the address space, made once at boot: the direct map of low RAM, and every
 * page table that stacks, modules, devices and windows will ever use. All address spaces share
 * these tables, so none may be added later.
 *
 * There is no frame allocator yet. Frames come from the free ranges of the memory map, from the
 * lowest upwards, out of what is mapped already: at first 4 MiB, then more with every table.
 */
#include "memory_private.h"

#include <kernel/debug.h>
#include <lib/string.h>

#define KERNEL_FLAGS (PTE_PRESENT | PTE_WRITE)

_Static_assert(DIRECT_MAP_LIMIT % LARGE_PAGE == 0, "the direct map grows by 4 MiB");

uint32_t *kernel_directory;

/* A zeroed frame, for good. */
static phys take_frame(const struct boot_info *info, struct boot_frames *boot)
{
    struct span span = {0};

    while (span_next(info, KINDS_FREE, &span)) {
        uint32_t number = span.first > boot->taken_below ? span.first : boot->taken_below;

        if (number >= span.end || number >= boot->mapped)
            continue;
        boot->taken_below = number + 1;
        memset(phys_to_virtual(number << PAGE_SHIFT), 0, PAGE_SIZE);
        return number << PAGE_SHIFT;
    }
    panic("The kernel's page tables do not fit into the free RAM; the machine needs more RAM, or "
          "the boot disk fewer files.");
}

static uint32_t *make_table(const struct boot_info *info, struct boot_frames *boot,
                            uint32_t address)
{
    phys table = take_frame(info, boot);

    kernel_directory[address >> TABLE_SHIFT] = table | KERNEL_FLAGS;
    return phys_to_virtual(table);
}

static void make_tables(const struct boot_info *info, struct boot_frames *boot, uint32_t address,
                        uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        make_table(info, boot, address + i * LARGE_PAGE);
}

/* The first span that reaches behind frame `number`, of kinds that the direct map shows. */
static bool span_behind(const struct boot_info *info, uint32_t kinds, uint32_t number,
                        struct span *span)
{
    *span = (struct span){0};
    while (span_next(info, kinds, span))
        if (span->end > number)
            return true;
    return false;
}

/* Maps the 4 MiB from frame `first` on. */
static void map_chunk(const struct boot_info *info, struct boot_frames *boot, uint32_t first)
{
    uint32_t end = first + PAGE_ENTRIES;
    uint32_t address = KERNEL_BASE + (first << PAGE_SHIFT);
    uint32_t flags = KERNEL_FLAGS | arch_global_page();
    uint32_t *table = NULL;
    struct span span;

    if (arch_large_pages() && span_behind(info, KINDS_RAM, first, &span) && span.first <= first &&
        span.end >= end) {
        kernel_directory[address >> TABLE_SHIFT] = first << PAGE_SHIFT | PTE_LARGE | flags;
        return;
    }

    for (bool more = span_behind(info, KINDS_MAPPED, first, &span); more && span.first < end;
         more = span_next(info, KINDS_MAPPED, &span)) {
        uint32_t from = span.first > first ? span.first : first;
        uint32_t to = span.end < end ? span.end : end;

        if (!table)
            table = make_table(info, boot, address);
        for (uint32_t i = from; i < to; i++)
            table[i & TABLE_MASK] = i << PAGE_SHIFT | flags;
    }
}

static void map_low_ram(const struct boot_info *info, struct boot_frames *boot, uint32_t ram_end)
{
    while (boot->mapped < ram_end && boot->mapped < DIRECT_MAP_LIMIT >> PAGE_SHIFT) {
        map_chunk(info, boot, boot->mapped);
        boot->mapped += PAGE_ENTRIES;
    }
}

/* The first 4 MiB are mapped since the boot, all of them: the screen lies there too. */
static void finish_first_table(void)
{
    uint32_t *table = kernel_entry(KERNEL_BASE);
    uint32_t text_start, text_end;

    arch_kernel_text(&text_start, &text_end);
    for (uint32_t i = 0; i < PAGE_ENTRIES; i++)
        table[i] |= arch_global_page();
    for (uint32_t address = text_start; address < text_end; address += PAGE_SIZE)
        *kernel_entry(address) &= ~PTE_WRITE;
    arch_flush_space();
}

static uint32_t clamp(uint32_t value, uint32_t low, uint32_t high)
{
    if (value < low)
        return low;
    return value < high ? value : high;
}

struct boot_frames direct_map_start(const struct boot_info *info)
{
    struct boot_frames boot = {.mapped = PAGE_ENTRIES};
    uint32_t ram_end = 0, ram_frames = 0, stack_tables, module_tables;
    struct span span = {0};

    kernel_directory = phys_to_virtual(arch_master_directory());
    while (span_next(info, KINDS_RAM, &span)) {
        ram_end = span.end;
        ram_frames += span.end - span.first;
    }

    arch_drop_low_mapping();
    finish_first_table();
    map_low_ram(info, &boot, ram_end);

    /* A thread costs three frames at least, and one table serves 341 stacks: 4 MiB of RAM. */
    stack_tables = clamp((ram_frames + PAGE_ENTRIES - 1) / PAGE_ENTRIES, 1,
                         (KERNEL_STACK_END - KERNEL_STACK_AREA) / LARGE_PAGE);
    module_tables =
        clamp(ram_frames / (4 * PAGE_ENTRIES), 1, (MODULE_AREA_END - MODULE_AREA) / LARGE_PAGE);
    make_tables(info, &boot, KERNEL_STACK_AREA, stack_tables);
    make_tables(info, &boot, MODULE_AREA, module_tables);
    make_tables(info, &boot, DEVICE_AREA, 1);
    make_tables(info, &boot, WINDOW_AREA, 1);
    stacks_start(stack_tables);
    module_pages_start(module_tables);
    return boot;
}
