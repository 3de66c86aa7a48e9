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

static void a_space_begins_empty_with_the_kernels_part(void **state)
{
    uint32_t *directory, *master;

    (void)state;
    space_start(8 * MIB);
    directory = machine_ram(space.directory);
    master = machine_ram(arch_master_directory());
    for (uint32_t i = 0; i < KERNEL_BASE >> TABLE_SHIFT; i++)
        assert_int_equal(directory[i], 0);
    for (uint32_t i = KERNEL_BASE >> TABLE_SHIFT; i < PAGE_ENTRIES; i++)
        assert_int_equal(directory[i] & PTE_FRAME, master[i] & PTE_FRAME);
}

static void pages_are_zeroed_and_the_programs(void **state)
{
    (void)state;
    space_start(8 * MIB);
    assert_int_equal(space_put(USER_START, 3, 0, REGION_PROGRAM), 0);
    for (uint32_t at = USER_START; at < USER_START + 3 * PAGE_SIZE; at += 4)
        assert_int_equal(*space_word(at), 0);
    assert_int_equal(machine_entry(USER_START + PAGE_SIZE) & (PTE_USER | PTE_WRITE),
                     PTE_USER | PTE_WRITE);
    assert_true(space_user_page(USER_START, true));
    assert_int_equal(machine_entry(USER_START - PAGE_SIZE), 0);
    assert_int_equal(machine_entry(USER_START + 3 * PAGE_SIZE), 0);
    assert_int_equal(space.pages, 3);
    assert_true(machine_preemption_points >= 3);
}

static void pages_may_lie_in_high_ram(void **state)
{
    (void)state;
    space_start(800 * MIB);
    assert_int_equal(space_put(USER_START, 3, 0, REGION_PROGRAM), 0);
    assert_true((machine_entry(USER_START) & PTE_FRAME) >= DIRECT_MAP_LIMIT);
    assert_int_equal(*space_word(USER_START + 8), 0);
}

static void a_range_outside_or_unaligned_is_invalid(void **state)
{
    uint32_t before;

    (void)state;
    space_start(8 * MIB);
    before = frame_held(FRAME_FREE);
    assert_int_equal(space_put(USER_START, 0, 0, REGION_MEMORY), ERR_INVALID);
    assert_int_equal(space_put(USER_START + 1, 1, 0, REGION_MEMORY), ERR_INVALID);
    assert_int_equal(space_put(USER_START - PAGE_SIZE, 1, 0, REGION_MEMORY), ERR_INVALID);
    assert_int_equal(space_put(0, 1, 0, REGION_MEMORY), ERR_INVALID);
    assert_int_equal(space_put(USER_START, 1, 1, REGION_MEMORY), ERR_INVALID);
    assert_int_equal(space_put(USER_END - PAGE_SIZE, 2, 0, REGION_MEMORY), ERR_INVALID);
    assert_int_equal(space_put(USER_END - PAGE_SIZE, 1, 1, REGION_MEMORY), ERR_INVALID);
    assert_int_equal(space_put(USER_END, 1, 0, REGION_MEMORY), ERR_INVALID);
    assert_int_equal(space_put(KERNEL_BASE + 0x100000, 1, 0, REGION_MEMORY), ERR_INVALID);
    assert_int_equal(space_put(0xFFFFF000, 1, 0, REGION_MEMORY), ERR_INVALID);
    assert_int_equal(space_put(0xFFFFF000, 0xC0000, 0, REGION_MEMORY), ERR_INVALID);
    assert_int_equal(space_put(0xD0000000, 0x10000, 0, REGION_MEMORY), ERR_INVALID);
    assert_int_equal(space_put(USER_START, 0xFFFFF, 0, REGION_MEMORY), ERR_INVALID);
    assert_int_equal(space_put(0x80000000, 1, 0x7FFFF, REGION_MEMORY), ERR_INVALID);
    assert_int_equal(space_add(&space, USER_START, 100, 0, WRITABLE, REGION_MEMORY, true),
                     ERR_INVALID);
    assert_int_equal(space_add(&space, 0x80000000, PAGE_SIZE, 100, WRITABLE, REGION_MEMORY, true),
                     ERR_INVALID);
    assert_int_equal(frame_held(FRAME_FREE), before);
    assert_int_equal(space_put(USER_END - PAGE_SIZE, 1, 0, REGION_MEMORY), 0);
}

