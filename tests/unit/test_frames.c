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

#define MIB   0x100000ull
#define TAKEN 3000

/* 790 MiB: some of it lies above the direct map. */
static void start_with_high_ram(void)
{
    machine_start(790 * MIB);
}

static void start_small(void)
{
    machine_start(8 * MIB);
}

static bool is_zero(phys frame)
{
    const uint32_t *words = (const uint32_t *)machine_ram(frame);

    for (uint32_t i = 0; i < PAGE_SIZE / 4; i++)
        if (words[i])
            return false;
    return true;
}

/* Any of the four ways; what is promised to be zero is, and no frame stays so. */
static phys take_somehow(enum frame_owner owner)
{
    static phys (*const ways[])(enum frame_owner) = {frame_take, frame_take_low, frame_take_zeroed,
                                                     frame_take_low_zeroed};
    uint32_t way = machine_random(4);
    phys frame = ways[way](owner);

    if (frame) {
        assert_true(way < 2 || is_zero(frame));
        assert_true(way % 2 == 0 || frame_is_low(frame));
        memset(machine_ram(frame), 0xA5, PAGE_SIZE);
    }
    return frame;
}

static void check_counts(const uint32_t *count)
{
    for (int owner = FRAME_HEAP; owner < FRAME_OWNERS; owner++)
        assert_int_equal(frame_held(owner), count[owner]);
}

static void random_taking_and_giving_matches_a_model(void **state)
{
    (void)state;
    start_small();
    static phys taken[TAKEN];
    static enum frame_owner owners[TAKEN];
    uint32_t count[FRAME_OWNERS], used = 0, free_at_start = frame_held(FRAME_FREE);

    for (int owner = 0; owner < FRAME_OWNERS; owner++)
        count[owner] = frame_held(owner);
    for (uint32_t step = 0; step < 200000; step++) {
        uint32_t i = machine_random(TAKEN);

        if (i < used) {
            assert_int_equal(frame_owner(taken[i]), owners[i]);
            assert_int_equal(frame_note(taken[i]), i + taken[i] % 7);
            frame_give(taken[i]);
            count[owners[i]]--;
            taken[i] = taken[--used];
            owners[i] = owners[used];
            if (i < used)
                frame_set_note(taken[i], i + taken[i] % 7);
        } else {
            enum frame_owner owner = FRAME_HEAP + machine_random(4);

            if (machine_random(8) == 0)
                frames_zero_one();
            taken[used] = take_somehow(owner);
            owners[used] = owner;
            if (!taken[used]) {
                assert_int_equal(frame_held(FRAME_FREE), 0);
                assert_false(frames_zero_one());
                continue;
            }
            assert_int_equal(frame_note(taken[used]), 0);
            frame_set_note(taken[used], used + taken[used] % 7);
            count[owner]++;
            used++;
        }
        assert_int_equal(frame_held(FRAME_FREE), free_at_start - used);
        check_counts(count);
    }
}

static void the_pool_of_zeroed_frames_is_bounded_and_free(void **state)
{
    (void)state;
    start_with_high_ram();
    uint32_t free = frame_held(FRAME_FREE), zeroed = 0, high = 0;
    phys frame;

    while (frames_zero_one())
        zeroed++;
    assert_int_equal(zeroed, 2 * 64);
    assert_int_equal(frame_held(FRAME_FREE), free);
    machine_check_translations();
    frame = frame_take_zeroed(FRAME_USER);
    assert_true(!frame_is_low(frame) && is_zero(frame));
    frame = frame_take_low_zeroed(FRAME_TABLE);
    assert_true(frame_is_low(frame) && is_zero(frame));
    assert_true(frames_zero_one() && frames_zero_one());
    assert_false(frames_zero_one());
    while (!frame_is_low(frame_take(FRAME_USER)))
        high++;
    assert_true(high > 64); /* those of the pool, too */
    while (frame_take_low(FRAME_USER)) {
    }
    assert_int_equal(frame_held(FRAME_FREE), 0);
}

static void a_zeroed_frame_fails_when_it_has_to(void **state)
{
    (void)state;
    start_small();
    frames_zero_one();
    memory_fail_after(2);
    assert_true(frame_take_zeroed(FRAME_USER) != 0);
    assert_int_equal(frame_take_zeroed(FRAME_USER), 0);
    assert_true(frame_take_low_zeroed(FRAME_USER) != 0);
    memory_fail_after(1);
    assert_int_equal(frame_take_low_zeroed(FRAME_USER), 0);
}

