/*
 * The regions of an address space: a list sorted by address, in which no two overlap, guards
 * included.
 *
 * What a program does to its regions comes in runs: stacks are added side by side, and what was
 * added last is taken out first. So the list keeps two places, and work near them does not depend
 * on how many regions there are: the finger, right before the region that was searched last, and
 * the end of the dense part, before which a search for the lowest room need not look again.
 */
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

/* The link to the first region that ends behind the address. The finger is the region that has the
 * link, unless it is the list's own. */
static struct region **link_behind(struct space *space, uint32_t address)
{
    struct region *finger = space->finger;
    struct region **link = finger && high_of(finger) <= address ? &finger->next : &space->regions;

    while (*link && high_of(*link) <= address) {
        space->finger = *link;
        link = &(*link)->next;
    }
    return link;
}

int region_add(struct space *space, const struct region *values, struct region **added)
{
    struct region **link;
    struct region *region;

    if (!is_sound(values))
        return ERR_INVALID;
    link = link_behind(space, low_of(values));
    if (*link && low_of(*link) < high_of(values))
        return ERR_INVALID;

    if (space->region_count == REGIONS_MAX)
        return ERR_LIMIT;
    region = heap_take(sizeof(*region));
    if (!region)
        return ERR_NO_MEMORY;
    *region = *values;
    region->busy = true;
    region->next = *link;
    *link = region;
    space->region_count++;
    *added = region;
    return 0;
}

void region_drop(struct space *space, struct region *region)
{
    struct region **link = link_behind(space, low_of(region));

    *link = region->next;
    if (space->finger == region)
        space->finger = NULL;
    if (space->dense_to && low_of(region) <= low_of(space->dense_to))
        space->dense_to = link == &space->regions ? NULL : space->finger;
    if (space->touched == region)
        space->touched = NULL;
    space->region_count--;
    heap_give(region);
}

/* Memory that a program asked for, and that nobody is changing. */
static bool are_alike(const struct region *one, const struct region *other)
{
    return one->kind == REGION_MEMORY && other->kind == REGION_MEMORY && one->end == other->start &&
           one->rights == other->rights && !one->busy && !other->busy;
}

static void append(struct space *space, struct region *region, struct region *next)
{
    uint32_t end = next->end;

    region_drop(space, next);
    region->end = end;
}

void region_join_neighbours(struct space *space, struct region *region)
{
    struct region **link = link_behind(space, low_of(region));
    struct region *before = link == &space->regions ? NULL : space->finger;

    if (before && are_alike(before, region)) {
        append(space, before, region);
        region = before;
    }
    if (region->next && are_alike(region, region->next))
        append(space, region, region->next);
}

uint32_t region_gap(struct space *space, uint32_t size, uint32_t guard)
{
    uint32_t needed = size + 2 * guard;
    struct region *before = space->dense_to;
    struct region *region;
    uint32_t low;

    if (size > USER_END || guard > (USER_END - size) / 2)
        return 0;
    if (needed < space->dense_size)
        before = NULL;
    for (region = before ? before->next : space->regions;; region = region->next) {
        low = before ? high_of(before) : USER_START;
        if ((region ? low_of(region) : USER_END) - low >= needed)
            break;
        if (!region)
            return 0;
        before = region;
    }
    space->dense_to = before;
    space->dense_size = needed;
    if (before)
        space->finger = before;
    return low + guard;
}

const struct region *space_find(const struct space *space, uint32_t address)
{
    const struct region *finger = space->finger;
    const struct region *region =
        finger && high_of(finger) <= address ? finger->next : space->regions;

    while (region && high_of(region) <= address)
        region = region->next;
    return region && low_of(region) <= address ? region : NULL;
}

/* ---- Cutting -----------------------------------------------------------------------------------
 */

/* Whether regions of that kind, free to be changed, cover [start, end) without a gap. `first`
 * and `last` get the first and the last of them. */
static int check_cover(struct space *space, uint32_t start, uint32_t end, enum region_kind kind,
                       struct region **first, struct region **last)
{
    struct region *region = *link_behind(space, start);

    *first = region;
    for (uint32_t at = start; at < end; at = region->end, region = region->next) {
        if (!region || region->start > at || region->kind != kind)
            return ERR_INVALID;
        if (region->guard && (region->start < start || region->end > end))
            return ERR_INVALID;
        if (region->busy)
            return ERR_BUSY;
        *last = region;
    }
    return 0;
}

/* Makes two regions of one, the second beginning at `address`. */
static int split(struct space *space, struct region *region, uint32_t address)
{
    struct region *second;

    if (space->region_count == REGIONS_MAX)
        return ERR_LIMIT;
    second = heap_take(sizeof(*second));
    if (!second)
        return ERR_NO_MEMORY;
    *second = *region;
    second->start = address;
    region->end = address;
    region->next = second;
    space->region_count++;
    return 0;
}

int region_cut(struct space *space, uint32_t start, uint32_t end, enum region_kind kind,
               struct region **first)
{
    struct region *last = NULL;
    int error = check_cover(space, start, end, kind, first, &last);

    if (error)
        return error;
    if (last->end > end)
        error = split(space, last, end);
    if (error || (*first)->start == start)
        return error;
    /* Two pieces where one region was do not matter if this fails. */
    error = split(space, *first, start);
    if (!error)
        *first = (*first)->next;
    return error;
}
