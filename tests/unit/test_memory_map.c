/* sources: bootloader/stage2/memory_map.c lib/string.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../bootloader/stage2/memory_map.h"

#define MIB 0x100000ull

static struct memory_range ranges[BOOT_RANGES_MAX];
static struct memory_map map = {.ranges = ranges};

static int prepare(void **state)
{
    (void)state;
    map.count = 0;
    return 0;
}

static void expect(uint32_t index, uint64_t start, uint64_t end, uint32_t kind)
{
    assert_true(index < map.count);
    assert_true(ranges[index].start == start);
    assert_true(ranges[index].end == end);
    assert_int_equal(ranges[index].kind, kind);
}

static void assert_in_order(void)
{
    for (uint32_t i = 0; i < map.count; i++) {
        assert_true(ranges[i].start < ranges[i].end);
        if (!i)
            continue;
        assert_true(ranges[i - 1].end <= ranges[i].start);
        /* Merged where they could be. */
        assert_false(ranges[i - 1].end == ranges[i].start && ranges[i - 1].kind == ranges[i].kind);
    }
}

static void unsorted_overlapping_entries_resolve_to_the_larger_kind(void **state)
{
    static const struct e820_entry raw[] = {
        {.start = MIB, .length = 15 * MIB, .type = 1},
        {.start = 0, .length = 0xA0000, .type = 1},
        {.start = 0x9FC00, .length = 0x10000, .type = 2},
        {.start = 8 * MIB, .length = 0, .type = 2},
        {.start = 4 * MIB, .length = MIB, .type = 5},
        {.start = 15 * MIB, .length = 2 * MIB, .type = 3},
        {.start = 20 * MIB, .length = MIB, .type = 77},
    };

    (void)state;
    assert_true(memory_map_add_raw(&map, raw, sizeof raw / sizeof *raw));
    assert_in_order();
    assert_int_equal(map.count, 7);
    expect(0, 0, 0x9FC00, MEMORY_FREE);
    expect(1, 0x9FC00, 0xAFC00, MEMORY_RESERVED);
    expect(2, MIB, 4 * MIB, MEMORY_FREE);
    expect(3, 4 * MIB, 5 * MIB, MEMORY_BAD);
    expect(4, 5 * MIB, 15 * MIB, MEMORY_FREE);
    expect(5, 15 * MIB, 17 * MIB, MEMORY_ACPI);
    expect(6, 20 * MIB, 21 * MIB, MEMORY_RESERVED);
}

static void entries_that_wrap_around_or_are_empty_are_skipped(void **state)
{
    static const struct e820_entry raw[] = {
        {.start = 5, .length = 0, .type = 1},
        {.start = UINT64_MAX - 10, .length = 100, .type = 1},
        {.start = 1, .length = UINT64_MAX, .type = 1},
    };

    (void)state;
    assert_true(memory_map_add_raw(&map, raw, 3));
    assert_int_equal(map.count, 0);
}

static void neighbours_of_one_kind_merge(void **state)
{
    (void)state;
    assert_true(memory_map_add(&map, 100, 200, MEMORY_FREE));
    assert_true(memory_map_add(&map, 300, 400, MEMORY_FREE));
    assert_true(memory_map_add(&map, 200, 300, MEMORY_FREE));
    assert_int_equal(map.count, 1);
    expect(0, 100, 400, MEMORY_FREE);
}

static void a_range_over_holes_and_others_fills_only_the_holes(void **state)
{
    (void)state;
    memory_map_add(&map, 100, 200, MEMORY_KERNEL);
    memory_map_add(&map, 300, 400, MEMORY_FREE);
    memory_map_add(&map, 50, 500, MEMORY_LOADER);
    assert_int_equal(map.count, 3);
    expect(0, 50, 100, MEMORY_LOADER);
    expect(1, 100, 200, MEMORY_KERNEL);
    expect(2, 200, 500, MEMORY_LOADER);
}

static void all_entries_of_a_full_raw_list_find_room(void **state)
{
    struct e820_entry raw[BOOT_RAW_MAX];

    (void)state;
    /* The worst case: each lies inside the one before. */
    for (uint32_t i = 0; i < BOOT_RAW_MAX; i++)
        raw[i] = (struct e820_entry){.start = i * 4096ull,
                                     .length = (2 * BOOT_RAW_MAX - 2 * i) * 4096ull,
                                     .type = 1 + i % 2 * 4};
    for (uint32_t i = 0; i < BOOT_RAW_MAX; i++)
        raw[i].type = i % 2 ? 5 : 1;
    assert_true(memory_map_add_raw(&map, raw, BOOT_RAW_MAX));
    assert_in_order();
    prepare(NULL);
    for (uint32_t i = 0; i < BOOT_RAW_MAX; i++)
        raw[i] = (struct e820_entry){.start = i * 8192ull, .length = 4096, .type = 1};
    assert_true(memory_map_add_raw(&map, raw, BOOT_RAW_MAX));
    assert_int_equal(map.count, BOOT_RAW_MAX);
}

