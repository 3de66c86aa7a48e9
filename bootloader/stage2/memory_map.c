/* The resolved memory map (memory_map.h). */
#include "memory_map.h"

#include <abi/layout.h>
#include <lib/string.h>

#define FOUR_GIB 0x100000000ull

/* A list under construction: ranges arrive sorted. */
struct list {
    struct memory_range ranges[BOOT_RANGES_MAX];
    uint32_t count;
    bool full;
};

static void append(struct list *list, uint64_t start, uint64_t end, uint32_t kind)
{
    struct memory_range *last = list->ranges + list->count - 1;

    if (start >= end)
        return;
    if (list->count && last->end == start && last->kind == kind)
        last->end = end;
    else if (list->count == BOOT_RANGES_MAX)
        list->full = true;
    else
        list->ranges[list->count++] =
            (struct memory_range){.start = start, .end = end, .kind = kind};
}

static uint64_t lower(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t higher(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

bool memory_map_add(struct memory_map *map, uint64_t start, uint64_t end, uint32_t kind)
{
    static struct list list;
    uint64_t done = start; /* the new range is laid out up to here */

    if (start >= end)
        return true;
    list.count = 0;
    list.full = false;
    for (const struct memory_range *old = map->ranges; old < map->ranges + map->count; old++) {
        uint64_t from = higher(old->start, start);
        uint64_t to = lower(old->end, end);

        if (from >= to) {
            /* Apart: what is left of the new range goes first if it lies below. */
            if (old->start >= end) {
                append(&list, done, end, kind);
                done = end;
            }
            append(&list, old->start, old->end, old->kind);
            continue;
        }
        append(&list, done, from, kind);
        append(&list, old->start, from, old->kind);
        append(&list, from, to, old->kind > kind ? old->kind : kind);
        append(&list, to, old->end, old->kind);
        done = to;
    }
    append(&list, done, end, kind);
    if (list.full)
        return false;
    memcpy(map->ranges, list.ranges, list.count * sizeof *list.ranges);
    map->count = list.count;
    return true;
}

uint32_t memory_map_kind(uint32_t e820_type)
{
    switch (e820_type) {
    case 1:
        return MEMORY_FREE;
    case 3:
        return MEMORY_ACPI;
    case 4:
        return MEMORY_NVS;
    case 5:
        return MEMORY_BAD;
    default:
        return MEMORY_RESERVED;
    }
}

bool memory_map_add_raw(struct memory_map *map, const struct e820_entry *raw, uint32_t count)
{
    for (; count; raw++, count--)
        if (!memory_map_add(map, raw->start, raw->start + raw->length, memory_map_kind(raw->type)))
            return false;
    return true;
}

bool memory_map_is_free(const struct memory_map *map, uint64_t start, uint64_t end)
{
    for (uint32_t i = 0; i < map->count; i++)
        if (map->ranges[i].start <= start && start < map->ranges[i].end)
            return map->ranges[i].kind == MEMORY_FREE && end <= map->ranges[i].end;
    return false;
}

uint32_t memory_map_find(const struct memory_map *map, uint32_t from, uint32_t size)
{
    uint64_t pages = ((uint64_t)size + PAGE_SIZE - 1) / PAGE_SIZE * PAGE_SIZE;

    for (uint32_t i = 0; i < map->count; i++) {
        const struct memory_range *range = &map->ranges[i];
        uint64_t start = higher(range->start, from) + PAGE_SIZE - 1;

        start -= start % PAGE_SIZE;
        if (range->kind == MEMORY_FREE && start + pages <= lower(range->end, FOUR_GIB) &&
            start < range->end)
            return (uint32_t)start;
    }
    return 0;
}

uint64_t memory_map_free(const struct memory_map *map, uint64_t start, uint64_t end)
{
    uint64_t bytes = 0;

    for (uint32_t i = 0; i < map->count; i++) {
        uint64_t from = higher(map->ranges[i].start, start);
        uint64_t to = lower(map->ranges[i].end, end);

        if (map->ranges[i].kind == MEMORY_FREE && from < to)
            bytes += to - from;
    }
    return bytes;
}
