/* sources: kernel/core/memory/memory.c kernel/core/memory/direct_map.c kernel/core/memory/spans.c kernel/core/memory/frames.c kernel/core/memory/windows.c kernel/core/memory/heap.c kernel/core/memory/heap_pages.c kernel/core/memory/stacks.c kernel/core/memory/space.c kernel/core/memory/pages.c kernel/core/memory/regions.c tests/unit/fakes/arch.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../kernel/core/memory/memory_private.h"
#include "fakes/arch.h"
#include <abi/errors.h>

#define MIB 0x100000ull

enum { READ_ONLY = RIGHT_READ, WRITABLE = RIGHT_READ | RIGHT_WRITE };

static struct space space;

static void start(uint64_t ram)
{
    machine_start(ram);
    assert_int_equal(space_create(&space), 0);
    machine_load(space.directory);
}

/* Everything comes back, and the CPU remembers nothing. */
static void finish(uint32_t free_before)
{
    space_clear(&space);
    machine_check_translations();
    assert_null(space.regions);
    assert_int_equal(space.pages, 0);
    assert_int_equal(frame_held(FRAME_USER), 0);
    assert_int_equal(frame_held(FRAME_TABLE), 1);
    machine_load(arch_master_directory());
    space_destroy(&space);
    assert_int_equal(frame_held(FRAME_TABLE), 0);
    assert_int_equal(heap_bytes(), 0);
    assert_int_equal(frame_held(FRAME_FREE), free_before);
}

static int add(uint32_t at, uint32_t pages, uint32_t guard_pages, enum region_kind kind)
{
    return space_add(&space, at, pages * PAGE_SIZE, guard_pages * PAGE_SIZE, WRITABLE, kind, true);
}

static uint32_t *word(uint32_t address)
{
    return address_to_pointer(address);
}

/* ---- One thing at a time -----------------------------------------------------------------------
 */

static void a_space_begins_empty_with_the_kernels_part(void **state)
{
    uint32_t *directory, *master;

    (void)state;
    start(8 * MIB);
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
    start(8 * MIB);
    assert_int_equal(add(USER_START, 3, 0, REGION_PROGRAM), 0);
    for (uint32_t at = USER_START; at < USER_START + 3 * PAGE_SIZE; at += 4)
        assert_int_equal(*word(at), 0);
    assert_int_equal(machine_entry(USER_START + PAGE_SIZE) & (PTE_USER | PTE_WRITE),
                     PTE_USER | PTE_WRITE);
    assert_true(space_user_page(USER_START, true));
    assert_int_equal(machine_entry(USER_START - PAGE_SIZE), 0);
    assert_int_equal(machine_entry(USER_START + 3 * PAGE_SIZE), 0);
    assert_int_equal(space.pages, 3);
    assert_true(machine_breaths >= 3);
}

static void pages_may_lie_in_high_ram(void **state)
{
    (void)state;
    start(800 * MIB);
    assert_int_equal(add(USER_START, 3, 0, REGION_PROGRAM), 0);
    assert_true((machine_entry(USER_START) & PTE_FRAME) >= DIRECT_MAP_LIMIT);
    assert_int_equal(*word(USER_START + 8), 0);
}

static void a_range_outside_or_unaligned_is_invalid(void **state)
{
    uint32_t before;

    (void)state;
    start(8 * MIB);
    before = frame_held(FRAME_FREE);
    assert_int_equal(add(USER_START, 0, 0, REGION_MEMORY), ERR_INVALID);
    assert_int_equal(add(USER_START + 1, 1, 0, REGION_MEMORY), ERR_INVALID);
    assert_int_equal(add(USER_START - PAGE_SIZE, 1, 0, REGION_MEMORY), ERR_INVALID);
    assert_int_equal(add(0, 1, 0, REGION_MEMORY), ERR_INVALID);
    assert_int_equal(add(USER_START, 1, 1, REGION_MEMORY), ERR_INVALID);
    assert_int_equal(add(USER_END - PAGE_SIZE, 2, 0, REGION_MEMORY), ERR_INVALID);
    assert_int_equal(add(USER_END - PAGE_SIZE, 1, 1, REGION_MEMORY), ERR_INVALID);
    assert_int_equal(add(USER_END, 1, 0, REGION_MEMORY), ERR_INVALID);
    assert_int_equal(add(KERNEL_BASE + 0x100000, 1, 0, REGION_MEMORY), ERR_INVALID);
    assert_int_equal(add(0xFFFFF000, 1, 0, REGION_MEMORY), ERR_INVALID);
    assert_int_equal(add(0xFFFFF000, 0xC0000, 0, REGION_MEMORY), ERR_INVALID);
    assert_int_equal(add(0xD0000000, 0x10000, 0, REGION_MEMORY), ERR_INVALID);
    assert_int_equal(add(USER_START, 0xFFFFF, 0, REGION_MEMORY), ERR_INVALID);
    assert_int_equal(add(0x80000000, 1, 0x7FFFF, REGION_MEMORY), ERR_INVALID);
    assert_int_equal(space_add(&space, USER_START, 100, 0, WRITABLE, REGION_MEMORY, true),
                     ERR_INVALID);
    assert_int_equal(space_add(&space, 0x80000000, PAGE_SIZE, 100, WRITABLE, REGION_MEMORY, true),
                     ERR_INVALID);
    assert_int_equal(frame_held(FRAME_FREE), before);
    assert_int_equal(add(USER_END - PAGE_SIZE, 1, 0, REGION_MEMORY), 0);
}