static void a_full_map_refuses_and_stays_as_it_was(void **state)
{
    static struct memory_range before[BOOT_RANGES_MAX];

    (void)state;
    for (uint32_t i = 0; i < BOOT_RANGES_MAX; i++)
        assert_true(memory_map_add(&map, i * 100, i * 100 + 50, MEMORY_FREE));
    memcpy(before, ranges, sizeof before);
    assert_false(memory_map_add(&map, 10, 20, MEMORY_KERNEL));
    assert_false(memory_map_add(&map, 100000, 100001, MEMORY_KERNEL));
    assert_int_equal(map.count, BOOT_RANGES_MAX);
    assert_memory_equal(before, ranges, sizeof before);
    /* What merges needs no room. */
    assert_true(memory_map_add(&map, 50, 100, MEMORY_FREE));
    assert_int_equal(map.count, BOOT_RANGES_MAX - 1);
}

static void the_lowest_place_that_fits_is_found(void **state)
{
    (void)state;
    memory_map_add(&map, MIB + 1, 2 * MIB, MEMORY_FREE);
    memory_map_add(&map, 3 * MIB, 8 * MIB, MEMORY_FREE);
    memory_map_add(&map, 4 * MIB, 5 * MIB, MEMORY_KERNEL);
    assert_int_equal(memory_map_find(&map, 0, 1), MIB + 4096);
    assert_int_equal(memory_map_find(&map, 0, (uint32_t)MIB - 4096), MIB + 4096);
    assert_int_equal(memory_map_find(&map, 0, (uint32_t)MIB - 4095), 3 * MIB);
    assert_int_equal(memory_map_find(&map, 0, (uint32_t)MIB + 1), 5 * MIB);
    assert_int_equal(memory_map_find(&map, 6 * MIB + 1, 4096), 6 * MIB + 4096);
    assert_int_equal(memory_map_find(&map, 0, 3 * (uint32_t)MIB + 1), 0);
    assert_int_equal(memory_map_find(&map, 0, UINT32_MAX), 0);
    assert_int_equal(memory_map_find(&map, 8 * MIB, 0), 0);
}

static void memory_above_four_gib_is_no_place(void **state)
{
    (void)state;
    memory_map_add(&map, 0xFFFFF000, 0x200000000, MEMORY_FREE);
    assert_int_equal(memory_map_find(&map, 0, 4096), 0xFFFFF000);
    assert_int_equal(memory_map_find(&map, 0, 4097), 0);
    prepare(NULL);
    memory_map_add(&map, 0x100000000, 0x200000000, MEMORY_FREE);
    assert_int_equal(memory_map_find(&map, 0, 4096), 0);
}

static void free_is_what_lies_in_one_free_range(void **state)
{
    (void)state;
    memory_map_add(&map, 0, 4 * MIB, MEMORY_FREE);
    memory_map_add(&map, 2 * MIB, 3 * MIB, MEMORY_NVS);
    assert_true(memory_map_is_free(&map, MIB, 2 * MIB));
    assert_false(memory_map_is_free(&map, MIB, 2 * MIB + 1));
    assert_false(memory_map_is_free(&map, 2 * MIB, 2 * MIB + 1));
    assert_false(memory_map_is_free(&map, 5 * MIB, 6 * MIB));
    assert_true(memory_map_free(&map, MIB, UINT64_MAX) == 2 * MIB);
    assert_true(memory_map_free(&map, MIB + 1, 3 * MIB + 1) == MIB);
}

/* Small numbers, so that a byte-by-byte model can be compared. */
static void random_maps_equal_a_model_byte_for_byte(void **state)
{
    uint32_t random = 7;

    (void)state;
    for (int round = 0; round < 400; round++) {
        uint8_t model[256] = {0};

        map.count = 0;
        for (int entry = 0; entry < 40; entry++) {
            uint32_t start, size, kind;

            random = random * 1664525 + 1013904223;
            start = random >> 24;
            size = (random >> 16) % 40;
            kind = 1 + (random >> 8) % 9;
            if (start + size > 256)
                size = 256 - start;
            assert_true(memory_map_add(&map, start, start + size, kind));
            for (uint32_t i = start; i < start + size; i++)
                if (model[i] < kind)
                    model[i] = (uint8_t)kind;
        }
        assert_in_order();
        for (uint32_t i = 0; i < map.count; i++)
            for (uint64_t at = ranges[i].start; at < ranges[i].end; at++) {
                assert_int_equal(model[at], ranges[i].kind);
                model[at] = 0;
            }
        for (int i = 0; i < 256; i++)
            assert_int_equal(model[i], 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(unsorted_overlapping_entries_resolve_to_the_larger_kind, prepare),
        cmocka_unit_test_setup(entries_that_wrap_around_or_are_empty_are_skipped, prepare),
        cmocka_unit_test_setup(neighbours_of_one_kind_merge, prepare),
        cmocka_unit_test_setup(a_range_over_holes_and_others_fills_only_the_holes, prepare),
        cmocka_unit_test_setup(all_entries_of_a_full_raw_list_find_room, prepare),
        cmocka_unit_test_setup(a_full_map_refuses_and_stays_as_it_was, prepare),
        cmocka_unit_test_setup(the_lowest_place_that_fits_is_found, prepare),
        cmocka_unit_test_setup(memory_above_four_gib_is_no_place, prepare),
        cmocka_unit_test_setup(free_is_what_lies_in_one_free_range, prepare),
        cmocka_unit_test_setup(random_maps_equal_a_model_byte_for_byte, prepare),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
