/* The regions of an address space: a list sorted by address, in which no two overlap, guards
 * included. */
#include "memory_private.h"

#include <abi/errors.h>

/* A region with its guards. */
static uint32_t low_of(const struct region *region)
{
    return region->start - region->guard;
}

static uint32_t high_of(const struct region *region)
{
    return region->end + region->guard;
}

/* Whether a region with these values can lie in a space at all; its sums do not overflow then. An
 * end that overflowed itself lies before its start. */
static bool is_sound(const struct region *region)
{
    uint32_t bits = region->start | region->end | region->guard;

    return bits % PAGE_SIZE == 0 && region->start >= USER_START && region->start < region->end &&
           region->end <= USER_END && region->guard <= region->start - USER_START &&
           region->guard <= USER_END - region->end;
}

int region_add(struct space *space, const struct region *values, struct region **added)
{
    struct region **link = &space->regions;
    struct region *region;

    if (!is_sound(values))
        return ERR_INVALID;
    while (*link && high_of(*link) <= low_of(values))
        link = &(*link)->next;
    if (*link && low_of(*link) < high_of(values))
        return ERR_INVALID;

    region = heap_take(sizeof(*region));
    if (!region)
        return ERR_NO_MEMORY;
    *region = *values;
    region->busy = true;
    region->next = *link;
    *link = region;
    *added = region;
    return 0;
}

void region_drop(struct space *space, struct region *region)
{
    struct region **link = &space->regions;

    while (*link != region)
        link = &(*link)->next;
    *link = region->next;
    if (space->touched == region)
        space->touched = NULL;
    heap_give(region);
}

uint32_t region_gap(const struct space *space, uint32_t size, uint32_t guard)
{
    const struct region *region = space->regions;
    uint32_t low = USER_START;

    for (;; region = region->next) {
        uint32_t room = (region ? low_of(region) : USER_END) - low;

        /* In this order nothing overflows. */
        if (room >= size && (room - size) / 2 >= guard)
            return low + guard;
        if (!region)
            return 0;
        low = high_of(region);
    }
}

const struct region *space_find(const struct space *space, uint32_t address)
{
    const struct region *region = space->regions;

    while (region && high_of(region) <= address)
        region = region->next;
    return region && low_of(region) <= address ? region : NULL;
}

/* ---- Cutting -----------------------------------------------------------------------------------
 */

/* Whether regions of that kind, free to be changed, cover [start, end) without a gap. `first` gets
 * the first of them. */
static int check_cover(const struct space *space, uint32_t start, uint32_t end,
                       enum region_kind kind, struct region **first)
{
    struct region *region = space->regions;

    while (region && region->end <= start)
        region = region->next;
    *first = region;
    for (uint32_t at = start; at < end; at = region->end, region = region->next) {
        if (!region || region->start > at || region->kind != kind)
            return ERR_INVALID;
        if (region->guard && (region->start < start || region->end > end))
            return ERR_INVALID;
        if (region->busy)
            return ERR_BUSY;
    }
    return 0;
}

/* Makes two regions of one, the second beginning at `address`. */
static int split(struct region *region, uint32_t address)
{
    struct region *second = heap_take(sizeof(*second));

    if (!second)
        return ERR_NO_MEMORY;
    *second = *region;
    second->start = address;
    region->end = address;
    region->next = second;
    return 0;
}

int region_cut(struct space *space, uint32_t start, uint32_t end, enum region_kind kind,
               struct region **first)
{
    int error = check_cover(space, start, end, kind, first);
    struct region *last;

    if (error)
        return error;
    for (last = *first; last->end < end;)
        last = last->next;
    if (last->end > end)
        error = split(last, end);
    if (error || (*first)->start == start)
        return error;
    /* Two pieces where one region was do not matter if this fails. */
    error = split(*first, start);
    if (!error)
        *first = (*first)->next;
    return error;
}
