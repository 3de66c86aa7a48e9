/* sources: kernel/core/memory/memory.c kernel/core/memory/direct_map.c kernel/core/memory/spans.c kernel/core/memory/frames.c kernel/core/memory/windows.c kernel/core/memory/heap.c kernel/core/memory/heap_pages.c kernel/core/memory/stacks.c kernel/core/memory/module_pages.c tests/unit/fakes/arch.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <hw/x86.h>
#include <kernel/memory.h>

#include "fakes/arch.h"

#define MIB 0x100000ull

static void pages_are_zeroed_between_unmapped_ones_and_become_read_only(void **state)
{
    uint32_t address;

    (void)state;
    machine_start(8 * MIB);
    address = module_pages_take(3);
    assert_true(address > MODULE_AREA && address < MODULE_AREA_END);
    assert_int_equal(machine_entry(address - PAGE_SIZE), 0);
    assert_int_equal(machine_entry(address + 3 * PAGE_SIZE), 0);
    assert_int_equal(frame_held(FRAME_MODULE), 3);
    assert_int_equal(*machine_byte(address + 2 * PAGE_SIZE), 0);
    memset(address_to_pointer(address), 0x55, 3 * PAGE_SIZE);
    module_pages_protect(address, 2);
    assert_false(machine_entry(address + PAGE_SIZE) & PTE_WRITE);
    assert_true(machine_entry(address + 2 * PAGE_SIZE) & PTE_WRITE);
    machine_check_translations();
    module_pages_give(address);
    assert_int_equal(frame_held(FRAME_MODULE), 0);
    assert_int_equal(machine_entry(address), 0);
    machine_check_translations();
}

static void files_are_shown_read_only_and_stay_whose_they_are(void **state)
{
    phys frame;
    uint32_t address, free, files;

    (void)state;
    machine_start(8 * MIB);
    frame = frame_take(FRAME_FILE);
    free = frame_held(FRAME_FREE);
    files = frame_held(FRAME_FILE);
    address = module_pages_show(frame, 100);
    assert_true(address);
    assert_int_equal(machine_entry(address) & PTE_FRAME, frame);
    assert_false(machine_entry(address) & PTE_WRITE);
    module_pages_give(address);
    assert_int_equal(machine_entry(address), 0);
    assert_int_equal(frame_held(FRAME_FREE), free);
    assert_int_equal(frame_held(FRAME_FILE), files);
}

static void without_memory_or_room_nothing_is_taken(void **state)
{
    uint32_t free;

    (void)state;
    machine_start(8 * MIB);
    free = frame_held(FRAME_FREE);
    for (uint32_t after = 1; after <= 4; after++) {
        memory_fail_after(after);
        assert_int_equal(module_pages_take(4), 0);
        assert_int_equal(frame_held(FRAME_FREE), free);
    }
    memory_fail_after(0);
    assert_int_equal(module_pages_take(0), 0);
    assert_int_equal(module_pages_take(0xFFFFFFFF), 0);
    assert_int_equal(module_pages_show(0x200000, 0), 0);
    assert_int_equal(module_pages_show(0x200000, 0xFFFFFFFF), 0);
    assert_int_equal(frame_held(FRAME_FREE), free);
}

static void blocks_lie_apart_and_gaps_are_used_again(void **state)
{
    uint32_t one, two, three;

    (void)state;
    machine_start(8 * MIB);
    one = module_pages_take(2);
    two = module_pages_take(2);
    assert_int_equal(two, one + 3 * PAGE_SIZE);
    module_pages_give(one);
    three = module_pages_take(2);
    assert_int_equal(three, one);
    PANICS(module_pages_give(two + PAGE_SIZE));
    PANICS(module_pages_give(two + 1));
    PANICS(module_pages_give(MODULE_AREA));
    PANICS(module_pages_give(0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages_are_zeroed_between_unmapped_ones_and_become_read_only),
        cmocka_unit_test(files_are_shown_read_only_and_stay_whose_they_are),
        cmocka_unit_test(without_memory_or_room_nothing_is_taken),
        cmocka_unit_test(blocks_lie_apart_and_gaps_are_used_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
