/* sources: kernel/core/memory/memory.c kernel/core/memory/direct_map.c kernel/core/memory/spans.c kernel/core/memory/frames.c kernel/core/memory/windows.c kernel/core/memory/heap.c kernel/core/memory/heap_pages.c kernel/core/memory/stacks.c kernel/core/memory/module_pages.c kernel/core/memory/space.c kernel/core/memory/pages.c kernel/core/memory/regions.c kernel/core/user_copy.c tests/unit/fakes/arch.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <abi/errors.h>
#include <kernel/memory.h>
#include <kernel/process.h>
#include <kernel/user_copy.h>

#include "fakes/arch.h"

/* Two writable pages, a read-only one, one that is not there, a ring-0 stack with guards. */
#define BASE       0x00800000u
#define READ_ONLY  (BASE + 0x2000)
#define MISSING    (BASE + 0x3000)
#define RING0      (BASE + 0x6000)
#define RING0_SIZE 0x2000u
#define LAST       (USER_END - PAGE_SIZE) /* one more writable page */

static struct process process; /* the running one */
static struct space *const space = &process.space;
static char kernel[4 * PAGE_SIZE], pattern[4 * PAGE_SIZE];

static user_ptr at(uint32_t address)
{
    return (user_ptr){address};
}

/* The pages lie in low RAM, or in RAM that is only reached through windows. */
static void start_with(uint64_t ram)
{
    const uint32_t writable = ACCESS_READ | ACCESS_WRITE;

    machine_start(ram);
    assert_int_equal(space_create(space), 0);
    machine_load(space->directory);
    machine_thread.process = &process;
    assert_int_equal(space_add(space, BASE, 0x2000, 0, writable, REGION_MEMORY, true), 0);
    assert_int_equal(space_add(space, READ_ONLY, 0x1000, 0, ACCESS_READ, REGION_PROGRAM, true), 0);
    assert_int_equal(space_add(space, RING0, RING0_SIZE, PAGE_SIZE, writable, REGION_STACK, false),
                     0);
    assert_int_equal(space_add(space, LAST, PAGE_SIZE, 0, writable, REGION_MEMORY, true), 0);
    for (size_t i = 0; i < sizeof(pattern); i++)
        pattern[i] = (char)machine_random(256);
    memset(kernel, 0, sizeof(kernel));
    machine_preemption_points = 0;
    machine_forbid_user_pages(true);
}

static void start(void)
{
    start_with(8 * 0x100000);
}

static void copies_go_across_pages_both_ways(void **state)
{
    (void)state;
    for (uint64_t mib = 8; mib <= 800; mib += 792) {
        start_with(mib * 0x100000);
        assert_int_equal(user_copy_out(at(BASE + 100), pattern, 5000), 0);
        assert_int_equal(user_copy_in(kernel, at(BASE + 100), 5000), 0);
        assert_memory_equal(kernel, pattern, 5000);
        assert_int_equal(kernel[5000], 0);
        assert_int_equal(*machine_byte(BASE + 99), 0);
        assert_int_equal(*machine_byte(BASE + 5100), 0);
        assert_int_equal(machine_preemption_points, 2);
    }
}

static void every_boundary_is_copied_exactly(void **state)
{
    (void)state;
    start();
    for (uint32_t from = BASE + PAGE_SIZE - 5; from < BASE + PAGE_SIZE + 5; from++)
        for (size_t size = 0; size < 12; size++) {
            memset(kernel, 0, 32);
            memset(machine_byte(BASE), 0, PAGE_SIZE);
            memset(machine_byte(BASE + PAGE_SIZE), 0, PAGE_SIZE);
            assert_int_equal(user_copy_out(at(from), pattern, size), 0);
            assert_int_equal(user_copy_in(kernel + 1, at(from - 1), size + 2), 0);
            assert_int_equal(kernel[1], 0);
            assert_memory_equal(kernel + 2, pattern, size);
            assert_int_equal(kernel[size + 2], 0);
        }
}

