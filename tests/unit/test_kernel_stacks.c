/* sources: kernel/core/memory/memory.c kernel/core/memory/direct_map.c kernel/core/memory/spans.c kernel/core/memory/frames.c kernel/core/memory/windows.c kernel/core/memory/heap.c kernel/core/memory/heap_pages.c kernel/core/memory/stacks.c kernel/core/memory/module_pages.c tests/unit/fakes/arch.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <kernel/memory.h>

#include "fakes/arch.h"

#define MIB        0x100000ull
#define STACK_SIZE (KERNEL_STACK_PAGES * PAGE_SIZE)
#define STACKS_MAX 6000

static uint32_t tops[STACKS_MAX];

static void check_stack(uint32_t top)
{
    assert_int_equal(machine_entry(top), 0);
    assert_int_equal(machine_entry(top - STACK_SIZE - PAGE_SIZE), 0);
    assert_true(kernel_stack_is_guard(top));
    assert_true(kernel_stack_is_guard(top - STACK_SIZE - 1));
    assert_false(kernel_stack_is_guard(top - 1));
    assert_false(kernel_stack_is_guard(top - STACK_SIZE));
}

static void a_stack_is_writable_between_unmapped_pages(void **state)
{
    uint32_t top;

    (void)state;
    machine_start(8 * MIB);
    top = kernel_stack_take();
    assert_true(top);
    memset(address_to_pointer(top - STACK_SIZE), 0x55, STACK_SIZE);
    check_stack(top);
    assert_int_equal(frame_held(FRAME_STACK), KERNEL_STACK_PAGES);
    kernel_stack_give(top);
    assert_int_equal(frame_held(FRAME_STACK), 0);
    machine_check_translations();
}

static uint32_t take_all(void)
{
    uint32_t count = 0;

    while ((tops[count] = kernel_stack_take()))
        count++;
    return count;
}

static void all_slots_can_be_taken_and_taken_again(void **state)
{
    uint32_t count, free_at_start;

    (void)state;
    machine_start(68 * MIB);
    free_at_start = frame_held(FRAME_FREE);
    count = take_all();
    assert_int_equal(count, 16 * 1024 / 3);
    for (uint32_t i = 0; i < count; i++)
        check_stack(tops[i]);
    for (uint32_t i = 0; i < count; i++)
        kernel_stack_give(tops[(i * 7) % count]);
    assert_int_equal(frame_held(FRAME_FREE), free_at_start);
    assert_int_equal(take_all(), count);
}

static void a_small_machine_runs_out_of_frames_first(void **state)
{
    static phys others[1024];
    uint32_t count, other_count = 0;

    (void)state;
    machine_start(4 * MIB);
    while (frame_held(FRAME_FREE) > 101)
        others[other_count++] = frame_take(FRAME_USER);
    count = take_all();
    assert_int_equal(count, 50);
    for (uint32_t i = 0; i < 1000; i++)
        assert_int_equal(kernel_stack_take(), 0);
    assert_int_equal(frame_held(FRAME_FREE), 1);
    for (uint32_t i = 0; i < count; i++)
        kernel_stack_give(tops[i]);
    assert_int_equal(frame_held(FRAME_STACK), 0);
    assert_int_equal(take_all(), count);

    /* No slot was lost. */
    while (other_count)
        frame_give(others[--other_count]);
    assert_int_equal(take_all(), 1024 / 3 - count);
}

static void random_use_never_gives_a_stack_twice(void **state)
{
    uint32_t used = 0, top;

    (void)state;
    machine_start(8 * MIB);
    for (uint32_t step = 0; step < 20000; step++) {
        uint32_t i = machine_random(300);

        if (i < used) {
            assert_int_equal(*(uint32_t *)address_to_pointer(tops[i] - 4), tops[i]);
            kernel_stack_give(tops[i]);
            tops[i] = tops[--used];
        } else if ((top = kernel_stack_take())) {
            *(uint32_t *)address_to_pointer(top - 4) = top;
            tops[used++] = top;
        }
        assert_int_equal(frame_held(FRAME_STACK), used * KERNEL_STACK_PAGES);
    }
    machine_check_translations();
}

static void giving_what_is_no_stack_is_a_panic(void **state)
{
    uint32_t other, top;

    (void)state;
    machine_start(8 * MIB);
    other = kernel_stack_take();
    top = kernel_stack_take();
    assert_true(other && top);
    PANICS(kernel_stack_give(0));
    PANICS(kernel_stack_give(KERNEL_STACK_AREA));
    PANICS(kernel_stack_give(KERNEL_STACK_END));
    PANICS(kernel_stack_give(top - PAGE_SIZE));
    PANICS(kernel_stack_give(top + STACK_SIZE + PAGE_SIZE));
    kernel_stack_give(top);
    PANICS(kernel_stack_give(top));
}

static void what_lies_elsewhere_is_no_guard(void **state)
{
    (void)state;
    machine_start(8 * MIB);
    assert_false(kernel_stack_is_guard(0));
    assert_false(kernel_stack_is_guard(KERNEL_STACK_AREA - 1));
    assert_false(kernel_stack_is_guard(KERNEL_STACK_END));
    assert_true(kernel_stack_is_guard(KERNEL_STACK_END - 1));
    /* 8 MiB of RAM have two tables of slots. */
    assert_false(kernel_stack_is_guard(KERNEL_STACK_AREA + (3 * 681 + 1) * PAGE_SIZE));
    assert_true(kernel_stack_is_guard(KERNEL_STACK_AREA + (3 * 682 + 1) * PAGE_SIZE));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stack_is_writable_between_unmapped_pages),
        cmocka_unit_test(all_slots_can_be_taken_and_taken_again),
        cmocka_unit_test(a_small_machine_runs_out_of_frames_first),
        cmocka_unit_test(random_use_never_gives_a_stack_twice),
        cmocka_unit_test(giving_what_is_no_stack_is_a_panic),
        cmocka_unit_test(what_lies_elsewhere_is_no_guard),
    };

    return cmocka_run_group_tests_name("kernel stacks", tests, NULL, NULL);
}