static void guards_keep_neighbours_away(void **state)
{
    const struct region *found;

    (void)state;
    space_start(8 * MIB);
    assert_int_equal(space_put(0x800000, 2, 1, REGION_STACK), 0);
    assert_int_equal(space_put(0x802000, 1, 0, REGION_MEMORY), ERR_INVALID);
    assert_int_equal(space_put(0x7FF000, 1, 0, REGION_MEMORY), ERR_INVALID);
    assert_int_equal(space_put(0x803000, 1, 1, REGION_STACK), ERR_INVALID);
    assert_int_equal(space_put(0x803000, 1, 0, REGION_MEMORY), 0);
    found = space_find(&space, 0x7FF000);
    assert_non_null(found);
    assert_int_equal(found->start, 0x800000);
    assert_int_equal(space_find(&space, 0x802FFF)->start, 0x800000);
    assert_int_equal(space_find(&space, 0x803000)->start, 0x803000);
    assert_null(space_find(&space, 0x804000));
    assert_null(space_find(&space, 0x7FEFFF));
    assert_int_equal(machine_entry(0x7FF000), 0);
    assert_int_equal(machine_entry(0x802000), 0);
}

static void nobody_writes(void)
{
    for (uint32_t address = USER_START; address < USER_START + 2 * PAGE_SIZE; address += PAGE_SIZE)
        assert_false(machine_entry(address) & PTE_WRITE);
}

static void a_page_has_its_rights_from_its_first_moment_on(void **state)
{
    (void)state;
    space_start(8 * MIB);
    machine_at_preemption_point = nobody_writes;
    assert_int_equal(
        space_add(&space, USER_START, 2 * PAGE_SIZE, 0, READ_ONLY, REGION_PROGRAM, true), 0);
    machine_at_preemption_point = NULL;
    nobody_writes();
    assert_true(space_user_page(USER_START, false));
    *(uint32_t *)space_open(&space, USER_START) = 1234;
    assert_int_equal(*space_word(USER_START), 1234);
    machine_check_translations();

    assert_int_equal(space_put(0x800000, 1, 0, REGION_PROGRAM), 0);
    assert_true(space_user_page(0x800000, true));
}

static void ring0_stacks_are_not_for_ring3(void **state)
{
    (void)state;
    space_start(8 * MIB);
    assert_int_equal(
        space_add(&space, 0x800000, PAGE_SIZE, PAGE_SIZE, WRITABLE, REGION_STACK, false), 0);
    assert_false(machine_entry(0x800000) & PTE_USER);
    assert_true(machine_entry(0x800000) & PTE_WRITE);
    assert_false(space_user_page(0x800000, false));
    assert_true(space_entry(0x800000) & PTE_PRESENT);
    assert_int_equal(space_entry(KERNEL_BASE), 0);
    assert_int_equal(space_entry(0xFFFFFFFF), 0);
    assert_int_equal(space_entry(0), 0);
}

static void borrowed_pages_show_the_frames_and_leave_them(void **state)
{
    uint32_t before;
    phys file = MACHINE_KERNEL_END;

    (void)state;
    machine_start(8 * MIB);
    before = frame_held(FRAME_FREE);
    assert_int_equal(space_create(&space), 0);
    machine_load(space.directory);
    memset(machine_ram(file), 0x77, PAGE_SIZE);
    memset(machine_ram(file + PAGE_SIZE), 0x88, PAGE_SIZE);
    assert_int_equal(
        space_add_borrowed(&space, USER_START, 2 * PAGE_SIZE, file, WRITABLE, REGION_PROGRAM),
        ERR_INVALID);
    assert_int_equal(
        space_add_borrowed(&space, USER_START, 2 * PAGE_SIZE, file, READ_ONLY, REGION_PROGRAM), 0);
    assert_int_equal(*space_word(USER_START + 4), 0x77777777);
    assert_int_equal(*space_word(USER_START + PAGE_SIZE), 0x88888888);
    assert_false(space_user_page(USER_START + PAGE_SIZE, true));
    assert_true(space_user_page(USER_START + PAGE_SIZE, false));
    assert_int_equal(space.pages, 0);
    assert_int_equal(frame_held(FRAME_USER), 0);
    assert_int_equal(space_remove(&space, USER_START, PAGE_SIZE, REGION_PROGRAM), 0);
    assert_int_equal(frame_held(FRAME_FILE), 8);
    space_finish(before);
}

