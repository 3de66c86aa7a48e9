/* The resolved memory map: sorted, not overlapping, neighbours of one kind merged. Runs on the
 * host. */
#ifndef MEMORY_MAP_H
#define MEMORY_MAP_H

#include <boot/info.h>
#include <stdbool.h>

struct memory_map {
    struct memory_range *ranges; /* room for BOOT_RANGES_MAX */
    uint32_t count;
};

/*
 * Lays a range over the map; where ranges overlap, the larger kind wins. An empty range changes
 * nothing. Returns false and leaves the map as it was when the result has more than BOOT_RANGES_MAX
 * ranges.
 */
bool memory_map_add(struct memory_map *map, uint64_t start, uint64_t end, uint32_t kind);

/* The kind (enum memory_kind) of a type that E820h reports [ACPI 15]. */
uint32_t memory_map_kind(uint32_t e820_type);

/* Lays entries of E820h over the map, in any order; those that are empty or wrap around are
 * skipped. */
bool memory_map_add_raw(struct memory_map *map, const struct e820_entry *raw, uint32_t count);

/* Whether all of [start, end) is free RAM. */
bool memory_map_is_free(const struct memory_map *map, uint64_t start, uint64_t end);

/*
 * The lowest page-aligned address from `from` on where `size` bytes, rounded up to pages, are free
 * RAM below 4 GiB. 0 where there is none.
 */
uint32_t memory_map_find(const struct memory_map *map, uint32_t from, uint32_t size);

/* Bytes of free RAM in [start, end). */
uint64_t memory_map_free(const struct memory_map *map, uint64_t start, uint64_t end);

#endif
