/* sources: kernel/core/memory/memory.c kernel/core/memory/direct_map.c kernel/core/memory/spans.c kernel/core/memory/frames.c kernel/core/memory/windows.c kernel/core/memory/heap.c kernel/core/memory/heap_pages.c kernel/core/memory/stacks.c kernel/core/memory/module_pages.c kernel/core/memory/space.c kernel/core/memory/pages.c kernel/core/memory/regions.c tests/unit/fakes/space.c tests/unit/fakes/arch.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../kernel/core/memory/memory_private.h"
#include "fakes/space.h"
#include <abi/errors.h>

/* ---- Without memory ----------------------------------------------------------------------------
 */

/* With each number of free frames, adding works or leaves nothing behind. */
static void running_out_leaves_nothing_behind(void **state)
{
    (void)state;
    for (uint32_t left = 0; left < 12; left++) {
        uint32_t address = 0;
        int error;

        machine_start(8 * MIB);
        while (frame_held(FRAME_FREE) > left)
            frame_take(FRAME_LOADER);
        error = space_create(&space);
        assert_int_equal(error, left ? 0 : ERR_NO_MEMORY);
        if (error)
            continue;
        machine_load(space.directory);
        error = space_add(&space, 0x800000 - 3 * PAGE_SIZE, 6 * PAGE_SIZE, 0, WRITABLE,
                          REGION_MEMORY, true);
        /* Directory, slab, two tables, six pages. */
        assert_int_equal(error, left < 10 ? ERR_NO_MEMORY : 0);
        if (error)
            assert_int_equal(frame_held(FRAME_FREE), left - 1);
        assert_int_equal(
            space_add_anywhere(&space, 0x800000, 0, WRITABLE, REGION_MEMORY, true, &address),
            ERR_NO_MEMORY);
        space_finish(left);
    }
}

/* All that a process and its thread need, and all of it back, wherever it stopped. */
static bool live_and_die(void)
{
    uint32_t address, stack = kernel_stack_take();
    void *small = heap_take(200), *large = heap_take(2 * PAGE_SIZE);
    bool all = stack && small && large && space_create(&space) == 0;

    if (all) {
        machine_load(space.directory);
        all = space_put(USER_START, 2, 0, REGION_PROGRAM) == 0 &&
              space_add_borrowed(&space, 0x8000000, 3 * PAGE_SIZE, MACHINE_KERNEL_END, READ_ONLY,
                                 REGION_PROGRAM) == 0 &&
              space_add_anywhere(&space, 5 * PAGE_SIZE, 0, WRITABLE, REGION_MEMORY, true,
                                 &address) == 0 &&
              space_remove(&space, address + PAGE_SIZE, 2 * PAGE_SIZE, REGION_MEMORY) == 0 &&
              space_reserve(&space, 0x9000000, 3 * PAGE_SIZE, PAGE_SIZE, REGION_STACK) == 0 &&
              space_back(&space, 0x9002000) == 0;
        space_clear(&space);
        machine_check_translations();
        machine_load(arch_master_directory());
        space_destroy(&space);
    } else if (stack && small && large) {
        assert_int_equal(frame_held(FRAME_TABLE), 0);
    }
    if (stack)
        kernel_stack_give(stack);
    heap_give(small);
    heap_give(large);
    return all;
}

static void any_allocation_may_fail(void **state)
{
    uint32_t free_before, failures = 0;

    (void)state;
    machine_start(8 * MIB);
    free_before = frame_held(FRAME_FREE);
    do {
        memory_fail_after(++failures);
        if (live_and_die())
            break;
        memory_fail_after(0);
        assert_int_equal(frame_held(FRAME_FREE), free_before);
        assert_int_equal(heap_bytes(), 0);
    } while (failures < 1000);
    memory_fail_after(0);
    assert_in_range(failures, 20, 100);
    assert_int_equal(frame_held(FRAME_FREE), free_before);
}

static void no_gap_is_no_memory(void **state)
{
    uint32_t address;

    (void)state;
    space_start(8 * MIB);
    assert_int_equal(space_add_anywhere(&space, USER_END - USER_START + PAGE_SIZE, 0, WRITABLE,
                                        REGION_MEMORY, true, &address),
                     ERR_NO_MEMORY);
    assert_int_equal(
        space_add_anywhere(&space, 0xFFFFF000, 0xFFFFF000, WRITABLE, REGION_MEMORY, true, &address),
        ERR_NO_MEMORY);
    assert_int_equal(space_add_anywhere(&space, 100, 0, WRITABLE, REGION_MEMORY, true, &address),
                     ERR_INVALID);
    assert_int_equal(space_add_anywhere(&space, 0, 0, WRITABLE, REGION_MEMORY, true, &address),
                     ERR_INVALID);
}