static void removing_needs_regions_of_that_kind_all_along(void **state)
{
    (void)state;
    space_start(8 * MIB);
    assert_int_equal(space_put(0x800000, 4, 0, REGION_MEMORY), 0);
    assert_int_equal(space_put(0x804000, 4, 0, REGION_MEMORY), 0);
    assert_int_equal(space_put(0x808000, 4, 0, REGION_PROGRAM), 0);
    assert_int_equal(space_put(0x80E000, 2, 1, REGION_STACK), 0);
    assert_int_equal(space_remove(&space, 0x806000, 4 * PAGE_SIZE, REGION_MEMORY), ERR_INVALID);
    assert_int_equal(space_remove(&space, 0x7FF000, 4 * PAGE_SIZE, REGION_MEMORY), ERR_INVALID);
    assert_int_equal(space_remove(&space, 0x800000, 0, REGION_MEMORY), ERR_INVALID);
    assert_int_equal(space_remove(&space, 0x800001, PAGE_SIZE, REGION_MEMORY), ERR_INVALID);
    assert_int_equal(space_remove(&space, 0x800000, 0xFFFFF000, REGION_MEMORY), ERR_INVALID);
    assert_int_equal(space_remove(&space, 0xD0000000, 0x10000000, REGION_MEMORY), ERR_INVALID);
    assert_int_equal(space_remove(&space, 0x80E000, PAGE_SIZE, REGION_STACK), ERR_INVALID);
    assert_int_equal(space.pages, 14);
    assert_int_equal(space_remove(&space, 0x802000, 4 * PAGE_SIZE, REGION_MEMORY), 0);
    assert_int_equal(space_remove(&space, 0x80E000, 2 * PAGE_SIZE, REGION_STACK), 0);
    assert_int_equal(space.pages, 8);
    assert_true(space_user_page(0x801000, true));
    assert_false(space_user_page(0x802000, true));
    assert_true(space_user_page(0x806000, true));
}

static void tables_come_back_when_they_are_empty(void **state)
{
    (void)state;
    space_start(8 * MIB);
    assert_int_equal(space_put(0x800000 - PAGE_SIZE, 2, 0, REGION_MEMORY), 0);
    assert_int_equal(frame_held(FRAME_TABLE), 3);
    assert_int_equal(space_remove(&space, 0x800000, PAGE_SIZE, REGION_MEMORY), 0);
    assert_int_equal(frame_held(FRAME_TABLE), 2);
    assert_int_equal(space_remove(&space, 0x7FF000, PAGE_SIZE, REGION_MEMORY), 0);
    assert_int_equal(frame_held(FRAME_TABLE), 1);
    machine_check_translations();
}

static void unmapping_begins_anywhere(void **state)
{
    uint32_t since_point = 0;
    phys frame;

    (void)state;
    space_start(8 * MIB);
    for (uint32_t address = 0x1000000; address < 0x1002000; address += PAGE_SIZE) {
        frame = frame_take(FRAME_USER);
        assert_int_equal(page_map(&space, address, frame | PTE_PRESENT), 0);
        space.pages++;
    }
    pages_unmap(&space, 0x801000, 0x1001000, &since_point);
    assert_int_equal(machine_entry(0x1000000), 0);
    assert_int_equal(machine_entry(0x1001000), frame | PTE_PRESENT);
    pages_unmap(&space, USER_START, USER_END, &since_point);
    assert_int_equal(frame_held(FRAME_TABLE), 1);
    assert_int_equal(space.pages, 0);
}

