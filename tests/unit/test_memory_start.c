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

#define MIB 0x100000ull

/* ---- What holds on every machine ---------------------------------------------------------------
 */

static uint32_t count_frames(uint32_t kinds)
{
    uint32_t count = 0;

    for (uint32_t number = 1; number < machine_frames(); number++)
        count += machine_frame_is(number << PAGE_SHIFT, kinds) &&
                 !machine_frame_is(number << PAGE_SHIFT, KINDS(MEMORY_RESERVED));
    return count;
}

/* RAM is mapped where it belongs, for the kernel only; what is neither RAM nor in the first 4 MiB
 * is not. */
static void check_direct_map(phys odd_frame)
{
    uint32_t text_start, text_end;

    arch_kernel_text(&text_start, &text_end);
    for (uint32_t address = 0; address < DIRECT_MAP_LIMIT; address += PAGE_SIZE) {
        uint32_t entry = machine_entry(KERNEL_BASE + address);
        bool text = KERNEL_BASE + address >= text_start && KERNEL_BASE + address < text_end;

        if (address < LARGE_PAGE || machine_frame_is(address, KINDS_RAM)) {
            if (address == odd_frame)
                continue;
            if ((entry & (PTE_FRAME | PTE_WRITE | PTE_USER | PTE_GLOBAL | PTE_PRESENT)) !=
                (address | PTE_PRESENT | (text ? 0 : PTE_WRITE) | arch_global_page()))
                fail_msg("RAM at 0x%08x is mapped as 0x%08x", address, entry);
        } else if (!machine_frame_is(address, KINDS_MAPPED) && entry) {
            fail_msg("no RAM at 0x%08x, but it is mapped as 0x%08x", address, entry);
        }
    }
}

/* Takes every free frame once, each wholly RAM of these kinds and none twice, and gives them back.
 */
static void check_frames_are_free_ram(uint32_t kinds)
{
    uint32_t count = frame_held(FRAME_FREE), i;
    phys *taken = calloc(count, sizeof(*taken));
    uint8_t *seen = calloc(0x100000, 1);

    for (i = 0; i < count; i++) {
        taken[i] = i % 2 ? frame_take(FRAME_USER) : frame_take_low(FRAME_USER);
        if (!taken[i])
            taken[i] = frame_take(FRAME_USER);
        if (!taken[i] || seen[taken[i] >> PAGE_SHIFT]++)
            fail_msg("frame 0x%08x was given twice", taken[i]);
        if (!machine_frame_is(taken[i], kinds) || machine_frame_is(taken[i], ~kinds))
            fail_msg("frame 0x%08x is not free RAM", taken[i]);
    }
    assert_int_equal(frame_take(FRAME_USER), 0);
    assert_int_equal(frame_take_low(FRAME_USER), 0);
    for (i = 0; i < count; i++)
        frame_give(taken[i]);
    assert_int_equal(frame_held(FRAME_FREE), count);
    free(taken);
    free(seen);
}

/* Tables for the areas are there, and the low mapping is gone. */
static void check_areas(void)
{
    const uint32_t areas[] = {KERNEL_STACK_AREA, MODULE_AREA, DEVICE_AREA, WINDOW_AREA};
    uint32_t *master = machine_ram(arch_master_directory());

    for (unsigned i = 0; i < 4; i++) {
        assert_true(master[areas[i] >> TABLE_SHIFT] & PTE_PRESENT);
        assert_false(master[areas[i] >> TABLE_SHIFT] & PTE_USER);
        assert_int_equal(*kernel_entry(areas[i]), 0);
    }
    for (unsigned i = 0; i < KERNEL_BASE >> TABLE_SHIFT; i++)
        assert_int_equal(master[i], 0);
}

static void check_counts(uint32_t lost)
{
    struct memory_info info;

    memory_count(&info);
    assert_int_equal(info.total + lost, count_frames(KINDS_RAM));
    assert_int_equal(info.free + info.kernel + info.files + info.user + info.modules + info.tables +
                         info.stacks,
                     info.total);
    assert_int_equal(info.user, 0);
}

