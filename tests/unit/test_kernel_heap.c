/* sources: kernel/core/memory/memory.c kernel/core/memory/direct_map.c kernel/core/memory/spans.c kernel/core/memory/frames.c kernel/core/memory/windows.c kernel/core/memory/heap.c kernel/core/memory/heap_pages.c kernel/core/memory/stacks.c kernel/core/memory/module_pages.c tests/unit/fakes/arch.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../kernel/core/memory/memory_private.h"
#include "fakes/arch.h"

#define MIB    0x100000ull
#define BLOCKS 400

static struct {
    uint8_t *memory;
    size_t size;
    uint8_t fill;
} blocks[BLOCKS];
static size_t model_bytes;

static size_t random_size(void)
{
    switch (machine_random(8)) {
    case 0:
        return 1 + machine_random(HEAP_LARGEST);
    case 1:
        return 1 + machine_random(2 * PAGE_SIZE);
    default:
        return 1 + machine_random(700);
    }
}

static void check_fill(unsigned i)
{
    for (size_t at = 0; at < blocks[i].size; at++)
        if (blocks[i].memory[at] != blocks[i].fill)
            fail_msg("byte %zu of a block of %zu was changed", at, blocks[i].size);
}

static void give(unsigned i)
{
    check_fill(i);
    heap_give(blocks[i].memory);
    model_bytes -= blocks[i].size;
    blocks[i].memory = NULL;
}

static bool take(unsigned i)
{
    blocks[i].size = random_size();
    blocks[i].memory = heap_take(blocks[i].size);
    blocks[i].fill = 0;
    if (!blocks[i].memory)
        return false;
    assert_int_equal(pointer_to_address(blocks[i].memory) % 16, 0);
    check_fill(i);
    model_bytes += blocks[i].size;
    blocks[i].fill = (uint8_t)machine_random(256);
    memset(blocks[i].memory, blocks[i].fill, blocks[i].size);
    return true;
}

static void random_use_matches_a_model(uint64_t ram)
{
    uint32_t free_at_start, refused = 0;

    machine_start(ram);
    free_at_start = frame_held(FRAME_FREE);
    model_bytes = 0;
    for (unsigned step = 0; step < 60000; step++) {
        unsigned i = machine_random(BLOCKS);

        if (blocks[i].memory)
            give(i);
        else
            refused += !take(i);
        assert_true(heap_bytes() >= model_bytes);
        if (step % 5000 == 0)
            machine_check_translations();
    }
    print_message("%u of the blocks were refused\n", refused);
    for (unsigned i = 0; i < BLOCKS; i++)
        if (blocks[i].memory)
            give(i);
    assert_int_equal(heap_bytes(), 0);
    assert_int_equal(frame_held(FRAME_HEAP), 0);
    assert_int_equal(frame_held(FRAME_FREE), free_at_start);
    machine_check_translations();
}

static void random_use_on_a_small_machine(void **state)
{
    (void)state;
    random_use_matches_a_model(4 * MIB);
}

static void random_use_with_high_ram(void **state)
{
    (void)state;
    random_use_matches_a_model(800 * MIB);
}

static void every_size_works(void **state)
{
    (void)state;
    machine_start(8 * MIB);
    for (size_t size = 1; size <= HEAP_LARGEST; size += size < 5000 ? 1 : 1000) {
        uint8_t *one = heap_take(size), *two = heap_take(size);

        assert_non_null(one);
        assert_non_null(two);
        assert_true(heap_bytes() >= 2 * size && heap_bytes() <= 2 * (size + size / 2 + PAGE_SIZE));
        memset(one, 1, size);
        memset(two, 2, size);
        assert_int_equal(one[size - 1], 1);
        heap_give(one);
        heap_give(two);
        assert_int_equal(heap_bytes(), 0);
    }
    assert_int_equal(frame_held(FRAME_HEAP), 0);
}

static void sizes_out_of_range_get_nothing(void **state)
{
    (void)state;
    machine_start(8 * MIB);
    assert_null(heap_take(0));
    assert_null(heap_take(HEAP_LARGEST + 1));
    assert_null(heap_take(SIZE_MAX));
    heap_give(NULL);
}

static void small_blocks_share_pages(void **state)
{
    (void)state;
    machine_start(8 * MIB);
    for (int i = 0; i < 500; i++)
        assert_non_null(heap_take(16));
    assert_in_range(frame_held(FRAME_HEAP), 1, 2);
}

static void what_was_given_back_is_taken_again(void **state)
{
    void *memory[300];
    uint32_t frames;

    (void)state;
    machine_start(8 * MIB);
    for (int i = 0; i < 300; i++)
        memory[i] = heap_take(100);
    frames = frame_held(FRAME_HEAP);
    for (int i = 0; i < 300; i += 10)
        heap_give(memory[i]);
    for (int i = 0; i < 300; i += 10)
        assert_non_null(heap_take(100));
    assert_int_equal(frame_held(FRAME_HEAP), frames);
}

static void large_blocks_do_not_need_frames_in_a_row(void **state)
{
    phys frame, kept = 0;
    void *memory;

    (void)state;
    machine_start(8 * MIB);
    while ((frame = frame_take(FRAME_USER)))
        frame_set_note(frame, 1);
    for (frame = 0; frame < 8 * MIB && kept < 32; frame += 2 * PAGE_SIZE)
        if (frame_owner(frame) == FRAME_USER) {
            frame_give(frame);
            kept++;
        }
    memory = heap_take(HEAP_LARGEST);
    assert_non_null(memory);
    heap_give(memory);
}

static void a_refused_large_block_leaves_nothing_behind(void **state)
{
    (void)state;
    machine_start(8 * MIB);
    while (frame_held(FRAME_FREE) > 10)
        frame_take(FRAME_USER);
    assert_null(heap_take(HEAP_LARGEST));
    assert_int_equal(frame_held(FRAME_FREE), 10);
    assert_non_null(heap_take(10 * PAGE_SIZE));
    assert_null(heap_take(1));
    assert_null(heap_take(PAGE_SIZE));
}

static void an_unmapped_page_follows_each_large_block(void **state)
{
    uint32_t address, count = 0;

    (void)state;
    machine_start(16 * MIB);
    for (void *memory; (memory = heap_take(2 * PAGE_SIZE)); count++) {
        address = pointer_to_address(memory);
        assert_in_range(address, HEAP_PAGES_AREA, WINDOW_AREA_END - 3 * PAGE_SIZE);
        assert_int_equal(machine_entry(address + 2 * PAGE_SIZE), 0);
        assert_int_equal(machine_entry(address - PAGE_SIZE), 0);
    }
    assert_int_equal(count, ((WINDOW_AREA_END - HEAP_PAGES_AREA) / PAGE_SIZE - 1) / 3);
}

static void bad_pointers_are_a_panic(void **state)
{
    char *small, *page, *pages;

    (void)state;
    machine_start(8 * MIB);
    small = heap_take(100);
    page = heap_take(4000);
    pages = heap_take(10000);
    PANICS(heap_give(small + 16));
    PANICS(heap_give(small + 128)); /* never taken */
    PANICS(heap_give(small - 16));
    PANICS(heap_give(page + 16));
    PANICS(heap_give(pages + 16));
    PANICS(heap_give(pages + PAGE_SIZE));
    PANICS(heap_give(pages + 3 * PAGE_SIZE));
    PANICS(heap_give(address_to_pointer(0x1000)));
    PANICS(heap_give(address_to_pointer(KERNEL_BASE + KERNEL_LOAD)));
    PANICS(heap_give(address_to_pointer(0xFFFFF000)));
    PANICS(heap_give(address_to_pointer(WINDOW_AREA)));
    heap_give(small);
    heap_give(page);
    heap_give(pages);
    assert_int_equal(frame_held(FRAME_HEAP), 0);
}