static void reserved_pages_get_frames_one_by_one(void **state)
{
    uint32_t address, before;
    const struct region *region;

    (void)state;
    machine_start(800 * MIB);
    before = frame_held(FRAME_FREE);
    assert_int_equal(space_create(&space), 0);
    machine_load(space.directory);
    assert_int_equal(space_reserve(&space, 0x800000, 4 * PAGE_SIZE, PAGE_SIZE, REGION_STACK), 0);
    assert_int_equal(
        space_reserve_anywhere(&space, 2 * PAGE_SIZE, PAGE_SIZE, REGION_STACK, &address), 0);
    assert_int_equal(address, USER_START + PAGE_SIZE);
    assert_int_equal(space.pages, 0);
    assert_int_equal(frame_held(FRAME_TABLE), 1);

    assert_int_equal(space_back(&space, 0x803FFF), 0);
    assert_int_equal(*space_word(0x803000), 0);
    assert_int_equal(*space_word(0x803FFC), 0);
    assert_true(space_user_page(0x803000, true));
    assert_false(space_user_page(0x802FFF, false));
    region = space_find(&space, 0x800000);
    assert_int_equal(space_backed(&space, region), PAGE_SIZE);
    assert_int_equal(space.pages, 1);

    assert_int_equal(space_back(&space, 0x803000), ERR_BAD_ADDRESS);
    assert_int_equal(space_back(&space, 0x7FFFFF), ERR_BAD_ADDRESS);
    assert_int_equal(space_back(&space, 0x804000), ERR_BAD_ADDRESS);
    assert_int_equal(space_back(&space, 0x900000), ERR_BAD_ADDRESS);
    assert_int_equal(space_back(&space, KERNEL_BASE), ERR_BAD_ADDRESS);
    assert_int_equal(space_put(0x900000, 1, 0, REGION_MEMORY), 0);
    assert_int_equal(space_back(&space, 0x900000), ERR_BAD_ADDRESS);
    assert_int_equal(space_remove(&space, 0x800000, 4 * PAGE_SIZE, REGION_STACK), 0);
    assert_int_equal(space.pages, 1);
    space_finish(before);
}

static void the_lowest_room_is_found_after_any_removal(void **state)
{
    uint32_t starts[40], address, before;

    (void)state;
    machine_start(64 * MIB);
    before = frame_held(FRAME_FREE);
    assert_int_equal(space_create(&space), 0);
    machine_load(space.directory);
    for (uint32_t i = 0; i < 40; i++) {
        assert_int_equal(
            space_reserve_anywhere(&space, PAGE_SIZE, PAGE_SIZE, REGION_STACK, &starts[i]), 0);
        assert_int_equal(starts[i], USER_START + (3 * i + 1) * PAGE_SIZE);
    }
    for (uint32_t i = 0; i < 40; i += 3)
        assert_int_equal(space_remove(&space, starts[39 - i], PAGE_SIZE, REGION_STACK), 0);
    for (uint32_t i = 0; i < 40; i += 3) {
        assert_int_equal(
            space_reserve_anywhere(&space, PAGE_SIZE, PAGE_SIZE, REGION_STACK, &address), 0);
        assert_int_equal(address, starts[i]);
    }
    assert_int_equal(space_remove(&space, starts[0], PAGE_SIZE, REGION_STACK), 0);
    assert_int_equal(space_reserve_anywhere(&space, 4 * PAGE_SIZE, 0, REGION_STACK, &address), 0);
    assert_int_equal(address, starts[39] + 2 * PAGE_SIZE);
    assert_int_equal(space_reserve_anywhere(&space, PAGE_SIZE, 0, REGION_STACK, &address), 0);
    assert_int_equal(address, USER_START);
    space_finish(before);
}

/* Over the edges of page tables, with and without holes. */
static void what_is_backed_is_counted_table_by_table(void **state)
{
    uint32_t before, start = USER_START + 0x3FD000;
    uint32_t size = 9 * PAGE_SIZE + 2 * 0x400000;

    (void)state;
    machine_start(64 * MIB);
    before = frame_held(FRAME_FREE);
    assert_int_equal(space_create(&space), 0);
    machine_load(space.directory);
    assert_int_equal(space_put(start - PAGE_SIZE, 1, 0, REGION_INFO), 0);
    assert_int_equal(space_put(start, size / PAGE_SIZE, 0, REGION_MEMORY), 0);
    assert_int_equal(space_put(start + size, 1, 0, REGION_INFO), 0);
    assert_int_equal(space_backed(&space, space_find(&space, start)), size);
    assert_int_equal(space_reserve(&space, 0x8000000, size, PAGE_SIZE, REGION_STACK), 0);
    assert_int_equal(space_backed(&space, space_find(&space, 0x8000000)), 0);
    for (uint32_t page = 0; page < size / PAGE_SIZE; page += 5)
        assert_int_equal(space_back(&space, 0x8000000 + page * PAGE_SIZE), 0);
    assert_int_equal(space_backed(&space, space_find(&space, 0x8000000)),
                     (size / PAGE_SIZE + 4) / 5 * PAGE_SIZE);
    space_finish(before);
}