static void high_ram_is_preferred_and_low_ram_kept(void **state)
{
    (void)state;
    start_with_high_ram();
    uint32_t low = 0;
    phys frame;

    while ((frame = frame_take(FRAME_USER)) >= DIRECT_MAP_LIMIT)
        assert_false(frame_is_low(frame));
    assert_true(frame_is_low(frame));
    while ((frame = frame_take_low(FRAME_TABLE)))
        low += frame < DIRECT_MAP_LIMIT;
    assert_int_equal(low, frame_held(FRAME_TABLE));
    assert_int_equal(frame_held(FRAME_FREE), 0);
}

static void giving_a_frame_twice_is_a_panic(void **state)
{
    (void)state;
    start_small();
    phys frame = frame_take(FRAME_USER);

    frame_give(frame);
    PANICS(frame_give(frame));
    assert_non_null(strstr(machine_panic, "free already"));
}

static void giving_what_is_no_ram_is_a_panic(void **state)
{
    (void)state;
    start_small();
    PANICS(frame_give(0));
    PANICS(frame_give(0xA0000));
    PANICS(frame_give(0x800000));
    PANICS(frame_give(0xFFFFF000));
}

static void windows_show_high_frames(void **state)
{
    (void)state;
    start_with_high_ram();
    phys first = frame_take(FRAME_USER), second = frame_take(FRAME_USER);
    uint32_t *one = frame_open(first), *two = frame_open_zeroed(second);

    assert_true(first >= DIRECT_MAP_LIMIT && second >= DIRECT_MAP_LIMIT);
    assert_int_equal(arch_atomic, 2);
    one[0] = 1;
    two[1023] = 2;
    assert_int_equal(*(uint32_t *)machine_ram(first), 1);
    assert_int_equal(((uint32_t *)machine_ram(second))[1023], 2);
    frame_close(two);
    two = frame_open(first);
    two[1] = 3;
    assert_int_equal(one[1], 3);
    frame_close(two);
    frame_close(one);
    assert_int_equal(arch_atomic, 0);
    machine_check_translations();
    sched_preemption_point();
}

static void low_frames_need_no_window(void **state)
{
    (void)state;
    start_with_high_ram();
    phys frame = frame_take_low(FRAME_USER);
    void *open[20];

    for (int i = 0; i < 20; i++) {
        open[i] = frame_open(frame);
        assert_ptr_equal(open[i], phys_to_virtual(frame));
    }
    for (int i = 0; i < 20; i++)
        frame_close(open[i]);
    assert_int_equal(machine_flushes, 0);
}

static void closing_windows_out_of_order_is_a_panic(void **state)
{
    (void)state;
    start_with_high_ram();
    phys frame = frame_take(FRAME_USER);
    void *one = frame_open(frame), *two = frame_open(frame);

    PANICS(frame_close(one));
    frame_close(two);
    frame_close(one);
    PANICS(frame_close(one));
}

static void too_many_windows_are_a_panic(void **state)
{
    (void)state;
    start_with_high_ram();
    phys frame = frame_take(FRAME_USER);
    void *open[WINDOWS];

    for (int i = 0; i < WINDOWS; i++)
        open[i] = frame_open(frame);
    PANICS(frame_open(frame));
    for (int i = WINDOWS; i > 0; i--)
        frame_close(open[i - 1]);
}

static void an_overrun_of_a_window_meets_no_other(void **state)
{
    (void)state;
    start_with_high_ram();
    phys frame = frame_take(FRAME_USER);
    uint32_t one = pointer_to_address(frame_open(frame));
    uint32_t two = pointer_to_address(frame_open(frame));

    assert_int_equal(machine_entry(one + PAGE_SIZE), 0);
    assert_int_equal(machine_entry(two + PAGE_SIZE), 0);
    assert_int_equal(machine_entry(two - PAGE_SIZE), 0);
    frame_close(address_to_pointer(two));
    frame_close(address_to_pointer(one));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_taking_and_giving_matches_a_model),
        cmocka_unit_test(the_pool_of_zeroed_frames_is_bounded_and_free),
        cmocka_unit_test(a_zeroed_frame_fails_when_it_has_to),
        cmocka_unit_test(high_ram_is_preferred_and_low_ram_kept),
        cmocka_unit_test(giving_a_frame_twice_is_a_panic),
        cmocka_unit_test(giving_what_is_no_ram_is_a_panic),
        cmocka_unit_test(windows_show_high_frames),
        cmocka_unit_test(low_frames_need_no_window),
        cmocka_unit_test(closing_windows_out_of_order_is_a_panic),
        cmocka_unit_test(too_many_windows_are_a_panic),
        cmocka_unit_test(an_overrun_of_a_window_meets_no_other),
    };

    return cmocka_run_group_tests_name("frames", tests, NULL, NULL);
}