/* ---- What others do at a preemption point --------------------------------------------------
 */

static int others_result;
static uint32_t others_calls;

static void remove_what_is_being_added(void)
{
    machine_at_preemption_point = NULL;
    others_calls++;
    others_result = space_remove(&space, 0x800000, 2 * PAGE_SIZE, REGION_MEMORY);
}

static void a_region_being_added_is_busy(void **state)
{
    (void)state;
    space_start(8 * MIB);
    others_calls = 0;
    machine_at_preemption_point = remove_what_is_being_added;
    assert_int_equal(space_put(0x800000, 4, 0, REGION_MEMORY), 0);
    assert_int_equal(others_calls, 1);
    assert_int_equal(others_result, ERR_BUSY);
    assert_int_equal(space_remove(&space, 0x800000, 2 * PAGE_SIZE, REGION_MEMORY), 0);
}

static void back_what_is_being_removed(void)
{
    machine_at_preemption_point = NULL;
    others_calls++;
    others_result = space_back(&space, 0x800000);
}

static void a_reserved_region_being_removed_is_busy(void **state)
{
    (void)state;
    space_start(8 * MIB);
    others_calls = 0;
    assert_int_equal(space_reserve(&space, 0x800000, 0x40 * PAGE_SIZE, 0, REGION_STACK), 0);
    for (uint32_t at = 0x800000; at < 0x840000; at += PAGE_SIZE)
        assert_int_equal(space_back(&space, at), 0);
    machine_at_preemption_point = back_what_is_being_removed;
    assert_int_equal(space_remove(&space, 0x800000, 0x40 * PAGE_SIZE, REGION_STACK), 0);
    assert_int_equal(others_calls, 1);
    assert_int_equal(others_result, ERR_BAD_ADDRESS);
    assert_int_equal(space.pages, 0);
}

static void change_the_neighbours(void)
{
    machine_at_preemption_point = NULL;
    others_calls++;
    assert_int_equal(space_remove(&space, 0x900000, PAGE_SIZE, REGION_MEMORY), 0);
    assert_int_equal(space_remove(&space, 0x7FF000, PAGE_SIZE, REGION_MEMORY), 0);
    /* What the list's items were is used anew. */
    for (uint32_t i = 0; i < 40; i++)
        memset(heap_take(sizeof(struct region)), 0x11, sizeof(struct region));
    assert_int_equal(space_put(0x800000, 1, 0, REGION_MEMORY), ERR_INVALID);
    for (uint32_t at = 0x820000; at < 0x900000; at += 0x40000)
        assert_int_equal(space_remove(&space, at, PAGE_SIZE, REGION_MEMORY), ERR_BUSY);
    assert_int_equal(space_put(0xA00000, 1, 0, REGION_MEMORY), 0);
}

static void neighbours_of_what_is_removed_may_change(void **state)
{
    (void)state;
    space_start(8 * MIB);
    others_calls = 0;
    assert_int_equal(space_put(0x7FF000, 1, 0, REGION_MEMORY), 0);
    assert_int_equal(space_put(0x800000, 0x40, 0, REGION_MEMORY), 0);
    assert_int_equal(space_put(0x840000, 0x40, 0, REGION_MEMORY), 0);
    assert_int_equal(space_put(0x880000, 0x80, 0, REGION_MEMORY), 0);
    assert_int_equal(space_put(0x900000, 1, 0, REGION_MEMORY), 0);
    machine_at_preemption_point = change_the_neighbours;
    assert_int_equal(space_remove(&space, 0x800000, 0x100 * PAGE_SIZE, REGION_MEMORY), 0);
    assert_int_equal(others_calls, 1);
    assert_int_equal(space.pages, 1);
    assert_int_equal(space.regions->start, 0xA00000);
    machine_check_translations();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(running_out_leaves_nothing_behind),
        cmocka_unit_test(any_allocation_may_fail),
        cmocka_unit_test(no_gap_is_no_memory),
        cmocka_unit_test(a_region_being_added_is_busy),
        cmocka_unit_test(a_reserved_region_being_removed_is_busy),
        cmocka_unit_test(neighbours_of_what_is_removed_may_change),
    };

    return cmocka_run_group_tests_name("space, failures", tests, NULL, NULL);
}