static void nothing_is_nowhere(void **state)
{
    (void)state;
    start();
    assert_int_equal(user_copy_in(kernel, at(0), 0), 0);
    assert_int_equal(user_copy_out(at(0xFFFFFFFF), kernel, 0), 0);
    assert_int_equal(user_copy_out(at(USER_END), kernel, 0), 0);
}

static void read_only_pages_are_read_only(void **state)
{
    (void)state;
    start();
    assert_int_equal(user_copy_in(kernel, at(READ_ONLY), PAGE_SIZE), 0);
    assert_int_equal(user_copy_out(at(READ_ONLY), kernel, 1), ERR_BAD_ADDRESS);
    assert_int_equal(user_copy_out(at(READ_ONLY - 1), kernel, 2), ERR_BAD_ADDRESS);
    machine_thread.mode = MODE_KERNEL;
    assert_int_equal(user_copy_out(at(READ_ONLY), kernel, 1), ERR_BAD_ADDRESS);
}

/* Addresses where a copy of any kind has to be refused. */
static void check_refused(uint32_t address, size_t size)
{
    assert_int_equal(user_copy_in(kernel, at(address), size), ERR_BAD_ADDRESS);
    assert_int_equal(user_copy_out(at(address), kernel, size), ERR_BAD_ADDRESS);
}

static void what_is_not_mapped_is_refused(void **state)
{
    (void)state;
    for (uint32_t mode = MODE_USER; mode <= MODE_KERNEL; mode++) {
        start();
        machine_thread.mode = mode;
        check_refused(0, 1);
        check_refused(MISSING, 1);
        check_refused(MISSING - 1, 2);
        check_refused(RING0 - 1, 1);
        check_refused(RING0 + RING0_SIZE, 1);
        check_refused(0x40000000, 4);
    }
}

static void the_kernel_is_refused_in_any_ring(void **state)
{
    (void)state;
    for (uint32_t mode = MODE_USER; mode <= MODE_KERNEL; mode++) {
        start();
        machine_thread.mode = mode;
        assert_int_equal(user_copy_in(kernel, at(LAST), PAGE_SIZE), 0);
        assert_int_equal(user_copy_in(kernel, at(USER_END - 1), 1), 0);
        check_refused(USER_END, 1);
        check_refused(USER_END - 1, 2);
        check_refused(KERNEL_BASE + KERNEL_LOAD, 4);
        check_refused(LAST, SIZE_MAX);
        check_refused(LAST, 0xFFFFFFFF);
        check_refused(LAST, 0x40001000);
        check_refused(0xFFFFFFFF, 2);
        check_refused(0xFFFFFFFF, 1);
        check_refused(0xFFFFF000, 0x2000);
    }
}

static void ring0_stacks_are_for_ring0_only(void **state)
{
    (void)state;
    start();
    check_refused(RING0, 4);
    check_refused(RING0 + RING0_SIZE - 4, 4);
    assert_int_equal(user_copy_text(kernel, at(RING0), 10), ERR_BAD_ADDRESS);
    machine_thread.mode = MODE_KERNEL;
    assert_int_equal(user_copy_out(at(RING0), pattern, RING0_SIZE), 0);
    assert_int_equal(user_copy_in(kernel, at(RING0), RING0_SIZE), 0);
    assert_memory_equal(kernel, pattern, RING0_SIZE);
    check_refused(RING0, RING0_SIZE + 1);
}

static void unmap_second_page(void)
{
    machine_at_preemption_point = NULL;
    assert_int_equal(space_remove(space, BASE + PAGE_SIZE, PAGE_SIZE, REGION_MEMORY), 0);
}

static void a_page_that_goes_away_meanwhile_is_refused(void **state)
{
    (void)state;
    start();
    machine_at_preemption_point = unmap_second_page;
    assert_int_equal(user_copy_in(kernel, at(BASE), 2 * PAGE_SIZE), ERR_BAD_ADDRESS);
}

