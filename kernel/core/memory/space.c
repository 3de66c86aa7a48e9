/* Address spaces: page directories, and regions of pages in them. */
#include "memory_private.h"

#include <abi/errors.h>
#include <kernel/sched.h>
#include <lib/string.h>

#define KERNEL_ENTRY (KERNEL_BASE >> TABLE_SHIFT)

int space_create(struct space *space)
{
    phys frame = frame_take_low(FRAME_TABLE);
    const uint32_t *master;
    uint32_t *directory;

    if (!frame)
        return ERR_NO_MEMORY;
    master = phys_to_virtual(arch_master_directory());
    directory = phys_to_virtual(frame);
    zero_dwords(directory, KERNEL_ENTRY);
    memcpy(&directory[KERNEL_ENTRY], &master[KERNEL_ENTRY],
           (PAGE_ENTRIES - KERNEL_ENTRY) * sizeof(*directory));
    *space = (struct space){.directory = frame};
    return 0;
}

static void remove_region(struct space *space, struct region *region, uint32_t *since_point)
{
    region->busy = true;
    pages_unmap(space, region->start, region->end, since_point);
    region_drop(space, region);
}

void space_clear(struct space *space)
{
    uint32_t since_point = 0;

    while (space->regions) {
        remove_region(space, space->regions, &since_point);
        space_point(&since_point);
    }
}

void space_destroy(struct space *space)
{
    frame_give(space->directory);
    space->directory = 0;
}

/* ---- Adding ------------------------------------------------------------------------------------
 */

/* Puts a zeroed frame behind a page whose table is there. */
static inline int map_in_table(struct space *space, uint32_t table, uint32_t *entry, uint32_t flags)
{
    phys frame = frame_take_zeroed(FRAME_USER);

    if (!frame)
        return ERR_NO_MEMORY;
    *entry = frame | flags;
    frame_add_note(table & PTE_FRAME, 1);
    space->pages++;
    return 0;
}

/* The first page of a table; without memory for it, the table goes as well. */
static int map_with_table(struct space *space, uint32_t *slot, uint32_t address, uint32_t flags)
{
    int error = page_table_add(slot);
    uint32_t table = *slot;

    if (error)
        return error;
    error = map_in_table(space, table, entry_in(table, address), flags);
    if (error) {
        *slot = 0;
        arch_flush_page(address);
        frame_give(table & PTE_FRAME);
    }
    return error;
}

static int map_zeroed(struct space *space, uint32_t address, uint32_t flags)
{
    uint32_t *slot = directory_entry(space, address);

    return *slot ? map_in_table(space, *slot, entry_in(*slot, address), flags)
                 : map_with_table(space, slot, address, flags);
}

static int fill_zeroed(struct space *space, struct region *region)
{
    uint32_t flags = PTE_PRESENT | (region->rights & ACCESS_WRITE ? PTE_WRITE : 0) |
                     (region->user ? PTE_USER : 0);

    for (uint32_t address = region->start; address < region->end; address += PAGE_SIZE) {
        int error = map_zeroed(space, address, flags);

        if (error)
            return error;
        sched_preemption_point();
    }
    return 0;
}

static int fill_borrowed(struct space *space, struct region *region, phys frame)
{
    uint32_t since_point = 0;

    for (uint32_t address = region->start; address < region->end; address += PAGE_SIZE) {
        int error = page_map(space, address, frame | PTE_PRESENT | PTE_USER | PTE_BORROWED);

        if (error)
            return error;
        frame += PAGE_SIZE;
        space_point(&since_point);
    }
    return 0;
}

static int finish(struct space *space, struct region *region, int error)
{
    uint32_t since_point = 0;

    if (error)
        remove_region(space, region, &since_point);
    else
        region->busy = false;
    return error;
}

int space_add(struct space *space, uint32_t start, uint32_t size, uint32_t guard, uint32_t rights,
              enum region_kind kind, bool user)
{
    struct region values = {.start = start,
                            .end = start + size,
                            .guard = guard,
                            .rights = rights,
                            .kind = kind,
                            .user = user};
    struct region *region;
    int error = region_add(space, &values, &region);

    if (!error)
        error = finish(space, region, fill_zeroed(space, region));
    if (!error && kind == REGION_MEMORY)
        region_join_neighbours(space, region);
    return error;
}

int space_add_anywhere(struct space *space, uint32_t size, uint32_t guard, uint32_t rights,
                       enum region_kind kind, bool user, uint32_t *start)
{
    if (!size || size % PAGE_SIZE || guard % PAGE_SIZE)
        return ERR_INVALID;
    *start = region_gap(space, size, guard);
    if (!*start)
        return ERR_NO_MEMORY;
    return space_add(space, *start, size, guard, rights, kind, user);
}