static void giving_twice_is_a_panic(void **state)
{
    void *kept, *small, *page, *pages;

    (void)state;
    machine_start(8 * MIB);
    kept = heap_take(100);
    small = heap_take(100);
    page = heap_take(4000);
    pages = heap_take(10000);
    heap_give(small);
    heap_give(page);
    heap_give(pages);
    PANICS(heap_give(small));
    assert_non_null(strstr(machine_panic, "twice"));
    PANICS(heap_give(page));
    assert_non_null(strstr(machine_panic, "is free already"));
    PANICS(heap_give(pages));
    heap_give(kept);
    PANICS(heap_give(kept));
    assert_non_null(strstr(machine_panic, "is free already"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_use_on_a_small_machine),
        cmocka_unit_test(random_use_with_high_ram),
        cmocka_unit_test(every_size_works),
        cmocka_unit_test(sizes_out_of_range_get_nothing),
        cmocka_unit_test(small_blocks_share_pages),
        cmocka_unit_test(what_was_given_back_is_taken_again),
        cmocka_unit_test(large_blocks_do_not_need_frames_in_a_row),
        cmocka_unit_test(a_refused_large_block_leaves_nothing_behind),
        cmocka_unit_test(an_unmapped_page_follows_each_large_block),
        cmocka_unit_test(bad_pointers_are_a_panic),
        cmocka_unit_test(giving_twice_is_a_panic),
    };

    return cmocka_run_group_tests_name("kernel heap", tests, NULL, NULL);
}