static void guards_keep_neighbours_away(void **state)
{
    const struct region *found;

    (void)state;
    start(8 * MIB);
    assert_int_equal(add(0x800000, 2, 1, REGION_STACK), 0);
    assert_int_equal(add(0x802000, 1, 0, REGION_MEMORY), ERR_INVALID);
    assert_int_equal(add(0x7FF000, 1, 0, REGION_MEMORY), ERR_INVALID);
    assert_int_equal(add(0x803000, 1, 1, REGION_STACK), ERR_INVALID);
    assert_int_equal(add(0x803000, 1, 0, REGION_MEMORY), 0);
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

static void protected_pages_are_read_only(void **state)
{
    (void)state;
    start(8 * MIB);
    assert_int_equal(
        space_add(&space, USER_START, 2 * PAGE_SIZE, 0, READ_ONLY, REGION_PROGRAM, true), 0);
    *word(USER_START) = 1234;
    assert_int_equal(space_protect(&space, USER_START), 0);
    assert_false(machine_entry(USER_START) & PTE_WRITE);
    assert_false(machine_entry(USER_START + PAGE_SIZE) & PTE_WRITE);
    machine_check_translations();
    assert_int_equal(*word(USER_START), 1234);
    assert_false(space_user_page(USER_START, true));
    assert_true(space_user_page(USER_START, false));
    assert_int_equal(space_protect(&space, USER_START + PAGE_SIZE), ERR_INVALID);

    assert_int_equal(add(0x800000, 1, 0, REGION_PROGRAM), 0);
    assert_int_equal(space_protect(&space, 0x800000), 0);
    assert_true(space_user_page(0x800000, true));
}

static void ring0_stacks_are_not_for_ring3(void **state)
{
    (void)state;
    start(8 * MIB);
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
    memset(machine_ram(file), 0x77, 2 * PAGE_SIZE);
    assert_int_equal(
        space_add_borrowed(&space, USER_START, 2 * PAGE_SIZE, file, WRITABLE, REGION_PROGRAM),
        ERR_INVALID);
    assert_int_equal(
        space_add_borrowed(&space, USER_START, 2 * PAGE_SIZE, file, READ_ONLY, REGION_PROGRAM), 0);
    assert_int_equal(*word(USER_START + 4), 0x77777777);
    assert_false(space_user_page(USER_START + PAGE_SIZE, true));
    assert_true(space_user_page(USER_START + PAGE_SIZE, false));
    assert_int_equal(space.pages, 0);
    assert_int_equal(frame_held(FRAME_USER), 0);
    assert_int_equal(space_remove(&space, USER_START, PAGE_SIZE, REGION_PROGRAM), 0);
    assert_int_equal(frame_held(FRAME_FILE), 8);
    finish(before);
}

static void removing_needs_regions_of_that_kind_all_along(void **state)
{
    (void)state;
    start(8 * MIB);
    assert_int_equal(add(0x800000, 4, 0, REGION_MEMORY), 0);
    assert_int_equal(add(0x804000, 4, 0, REGION_MEMORY), 0);
    assert_int_equal(add(0x808000, 4, 0, REGION_PROGRAM), 0);
    assert_int_equal(add(0x80E000, 2, 1, REGION_STACK), 0);
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
    start(8 * MIB);
    assert_int_equal(add(0x800000 - PAGE_SIZE, 2, 0, REGION_MEMORY), 0);
    assert_int_equal(frame_held(FRAME_TABLE), 3);
    assert_int_equal(space_remove(&space, 0x800000, PAGE_SIZE, REGION_MEMORY), 0);
    assert_int_equal(frame_held(FRAME_TABLE), 2);
    assert_int_equal(space_remove(&space, 0x7FF000, PAGE_SIZE, REGION_MEMORY), 0);
    assert_int_equal(frame_held(FRAME_TABLE), 1);
    machine_check_translations();
}

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
        finish(left);
    }
}