/* `odd_frame`: one that is RAM only in part, so that nobody gets it; or 0. */
static void start_and_check(phys odd_frame)
{
    uint32_t lost = odd_frame != 0;
    const struct boot_info *info = machine_power_on();
    uint32_t before;

    memory_start(info);
    machine_check_translations();
    check_direct_map(odd_frame);
    check_areas();
    check_counts(lost);
    check_frames_are_free_ram(KINDS_FREE);
    before = frame_held(FRAME_FREE);
    memory_release_loader();
    assert_int_equal(frame_held(FRAME_LOADER), 0);
    assert_true(frame_held(FRAME_FREE) > before);
    check_counts(lost);
    check_frames_are_free_ram(KINDS_TO_FREE);
    machine_check_translations();
}

static void check_pc(uint64_t bytes, bool large, bool global)
{
    machine_reset(large, global);
    machine_pc(bytes, 0x8000);
    start_and_check(0);
}

/* ---- Machines ----------------------------------------------------------------------------------
 */

static void four_mib_are_enough(void **state)
{
    (void)state;
    check_pc(4 * MIB, false, false);
    print_message("4 MiB: %u frames for tables and the frame table, %u free\n",
                  frame_held(FRAME_KERNEL) - (MACHINE_KERNEL_END - KERNEL_LOAD) / PAGE_SIZE,
                  frame_held(FRAME_FREE));
    assert_int_equal(frame_held(FRAME_KERNEL) - (MACHINE_KERNEL_END - KERNEL_LOAD) / PAGE_SIZE, 5);
}

static void four_mib_full_of_files_are_enough(void **state)
{
    (void)state;
    machine_reset(false, false);
    machine_pc(4 * MIB, 4 * MIB - 0x20000 - MACHINE_KERNEL_END);
    start_and_check(0);
    assert_int_equal(frame_held(FRAME_FILE), (4 * MIB - 0x20000 - MACHINE_KERNEL_END) / PAGE_SIZE);
}

static void too_little_free_ram_is_a_panic_that_says_so(void **state)
{
    const struct boot_info *info;

    (void)state;
    machine_reset(false, false);
    machine_range(BOOT_INFO_BASE, BOOT_INFO_BASE + BOOT_INFO_SIZE, MEMORY_BOOT_INFO);
    machine_range(0x90000, 0x93000, MEMORY_FREE);
    machine_range(KERNEL_LOAD, MACHINE_KERNEL_END, MEMORY_KERNEL);
    info = machine_power_on();
    PANICS(memory_start(info));
    assert_non_null(strstr(machine_panic, "more RAM"));
}

static void free_ram_that_is_not_mapped_yet_is_not_touched(void **state)
{
    const struct boot_info *info;

    (void)state;
    machine_reset(false, false);
    machine_range(BOOT_INFO_BASE, BOOT_INFO_BASE + BOOT_INFO_SIZE, MEMORY_BOOT_INFO);
    machine_range(KERNEL_LOAD, MACHINE_KERNEL_END, MEMORY_KERNEL);
    machine_range(MACHINE_KERNEL_END, 4 * MIB, MEMORY_FILE);
    machine_range(4 * MIB, 16 * MIB, MEMORY_FREE);
    info = machine_power_on();
    PANICS(memory_start(info));
    assert_non_null(strstr(machine_panic, "more RAM"));
}

static void no_place_for_the_frame_table_is_a_panic_that_says_so(void **state)
{
    const struct boot_info *info;

    (void)state;
    machine_reset(false, false);
    machine_range(BOOT_INFO_BASE, BOOT_INFO_BASE + BOOT_INFO_SIZE, MEMORY_BOOT_INFO);
    machine_range(0x90000, 0x94000, MEMORY_FREE);
    machine_range(KERNEL_LOAD, MACHINE_KERNEL_END, MEMORY_KERNEL);
    info = machine_power_on();
    PANICS(memory_start(info));
    assert_non_null(strstr(machine_panic, "table of frames"));
}

static void small_machines_work_on_a_486(void **state)
{
    (void)state;
    for (uint64_t mib = 4; mib <= 20; mib++)
        check_pc(mib * MIB, false, false);
}

static void sixty_four_mib_work_with_large_pages(void **state)
{
    uint32_t small;

    (void)state;
    check_pc(64 * MIB, false, false);
    small = frame_held(FRAME_KERNEL);
    check_pc(64 * MIB, true, true);
    assert_int_equal(small - frame_held(FRAME_KERNEL), 14); /* 16 less the first and the last */
}