static void memory_side_by_side_is_one_region(void **state)
{
    uint32_t before;

    (void)state;
    machine_start(64 * MIB);
    before = frame_held(FRAME_FREE);
    assert_int_equal(space_create(&space), 0);
    machine_load(space.directory);
    assert_int_equal(space_put(0x800000, 2, 0, REGION_MEMORY), 0);
    assert_int_equal(space_put(0x803000, 2, 0, REGION_MEMORY), 0);
    assert_int_equal(space.region_count, 2);
    assert_int_equal(space_put(0x802000, 1, 0, REGION_MEMORY), 0);
    assert_int_equal(space.region_count, 1);
    assert_int_equal(space_find(&space, 0x802000)->start, 0x800000);
    assert_int_equal(space_find(&space, 0x802000)->end, 0x805000);

    /* Other rights, another kind, a guard: they stay apart. */
    assert_int_equal(space_add(&space, 0x805000, PAGE_SIZE, 0, READ_ONLY, REGION_MEMORY, true), 0);
    assert_int_equal(space_put(0x7FF000, 1, 0, REGION_LIBRARY), 0);
    assert_int_equal(space_put(0x808000, 1, 1, REGION_STACK), 0);
    assert_int_equal(space.region_count, 4);

    /* A hole makes two of one, and closing it one of two. */
    assert_int_equal(space_remove(&space, 0x801000, PAGE_SIZE, REGION_MEMORY), 0);
    assert_int_equal(space.region_count, 5);
    assert_int_equal(space_put(0x801000, 1, 0, REGION_MEMORY), 0);
    assert_int_equal(space.region_count, 4);
    space_finish(before);
}

static void a_space_has_so_many_regions_and_no_more(void **state)
{
    uint32_t before, address = 0x800000;

    (void)state;
    machine_start(64 * MIB);
    before = frame_held(FRAME_FREE);
    assert_int_equal(space_create(&space), 0);
    machine_load(space.directory);
    assert_int_equal(space_put(0x400000, 3, 0, REGION_MEMORY), 0);
    for (; space.region_count < REGIONS_MAX; address += 2 * PAGE_SIZE)
        assert_int_equal(space_put(address, 1, 0, REGION_MEMORY), 0);
    assert_int_equal(space_put(address, 1, 0, REGION_MEMORY), ERR_LIMIT);
    assert_int_equal(space_reserve(&space, address, PAGE_SIZE, 0, REGION_STACK), ERR_LIMIT);
    assert_int_equal(space_remove(&space, 0x401000, PAGE_SIZE, REGION_MEMORY), ERR_LIMIT);
    assert_int_equal(space_remove(&space, 0x402000, PAGE_SIZE, REGION_MEMORY), ERR_LIMIT);
    assert_int_equal(space_backed(&space, space_find(&space, 0x400000)), 3 * PAGE_SIZE);
    assert_int_equal(space_remove(&space, 0x800000, PAGE_SIZE, REGION_MEMORY), 0);
    assert_int_equal(space_remove(&space, 0x402000, PAGE_SIZE, REGION_MEMORY), 0);
    assert_int_equal(space.region_count, REGIONS_MAX - 1);
    space_finish(before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_space_begins_empty_with_the_kernels_part),
        cmocka_unit_test(pages_are_zeroed_and_the_programs),
        cmocka_unit_test(pages_may_lie_in_high_ram),
        cmocka_unit_test(a_range_outside_or_unaligned_is_invalid),
        cmocka_unit_test(guards_keep_neighbours_away),
        cmocka_unit_test(a_page_has_its_rights_from_its_first_moment_on),
        cmocka_unit_test(ring0_stacks_are_not_for_ring3),
        cmocka_unit_test(borrowed_pages_show_the_frames_and_leave_them),
        cmocka_unit_test(removing_needs_regions_of_that_kind_all_along),
        cmocka_unit_test(tables_come_back_when_they_are_empty),
        cmocka_unit_test(unmapping_begins_anywhere),
        cmocka_unit_test(the_lowest_room_is_found_after_any_removal),
        cmocka_unit_test(reserved_pages_get_frames_one_by_one),
        cmocka_unit_test(what_is_backed_is_counted_table_by_table),
        cmocka_unit_test(memory_side_by_side_is_one_region),
        cmocka_unit_test(a_space_has_so_many_regions_and_no_more),
    };

    return cmocka_run_group_tests_name("space", tests, NULL, NULL);
}