int space_reserve(struct space *space, uint32_t start, uint32_t size, uint32_t guard,
                  enum region_kind kind)
{
    struct region values = {.start = start,
                            .end = start + size,
                            .guard = guard,
                            .rights = ACCESS_READ | ACCESS_WRITE,
                            .kind = kind,
                            .user = true,
                            .lazy = true};
    struct region *region;
    int error = region_add(space, &values, &region);

    return error ? error : finish(space, region, 0);
}

int space_reserve_anywhere(struct space *space, uint32_t size, uint32_t guard,
                           enum region_kind kind, uint32_t *start)
{
    if (!size || size % PAGE_SIZE || guard % PAGE_SIZE)
        return ERR_INVALID;
    *start = region_gap(space, size, guard);
    if (!*start)
        return ERR_NO_MEMORY;
    return space_reserve(space, *start, size, guard, kind);
}

/* The reserved region that the page at `address` belongs to, or NULL. Programs that touch one page
 * of a stack touch the next. */
static const struct region *find_reserved(struct space *space, uint32_t address)
{
    const struct region *region = space->touched;

    if (!region || address - region->start >= region->end - region->start) {
        region = space_find(space, address);
        if (!region || !region->lazy || address - region->start >= region->end - region->start)
            return NULL;
        space->touched = region;
    }
    return region->busy ? NULL : region;
}

int space_back(struct space *space, uint32_t address)
{
    uint32_t flags = PTE_PRESENT | PTE_WRITE | PTE_USER;
    uint32_t *slot = directory_entry(space, address);
    uint32_t *entry;

    if (!find_reserved(space, address))
        return ERR_BAD_ADDRESS;
    if (!*slot)
        return map_with_table(space, slot, address, flags);
    entry = entry_in(*slot, address);
    return *entry ? ERR_BAD_ADDRESS : map_in_table(space, *slot, entry, flags);
}

int space_frame(struct space *space, uint32_t address, bool write, bool user, phys *frame)
{
    uint32_t needed = PTE_PRESENT | (write ? PTE_WRITE : 0) | (user ? PTE_USER : 0);
    const uint32_t *entry;

    if (address < USER_START || address >= USER_END)
        return ERR_BAD_ADDRESS;
    entry = page_entry(space, address);
    if (!entry || !*entry) {
        int error = space_back(space, address);

        if (error < 0)
            return error;
        entry = page_entry(space, address);
    }
    if ((*entry & needed) != needed)
        return ERR_BAD_ADDRESS;
    *frame = *entry & PTE_FRAME;
    return 0;
}

/* How many pages of [start, end), which one table holds, are mapped. */
static uint32_t count_mapped(uint32_t table, uint32_t start, uint32_t end)
{
    const uint32_t *entry = entry_in(table, start);
    uint32_t pages = 0;

    for (uint32_t left = (end - start) / PAGE_SIZE; left != 0; left--)
        pages += *entry++ != 0;
    return pages;
}

/* A region may have hundreds of thousands of pages: where a table is wholly its own, the table's
 * note tells how many it has. */
uint32_t space_backed(const struct space *space, const struct region *region)
{
    uint32_t pages = 0;
    uint32_t next;

    for (uint32_t at = region->start; at < region->end; at = next) {
        uint32_t table = *directory_entry(space, at);

        next = (at | (LARGE_PAGE - 1)) + 1;
        if (!table)
            continue;
        if (next <= region->end && next - at == LARGE_PAGE)
            pages += frame_note(table & PTE_FRAME);
        else
            pages += count_mapped(table, at, next < region->end ? next : region->end);
    }
    return pages * PAGE_SIZE;
}

int space_add_borrowed(struct space *space, uint32_t start, uint32_t size, phys frame,
                       uint32_t rights, enum region_kind kind)
{
    struct region values = {
        .start = start, .end = start + size, .rights = rights, .kind = kind, .user = true};
    struct region *region;
    int error;

    if (rights & ACCESS_WRITE)
        return ERR_INVALID;
    error = region_add(space, &values, &region);
    return error ? error : finish(space, region, fill_borrowed(space, region, frame));
}

/* ---- Taking out --------------------------------------------------------------------------------
 */

int space_remove(struct space *space, uint32_t start, uint32_t size, enum region_kind kind)
{
    uint32_t end = start + size;
    uint32_t since_point = 0;
    struct region *region, *next;
    int error;

    if ((start | end) % PAGE_SIZE || start >= end)
        return ERR_INVALID;
    error = region_cut(space, start, end, kind, &region);
    if (error)
        return error;

    /* All of them are busy before the first preemption point, so that their neighbours stay what
     * they are. */
    for (struct region *each = region; each && each->start < end; each = each->next)
        each->busy = true;
    if (region->end < end)
        sched_preemption_point(); /* to look at many takes as long as to unmap some */
    for (; region; region = next) {
        /* Only what is busy is sure to be there behind a preemption point. */
        next = region->end < end ? region->next : NULL;
        remove_region(space, region, &since_point);
        if (next)
            space_point(&since_point);
    }
    return 0;
}
