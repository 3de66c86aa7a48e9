/*
 * Feeds any entries of INT 15h E820h to the resolver of the memory map, then ranges of the loader's
 * own. What comes out has to be sorted, without overlaps, and everywhere of the largest kind that
 * was laid over that place.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../bootloader/stage2/memory_map.h"

#define PAGE       4096u
#define PLACES_MAX (2 * BOOT_RAW_MAX)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct e820_entry raw[BOOT_RAW_MAX];
static struct memory_range ranges[BOOT_RANGES_MAX];
static struct memory_map map = {.ranges = ranges};

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void check_order(void)
{
    for (uint32_t i = 0; i < map.count; i++) {
        require(ranges[i].start < ranges[i].end);
        require(!i || ranges[i - 1].end < ranges[i].start ||
                (ranges[i - 1].end == ranges[i].start && ranges[i - 1].kind != ranges[i].kind));
    }
}

/* The kind that entries and map give to one byte; 0 for none. */
static uint32_t kind_of_entries(uint64_t place, uint32_t count)
{
    uint32_t kind = 0;

    for (uint32_t i = 0; i < count; i++) {
        uint64_t end = raw[i].start + raw[i].length;

        if (raw[i].start <= place && place < end && memory_map_kind(raw[i].type) > kind)
            kind = memory_map_kind(raw[i].type);
    }
    return kind;
}

static uint32_t kind_in_map(uint64_t place)
{
    for (uint32_t i = 0; i < map.count; i++)
        if (ranges[i].start <= place && place < ranges[i].end)
            return ranges[i].kind;
    return 0;
}

static void check_places(uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        uint64_t places[] = {raw[i].start, raw[i].start - 1, raw[i].start + raw[i].length,
                             raw[i].start + raw[i].length - 1};

        for (int place = 0; place < 4; place++)
            require(kind_in_map(places[place]) == kind_of_entries(places[place], count));
    }
}

static void check_find(uint32_t from, uint32_t size)
{
    uint32_t found = memory_map_find(&map, from, size);

    if (!found)
        return;
    require(found % PAGE == 0 && found >= from);
    require(!size || memory_map_is_free(&map, found, (uint64_t)found + size));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint32_t count = (uint32_t)(size / sizeof(raw[0]));
    uint32_t word = 0;

    if (count > BOOT_RAW_MAX)
        count = BOOT_RAW_MAX;
    memcpy(raw, data, count * sizeof(raw[0]));
    memcpy(&word, data + count * sizeof(raw[0]), size - count * sizeof(raw[0]) < 4 ? 0 : 4);
    map.count = 0;
    if (memory_map_add_raw(&map, raw, count))
        check_places(count);
    check_order();
    check_find(word, word >> 8);
    for (uint32_t i = 0; i < 8; i++, word = word * 1664525 + 1013904223)
        memory_map_add(&map, word, (uint64_t)word + (word >> 4), 1 + word % 9);
    check_order();
    check_find(word, 1 + word % 1000000);
    require(memory_map_free(&map, 0, UINT64_MAX) >= memory_map_free(&map, word, UINT64_MAX));
    return 0;
}
