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
        assert_int_equal(*space_word(address_of(i)), 0);
        assert_int_equal(*space_word(address_of(i) + PAGE_SIZE - 4), 0);
        if (writable)
            *space_word(address_of(i)) = model[i].tag = ++next_tag;
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
            assert_int_equal(*space_word(address_of(i)), model[i].tag);
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
    space_finish(free_before);
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
        assert_int_equal(space_put(USER_START, 2, 0, REGION_PROGRAM), 0);
        assert_int_equal(space_add_anywhere(&space, 2 * PAGE_SIZE, PAGE_SIZE, WRITABLE,
                                            REGION_STACK, true, &address),
                         0);
        space_finish(free_before);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_use_in_low_ram),
        cmocka_unit_test(random_use_in_high_ram),
        cmocka_unit_test(ten_thousand_spaces_leave_nothing),
    };

    return cmocka_run_group_tests_name("space, model", tests, NULL, NULL);
}