static void no_gap_is_no_memory(void **state)
{
    uint32_t address;

    (void)state;
    start(8 * MIB);
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

/* ---- What others do during a breath ------------------------------------------------------------
 */

static int others_result;
static uint32_t others_calls;

static void remove_what_is_being_added(void)
{
    machine_on_breath = NULL;
    others_calls++;
    others_result = space_remove(&space, 0x800000, 2 * PAGE_SIZE, REGION_MEMORY);
}

static void a_region_being_added_is_busy(void **state)
{
    (void)state;
    start(8 * MIB);
    others_calls = 0;
    machine_on_breath = remove_what_is_being_added;
    assert_int_equal(add(0x800000, 4, 0, REGION_MEMORY), 0);
    assert_int_equal(others_calls, 1);
    assert_int_equal(others_result, ERR_BUSY);
    assert_int_equal(space_remove(&space, 0x800000, 2 * PAGE_SIZE, REGION_MEMORY), 0);
}

static void change_the_neighbours(void)
{
    machine_on_breath = NULL;
    others_calls++;
    assert_int_equal(space_remove(&space, 0x900000, PAGE_SIZE, REGION_MEMORY), 0);
    assert_int_equal(space_remove(&space, 0x7FF000, PAGE_SIZE, REGION_MEMORY), 0);
    /* What the list's items were is used anew. */
    for (uint32_t i = 0; i < 40; i++)
        memset(heap_take(sizeof(struct region)), 0x11, sizeof(struct region));
    assert_int_equal(add(0x800000, 1, 0, REGION_MEMORY), ERR_INVALID);
    assert_int_equal(space_remove(&space, 0x820000, PAGE_SIZE, REGION_MEMORY), ERR_BUSY);
    assert_int_equal(add(0xA00000, 1, 0, REGION_MEMORY), 0);
}

static void neighbours_of_what_is_removed_may_change(void **state)
{
    (void)state;
    start(8 * MIB);
    others_calls = 0;
    assert_int_equal(add(0x7FF000, 1, 0, REGION_MEMORY), 0);
    assert_int_equal(add(0x800000, 0x40, 0, REGION_MEMORY), 0);
    assert_int_equal(add(0x840000, 0x40, 0, REGION_MEMORY), 0);
    assert_int_equal(add(0x880000, 0x80, 0, REGION_MEMORY), 0);
    assert_int_equal(add(0x900000, 1, 0, REGION_MEMORY), 0);
    machine_on_breath = change_the_neighbours;
    assert_int_equal(space_remove(&space, 0x800000, 0x100 * PAGE_SIZE, REGION_MEMORY), 0);
    assert_int_equal(others_calls, 1);
    assert_int_equal(space.pages, 1);
    assert_int_equal(space.regions->start, 0xA00000);
    machine_check_translations();
}

/* ---- Against a model ---------------------------------------------------------------------------
 */

#define MODEL_PAGES 1800

/* What a page should be. */
static struct {
    enum region_kind kind; /* 0: nobody's */
    bool guard, user, writable, borrowed;
    uint32_t whole_start, whole_end; /* of a region with guards, as page numbers */
    uint32_t tag;                    /* what was written into it */
} model[MODEL_PAGES];
static uint32_t next_tag;

static uint32_t address_of(uint32_t page)
{
    return USER_START + page * PAGE_SIZE;
}

static bool model_is_free(int64_t first, int64_t end)
{
    if (first < 0 || end > MODEL_PAGES)
        return false;
    for (int64_t i = first; i < end; i++)
        if (model[i].kind)
            return false;
    return true;
}

static void model_add(uint32_t first, uint32_t pages, uint32_t guard, enum region_kind kind,
                      bool user, bool writable, bool borrowed)
{
    for (uint32_t i = first - guard; i < first + pages + guard; i++) {
        model[i].kind = kind;
        model[i].guard = i < first || i >= first + pages;
        model[i].user = user;
        model[i].writable = writable;
        model[i].borrowed = borrowed;
        model[i].whole_start = guard ? first : 0;
        model[i].whole_end = guard ? first + pages : 0;
        model[i].tag = 0;
        if (model[i].guard || borrowed)
            continue;
        assert_int_equal(*word(address_of(i)), 0);
        assert_int_equal(*word(address_of(i) + PAGE_SIZE - 4), 0);
        if (writable)
            *word(address_of(i)) = model[i].tag = ++next_tag;
    }
}

static bool model_can_remove(uint32_t first, uint32_t end, enum region_kind kind)
{
    if (end > MODEL_PAGES)
        return false;
    for (uint32_t i = first; i < end; i++)
        if (model[i].kind != kind || model[i].guard ||
            (model[i].whole_end && (model[i].whole_start < first || model[i].whole_end > end)))
            return false;
    return first < end;
}

static void model_remove(uint32_t first, uint32_t end)
{
    for (uint32_t i = first; i < end; i++) {
        if (model[i].whole_end && i == model[i].whole_start)
            for (uint32_t j = first;
                 j > 0 && model[j - 1].guard && model[j - 1].whole_start == model[i].whole_start;
                 j--)
                memset(&model[j - 1], 0, sizeof(model[0]));
        if (model[i].whole_end && i + 1 == model[i].whole_end)
            for (uint32_t j = i + 1;
                 j < MODEL_PAGES && model[j].guard && model[j].whole_end == model[i].whole_end; j++)
                memset(&model[j], 0, sizeof(model[0]));
    }
    memset(&model[first], 0, (end - first) * sizeof(model[0]));
}

static void check_model(void)
{
    uint32_t pages = 0, tables = 0, last_end = 0;
    bool table_used = false;

    for (uint32_t i = 0; i < MODEL_PAGES; i++) {
        uint32_t entry = machine_entry(address_of(i));
        bool mapped = model[i].kind && !model[i].guard;

        if (i % PAGE_ENTRIES == 0)
            table_used = false;
        tables += mapped && !table_used;
        table_used |= mapped;
        pages += mapped && !model[i].borrowed;
        if (mapped != (entry != 0))
            fail_msg("page %u should %s", i, mapped ? "be mapped" : "not be mapped");
        if (!mapped)
            continue;
        assert_int_equal(!(entry & PTE_USER), !model[i].user);
        assert_int_equal(!(entry & PTE_WRITE), !model[i].writable);
        assert_int_equal(!(entry & PTE_BORROWED), !model[i].borrowed);
        if (model[i].tag)
            assert_int_equal(*word(address_of(i)), model[i].tag);
    }
    assert_int_equal(space.pages, pages);
    assert_int_equal(frame_held(FRAME_USER), pages);
    assert_int_equal(frame_held(FRAME_TABLE), tables + 1);
    for (const struct region *region = space.regions; region; region = region->next) {
        assert_true(region->start - region->guard >= last_end);
        assert_false(region->busy);
        last_end = region->end + region->guard;
    }
    machine_check_translations();
}

static void step_add(void)
{
    uint32_t first = machine_random(MODEL_PAGES), pages = 1 + machine_random(40);
    uint32_t guard = machine_random(3) ? 0 : machine_random(3);
    bool user = machine_random(4), writable = machine_random(3);
    enum region_kind kind = 1 + machine_random(4);
    bool possible = model_is_free((int64_t)first - guard, (int64_t)first + pages + guard);
    int error;

    if ((int64_t)first + pages + guard > MODEL_PAGES)
        return;
    error = space_add(&space, address_of(first), pages * PAGE_SIZE, guard * PAGE_SIZE,
                      writable ? WRITABLE : READ_ONLY, kind, user);
    assert_int_equal(error, possible ? 0 : ERR_INVALID);
    if (error)
        return;
    assert_int_equal(space_protect(&space, address_of(first)), 0);
    model_add(first, pages, guard, kind, user, writable, false);
}

static void step_add_anywhere(void)
{
    uint32_t pages = 1 + machine_random(30), guard = machine_random(3), first = guard, start;
    enum region_kind kind = guard ? REGION_STACK : REGION_MEMORY;

    while (first + pages + guard <= MODEL_PAGES &&
           !model_is_free(first - guard, first + pages + guard))
        first++;
    if (first + pages + guard > MODEL_PAGES)
        return;
    assert_int_equal(space_add_anywhere(&space, pages * PAGE_SIZE, guard * PAGE_SIZE, WRITABLE,
                                        kind, true, &start),
                     0);
    assert_int_equal(start, address_of(first));
    model_add(first, pages, guard, kind, true, true, false);
}

static void step_add_borrowed(void)
{
    uint32_t first = machine_random(MODEL_PAGES - 8), pages = 1 + machine_random(8);
    bool possible = model_is_free(first, first + pages);
    int error = space_add_borrowed(&space, address_of(first), pages * PAGE_SIZE, MACHINE_KERNEL_END,
                                   READ_ONLY, REGION_PROGRAM);

    assert_int_equal(error, possible ? 0 : ERR_INVALID);
    if (possible)
        model_add(first, pages, 0, REGION_PROGRAM, true, false, true);
}

static void step_remove(void)
{
    uint32_t first = machine_random(MODEL_PAGES), pages = machine_random(30);
    enum region_kind kind = model[first].kind ? model[first].kind : 1 + machine_random(4);
    bool possible;
    int error;

    if (model[first].whole_end && machine_random(4)) {
        first = model[first].whole_start;
        pages = model[first].whole_end - first;
    }
    possible = model_can_remove(first, first + pages, kind);
    error = space_remove(&space, address_of(first), pages * PAGE_SIZE, kind);
    assert_int_equal(error, possible ? 0 : ERR_INVALID);
    if (possible)
        model_remove(first, first + pages);
}

static void step_find(void)
{
    uint32_t page = machine_random(MODEL_PAGES);
    uint32_t address = address_of(page) + machine_random(PAGE_SIZE);
    const struct region *region = space_find(&space, address);

    assert_int_equal(region ? region->kind : 0, model[page].kind);
    assert_int_equal(space_user_page(address, false),
                     model[page].kind && !model[page].guard && model[page].user);
    assert_int_equal(space_user_page(address, true), model[page].kind && !model[page].guard &&
                                                         model[page].user && model[page].writable);
}

static void random_use_matches_a_model(uint64_t ram)
{
    uint32_t free_before;

    machine_start(ram);
    free_before = frame_held(FRAME_FREE);
    memset(model, 0, sizeof(model));
    assert_int_equal(space_create(&space), 0);
    machine_load(space.directory);
    for (uint32_t step = 0; step < 6000; step++) {
        switch (machine_random(8)) {
        case 0:
            step_add();
            break;
        case 1:
            step_add_anywhere();
            break;
        case 2:
            step_add_borrowed();
            break;
        case 3:
        case 4:
        case 5:
        case 6:
            step_remove();
            break;
        default:
            step_find();
        }
        if (step % 20 == 0)
            check_model();
    }
    check_model();
    finish(free_before);
}

static void random_use_in_low_ram(void **state)
{
    (void)state;
    random_use_matches_a_model(16 * MIB);
}

static void random_use_in_high_ram(void **state)
{
    (void)state;
    random_use_matches_a_model(800 * MIB);
}

static void ten_thousand_spaces_leave_nothing(void **state)
{
    uint32_t free_before, address;

    (void)state;
    machine_start(8 * MIB);
    free_before = frame_held(FRAME_FREE);
    for (int i = 0; i < 10000; i++) {
        assert_int_equal(space_create(&space), 0);
        machine_load(space.directory);
        assert_int_equal(add(USER_START, 2, 0, REGION_PROGRAM), 0);
        assert_int_equal(space_add_anywhere(&space, 2 * PAGE_SIZE, PAGE_SIZE, WRITABLE,
                                            REGION_STACK, true, &address),
                         0);
        finish(free_before);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_space_begins_empty_with_the_kernels_part),
        cmocka_unit_test(pages_are_zeroed_and_the_programs),
        cmocka_unit_test(pages_may_lie_in_high_ram),
        cmocka_unit_test(a_range_outside_or_unaligned_is_invalid),
        cmocka_unit_test(guards_keep_neighbours_away),
        cmocka_unit_test(protected_pages_are_read_only),
        cmocka_unit_test(ring0_stacks_are_not_for_ring3),
        cmocka_unit_test(borrowed_pages_show_the_frames_and_leave_them),
        cmocka_unit_test(removing_needs_regions_of_that_kind_all_along),
        cmocka_unit_test(tables_come_back_when_they_are_empty),
        cmocka_unit_test(running_out_leaves_nothing_behind),
        cmocka_unit_test(no_gap_is_no_memory),
        cmocka_unit_test(a_region_being_added_is_busy),
        cmocka_unit_test(neighbours_of_what_is_removed_may_change),
        cmocka_unit_test(random_use_in_low_ram),
        cmocka_unit_test(random_use_in_high_ram),
        cmocka_unit_test(ten_thousand_spaces_leave_nothing),
    };

    return cmocka_run_group_tests_name("space", tests, NULL, NULL);
}