static void big_machines_keep_ram_above_the_direct_map(void **state)
{
    (void)state;
    check_pc(1024 * MIB, false, false);
    check_pc(1024 * MIB, true, true);
    assert_true(frame_take(FRAME_USER) >= DIRECT_MAP_LIMIT);
    assert_true(frame_take_low(FRAME_USER) < DIRECT_MAP_LIMIT);
}

static void four_gib_leave_out_what_lies_above(void **state)
{
    (void)state;
    check_pc(4096 * MIB, true, true);
    assert_in_range(frame_held(FRAME_FREE), (3072 - 4) * MIB / PAGE_SIZE, 3072 * MIB / PAGE_SIZE);
}

static void holes_and_odd_edges_are_kept_out(void **state)
{
    (void)state;
    for (int large = 0; large < 2; large++) {
        machine_reset(large, large);
        machine_range(0, 0x50000, MEMORY_LOADER);
        machine_range(0x50000, 0x60000, MEMORY_BOOT_INFO);
        machine_range(0x60000, 0x70123, MEMORY_LOADER);
        machine_range(0x70123, 0x9E800, MEMORY_FREE);
        machine_range(0x9E800, 0xA0000, MEMORY_RESERVED);
        machine_range(KERNEL_LOAD, MACHINE_KERNEL_END - 0x123, MEMORY_KERNEL);
        machine_range(MACHINE_KERNEL_END - 0x123, MACHINE_KERNEL_END + 0x5000, MEMORY_FREE);
        machine_range(MACHINE_KERNEL_END + 0x5000, MACHINE_KERNEL_END + 0x8000, MEMORY_FILE);
        machine_range(MACHINE_KERNEL_END + 0x8000, 0xF00000, MEMORY_FREE);
        machine_range(0x1000000, 0x1FF0000, MEMORY_FREE);
        machine_range(0x1FF0000, 0x1FF3000, MEMORY_ACPI);
        machine_range(0x1FF3000, 0x2000000, MEMORY_NVS);
        machine_range(0x2400000, 0x2801000, MEMORY_FREE);
        machine_range(0x2801000, 0x2802000, MEMORY_BAD);
        machine_range(0x2802000, 0x2FFFFFF, MEMORY_FREE);
        start_and_check(0x2FFF000);
    }
}

static void random_maps_work(void **state)
{
    (void)state;
    for (uint32_t round = 0; round < 40; round++) {
        uint32_t at = MACHINE_KERNEL_END;

        machine_reset(round % 2, round % 4 >= 2);
        for (uint32_t i = 0; i < round * 7919; i++)
            machine_random(2);
        machine_range(0, 0x50000, MEMORY_LOADER);
        machine_range(0x50000, 0x60000, MEMORY_BOOT_INFO);
        machine_range(0x60000, 0x90000, MEMORY_FREE);
        machine_range(KERNEL_LOAD, MACHINE_KERNEL_END, MEMORY_KERNEL);
        for (uint32_t i = 0; i < 30; i++) {
            uint32_t size = (1 + machine_random(i % 3 ? 3000 : 60)) * PAGE_SIZE;
            enum memory_kind kind = machine_random(3) ? MEMORY_FREE : 1 + machine_random(9);

            if (kind == MEMORY_KERNEL || kind == MEMORY_BOOT_INFO)
                kind = MEMORY_FILE;
            if (machine_random(4))
                machine_range(at, at + size, kind);
            at += size;
        }
        start_and_check(0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(four_mib_are_enough),
        cmocka_unit_test(four_mib_full_of_files_are_enough),
        cmocka_unit_test(too_little_free_ram_is_a_panic_that_says_so),
        cmocka_unit_test(free_ram_that_is_not_mapped_yet_is_not_touched),
        cmocka_unit_test(no_place_for_the_frame_table_is_a_panic_that_says_so),
        cmocka_unit_test(small_machines_work_on_a_486),
        cmocka_unit_test(sixty_four_mib_work_with_large_pages),
        cmocka_unit_test(big_machines_keep_ram_above_the_direct_map),
        cmocka_unit_test(four_gib_leave_out_what_lies_above),
        cmocka_unit_test(holes_and_odd_edges_are_kept_out),
        cmocka_unit_test(random_maps_work),
    };

    return cmocka_run_group_tests_name("memory_start", tests, NULL, NULL);
}
