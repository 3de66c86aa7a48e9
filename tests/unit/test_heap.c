/* sources: apps/runtime/heap.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../apps/runtime/heap.h"

/* Regions come from the host, which notices every byte touched outside them. */
static size_t regions;
static size_t region_bytes;
static size_t regions_limit;

static void *take(size_t size)
{
    assert_int_equal(size % 4096, 0);
    if (regions == regions_limit)
        return NULL;
    regions++;
    region_bytes += size;
    return aligned_alloc(4096, size);
}

static void give(void *region, size_t size)
{
    assert_true(regions > 0);
    regions--;
    region_bytes -= size;
    free(region);
}

static struct heap heap;

static int prepare(void **state)
{
    (void)state;
    regions = 0;
    region_bytes = 0;
    regions_limit = 1000;
    heap_prepare(&heap, take, give);
    return 0;
}

/* Everything was freed: what is left is at most the spare region. */
static int finish(void **state)
{
    (void)state;
    assert_true(regions <= 1);
    if (heap.spare != NULL)
        free(heap.spare);
    return 0;
}

static void memory_is_aligned_and_apart(void **state)
{
    unsigned char *memory[100];
    (void)state;
    for (size_t i = 0; i < 100; i++) {
        memory[i] = heap_alloc(&heap, i + 1);
        assert_non_null(memory[i]);
        assert_int_equal((uintptr_t)memory[i] % HEAP_ALIGNMENT, 0);
        assert_true(heap_room(memory[i]) >= i + 1);
        memset(memory[i], (int)i, i + 1);
    }
    for (size_t i = 0; i < 100; i++) {
        for (size_t at = 0; at <= i; at++)
            assert_int_equal(memory[i][at], i);
        assert_true(heap_free(&heap, memory[i]));
    }
}

static void nothing_and_too_much_give_null(void **state)
{
    (void)state;
    assert_null(heap_alloc(&heap, 0));
    assert_null(heap_alloc(&heap, (size_t)HEAP_LARGEST + 1));
    assert_null(heap_alloc(&heap, SIZE_MAX));
    regions_limit = 0;
    assert_null(heap_alloc(&heap, HEAP_LARGEST));
    assert_null(heap_alloc(&heap, 1));
}

static void freed_memory_is_used_again(void **state)
{
    (void)state;
    for (int i = 0; i < 10000; i++) {
        void *a = heap_alloc(&heap, 1000);
        void *b = heap_alloc(&heap, 3000);
        assert_true(heap_free(&heap, a));
        assert_true(heap_free(&heap, b));
    }
    assert_int_equal(region_bytes, HEAP_REGION_SIZE);
}

static void neighbours_merge_in_every_order(void **state)
{
    static const int orders[][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                    {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    (void)state;
    regions_limit = 1;
    for (size_t order = 0; order < 6; order++) {
        void *memory[3];
        for (int i = 0; i < 3; i++)
            memory[i] = heap_alloc(&heap, 20000);
        for (int i = 0; i < 3; i++) {
            assert_non_null(memory[orders[order][i]]);
            assert_true(heap_free(&heap, memory[orders[order][i]]));
        }
        void *all = heap_alloc(&heap, HEAP_REGION_SIZE - 32);
        assert_non_null(all);
        assert_true(heap_free(&heap, all));
    }
}

static void large_memory_has_a_region_of_its_own_and_goes_back(void **state)
{
    (void)state;
    void *small = heap_alloc(&heap, 16);
    void *large = heap_alloc(&heap, 1 << 20);
    assert_non_null(large);
    memset(large, 0xAA, 1 << 20);
    assert_int_equal(regions, 2);
    assert_true(heap_free(&heap, small));
    assert_true(heap_free(&heap, large));
    assert_int_equal(regions, 1);
}

static void freeing_twice_is_refused(void **state)
{
    (void)state;
    void *kept = heap_alloc(&heap, 100);
    void *memory = heap_alloc(&heap, 100);
    assert_true(heap_free(&heap, memory));
    assert_false(heap_free(&heap, memory));
    assert_int_equal(heap_room(memory), 0);
    assert_true(heap_free(&heap, kept));
    assert_false(heap_free(&heap, kept));
}

static void freeing_twice_is_refused_after_a_merge(void **state)
{
    void *memory[3];
    (void)state;
    for (int i = 0; i < 3; i++)
        memory[i] = heap_alloc(&heap, 100);
    assert_true(heap_free(&heap, memory[0]));
    assert_true(heap_free(&heap, memory[1]));
    assert_false(heap_free(&heap, memory[1]));
    assert_false(heap_free(&heap, memory[0]));
    assert_true(heap_free(&heap, memory[2]));
}

static void sizes_around_a_page_and_a_region_fit(void **state)
{
    static const size_t sizes[] = {4096, HEAP_REGION_SIZE, HEAP_REGION_SIZE + 4096};
    (void)state;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        for (size_t less = 0; less <= 64; less++) {
            void *memory = heap_alloc(&heap, sizes[i] - less);
            assert_non_null(memory);
            memset(memory, 0x11, sizes[i] - less);
            assert_true(heap_free(&heap, memory));
        }
    }
}

static void what_is_not_the_heaps_is_refused(void **state)
{
    _Alignas(16) unsigned char mine[64] = {0};
    (void)state;
    assert_false(heap_free(&heap, NULL));
    assert_false(heap_free(&heap, mine + 32));
    assert_false(heap_free(&heap, mine + 33));
}

/* Thousands of steps in an order that is random but always the same; every byte is checked. */
static void random_use_keeps_all_contents(void **state)
{
    enum { SLOTS = 64 };
    static unsigned char *memory[SLOTS];
    static size_t sizes[SLOTS];
    uint32_t seed = 1;
    (void)state;
    for (int step = 0; step < 50000; step++) {
        seed = seed * 1664525u + 1013904223u;
        size_t slot = (seed >> 8) % SLOTS;
        if (memory[slot] == NULL) {
            sizes[slot] = 1 + (seed >> 14) % (step % 50 == 0 ? 100000 : 700);
            memory[slot] = heap_alloc(&heap, sizes[slot]);
            assert_non_null(memory[slot]);
            memset(memory[slot], (int)slot, sizes[slot]);
        } else {
            for (size_t at = 0; at < sizes[slot]; at++)
                assert_true(memory[slot][at] == slot);
            assert_true(heap_free(&heap, memory[slot]));
            memory[slot] = NULL;
        }
    }
    for (size_t slot = 0; slot < SLOTS; slot++) {
        if (memory[slot] != NULL)
            assert_true(heap_free(&heap, memory[slot]));
        memory[slot] = NULL;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(memory_is_aligned_and_apart, prepare, finish),
        cmocka_unit_test_setup_teardown(nothing_and_too_much_give_null, prepare, finish),
        cmocka_unit_test_setup_teardown(freed_memory_is_used_again, prepare, finish),
        cmocka_unit_test_setup_teardown(neighbours_merge_in_every_order, prepare, finish),
        cmocka_unit_test_setup_teardown(large_memory_has_a_region_of_its_own_and_goes_back, prepare,
                                        finish),
        cmocka_unit_test_setup_teardown(freeing_twice_is_refused, prepare, finish),
        cmocka_unit_test_setup_teardown(freeing_twice_is_refused_after_a_merge, prepare, finish),
        cmocka_unit_test_setup_teardown(sizes_around_a_page_and_a_region_fit, prepare, finish),
        cmocka_unit_test_setup_teardown(what_is_not_the_heaps_is_refused, prepare, finish),
        cmocka_unit_test_setup_teardown(random_use_keeps_all_contents, prepare, finish),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