static void reserved_pages_are_backed_on_the_way(void **state)
{
    (void)state;
    start();
    assert_int_equal(space_reserve(space, 0x900000, 4 * PAGE_SIZE, PAGE_SIZE, REGION_STACK), 0);
    assert_int_equal(user_copy_out(at(0x900800), pattern, 2 * PAGE_SIZE), 0);
    assert_int_equal(user_copy_in(kernel, at(0x900800), 2 * PAGE_SIZE), 0);
    assert_memory_equal(kernel, pattern, 2 * PAGE_SIZE);
    assert_int_equal(user_copy_in(kernel, at(0x903000), PAGE_SIZE), 0);
    assert_int_equal(kernel[0], 0);
    check_refused(0x904000, 1);
    check_refused(0x8FFFFF, 1);
}

static void text_is_copied_with_its_end(void **state)
{
    const uint32_t from = BASE + PAGE_SIZE - 3;

    (void)state;
    start();
    memcpy(machine_byte(from), "acr", 3);
    memcpy(machine_byte(from + 3), "oss", 4);
    memset(kernel, 'x', 32);
    assert_int_equal(user_copy_text(kernel, at(from), 32), 0);
    assert_string_equal(kernel, "across");
    assert_int_equal(user_copy_text(kernel, at(from), 7), 0);
    assert_int_equal(user_copy_text(kernel, at(from), 6), ERR_TOO_LONG);
    assert_int_equal(user_copy_text(kernel, at(from), 0), ERR_TOO_LONG);
    assert_int_equal(user_copy_text(kernel, at(MISSING), 6), ERR_BAD_ADDRESS);
}

static void text_may_end_right_before_what_is_not_there(void **state)
{
    (void)state;
    start();
    strcpy(machine_byte(LAST + PAGE_SIZE - 4), "end");
    assert_int_equal(user_copy_text(kernel, at(LAST + PAGE_SIZE - 4), 100), 0);
    assert_string_equal(kernel, "end");
    assert_int_equal(user_copy_text(kernel, at(LAST + PAGE_SIZE - 1), 100), 0);
    assert_string_equal(kernel, "");
    memcpy(machine_byte(LAST + PAGE_SIZE - 4), "none", 4);
    assert_int_equal(user_copy_text(kernel, at(LAST + PAGE_SIZE - 4), 100), ERR_BAD_ADDRESS);
    assert_int_equal(user_copy_text(kernel, at(LAST + PAGE_SIZE - 4), 4), ERR_TOO_LONG);
    assert_int_equal(user_copy_text(kernel, at(0xFFFFFFFC), 100), ERR_BAD_ADDRESS);
}

static void a_page_that_cannot_be_backed_is_told_as_lack_of_memory(void **state)
{
    char byte = 1;

    (void)state;
    start();
    assert_int_equal(space_reserve(space, 0x900000, PAGE_SIZE, PAGE_SIZE, REGION_STACK), 0);
    memory_fail_after(1);
    assert_int_equal(user_copy_out(at(0x900000), &byte, 1), ERR_NO_MEMORY);
    memory_fail_after(1);
    assert_int_equal(user_copy_in(&byte, at(0x900000), 1), ERR_NO_MEMORY);
    memory_fail_after(0);
    assert_int_equal(user_copy_out(at(0x900000), &byte, 1), 0);
    assert_int_equal(user_copy_out(at(0x8FF000), &byte, 1), ERR_BAD_ADDRESS); /* a guard */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(copies_go_across_pages_both_ways),
        cmocka_unit_test(every_boundary_is_copied_exactly),
        cmocka_unit_test(nothing_is_nowhere),
        cmocka_unit_test(read_only_pages_are_read_only),
        cmocka_unit_test(what_is_not_mapped_is_refused),
        cmocka_unit_test(the_kernel_is_refused_in_any_ring),
        cmocka_unit_test(ring0_stacks_are_for_ring0_only),
        cmocka_unit_test(a_page_that_goes_away_meanwhile_is_refused),
        cmocka_unit_test(reserved_pages_are_backed_on_the_way),
        cmocka_unit_test(a_page_that_cannot_be_backed_is_told_as_lack_of_memory),
        cmocka_unit_test(text_is_copied_with_its_end),
        cmocka_unit_test(text_may_end_right_before_what_is_not_there),
    };

    return cmocka_run_group_tests_name("user_copy", tests, NULL, NULL);
}
