/* sources: kernel/core/memory/memory.c kernel/core/memory/direct_map.c kernel/core/memory/spans.c kernel/core/memory/frames.c kernel/core/memory/windows.c kernel/core/memory/heap.c kernel/core/memory/heap_pages.c kernel/core/memory/stacks.c kernel/core/memory/module_pages.c kernel/core/memory/space.c kernel/core/memory/pages.c kernel/core/memory/regions.c kernel/core/user_copy.c kernel/core/files.c lib/string.c tests/unit/fakes/arch.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <abi/errors.h>
#include <kernel/files.h>
#include <kernel/memory.h>
#include <kernel/process.h>

#include "fakes/arch.h"

#define MIB        0x100000u
#define LOW        MACHINE_KERNEL_END
#define LOW_SIZE   10000u
#define HIGH       (800 * MIB) /* above the direct map */
#define HIGH_SIZE  9000u
#define USER       0x00800000u
#define USER_PAGES 4u

static struct process process; /* the running one */
static struct space *const space = &process.space;
static char got[5 * PAGE_SIZE];

/* What byte `offset` of the file at `address` holds. */
static char byte_of(phys address, uint32_t offset)
{
    return (char)((address + offset) * 2654435761u >> 24);
}

static void start(void)
{
    const struct boot_info *info;

    machine_reset(true, true);
    machine_range(0x500, BOOT_INFO_BASE, MEMORY_LOADER);
    machine_range(BOOT_INFO_BASE, BOOT_INFO_BASE + BOOT_INFO_SIZE, MEMORY_BOOT_INFO);
    machine_range(KERNEL_LOAD, MACHINE_KERNEL_END, MEMORY_KERNEL);
    machine_range(LOW, LOW + LOW_SIZE, MEMORY_FILE);
    machine_range(LOW + 3 * PAGE_SIZE, HIGH, MEMORY_FREE);
    machine_range(HIGH, HIGH + HIGH_SIZE, MEMORY_FILE);
    machine_range(HIGH + 3 * PAGE_SIZE, HIGH + 16 * MIB, MEMORY_FREE);
    machine_file("/apps/low", LOW, LOW_SIZE);
    machine_file("/apps/High.bin", HIGH, HIGH_SIZE);
    machine_file("/empty", LOW, 0);
    info = machine_power_on();
    for (uint32_t i = 0; i < LOW_SIZE; i++)
        *(char *)machine_ram(LOW + i) = byte_of(LOW, i);
    for (uint32_t i = 0; i < HIGH_SIZE; i++)
        *(char *)machine_ram(HIGH + i) = byte_of(HIGH, i);

    memory_start(info);
    files_start(info);
    memory_release_loader();
    /* boot_info is gone. */
    memset(machine_ram(BOOT_INFO_BASE), 0xEE, BOOT_INFO_SIZE);
    assert_int_equal(space_create(space), 0);
    machine_load(space->directory);
    machine_thread.process = &process;
    assert_int_equal(space_add(space, USER, USER_PAGES * PAGE_SIZE, 0, ACCESS_READ | ACCESS_WRITE,
                               REGION_MEMORY, true),
                     0);
    machine_preemption_points = 0;
    machine_forbid_user_pages(true);
}

static void check_bytes(const char *bytes, phys address, uint32_t offset, uint32_t size)
{
    for (uint32_t i = 0; i < size; i++)
        if (bytes[i] != byte_of(address, offset + i))
            fail_msg("byte %u is not that of the file", offset + i);
}

static void files_have_numbers_names_and_sizes(void **state)
{
    (void)state;
    start();
    assert_string_equal(file_at(0)->path, "/apps/low");
    assert_int_equal(file_at(0)->size, LOW_SIZE);
    assert_string_equal(file_at(1)->path, "/apps/High.bin");
    assert_int_equal(file_at(1)->address, HIGH);
    assert_string_equal(file_at(2)->path, "/empty");
    assert_null(file_at(3));
    assert_null(file_at(0xFFFFFFFF));
}

static void names_are_found_in_any_case(void **state)
{
    (void)state;
    start();
    assert_int_equal(file_find("/apps/low"), 0);
    assert_int_equal(file_find("/APPS/LOW"), 0);
    assert_int_equal(file_find("/apps/high.BIN"), 1);
    assert_int_equal(file_find("/apps/lo"), ERR_NOT_FOUND);
    assert_int_equal(file_find("/apps/low2"), ERR_NOT_FOUND);
    assert_int_equal(file_find(""), ERR_NOT_FOUND);
}

static void reading_copies_any_part(void **state)
{
    (void)state;
    start();
    for (unsigned i = 0; i < 300; i++) {
        const struct file *file = file_at(i % 2);
        uint32_t offset = machine_random(file->size);
        uint32_t left = file->size - offset;
        uint32_t size = machine_random((left < PAGE_SIZE ? left : PAGE_SIZE) + 1);

        memset(got, 0x5A, sizeof(got));
        file_read(file, offset, got, size);
        check_bytes(got, file->address, offset, size);
        assert_int_equal(got[size], 0x5A);
    }
    assert_int_equal(machine_preemption_points, 0);
}

/* A page of a program is open while the file is read into it. */
static void reading_a_page_has_no_preemption_point(void **state)
{
    phys frame;
    char *page;

    (void)state;
    start();
    frame = frame_take(FRAME_USER);
    page = frame_open(frame);
    assert_true(frame >= DIRECT_MAP_LIMIT);
    file_read(file_at(1), 100, page, PAGE_SIZE);
    frame_close(page);
    assert_int_equal(machine_preemption_points, 0);
    check_bytes(machine_ram(frame), HIGH, 100, PAGE_SIZE);
}

static void reading_for_the_program_stops_at_the_end(void **state)
{
    (void)state;
    start();
    for (unsigned round = 0; round < 300; round++) {
        const struct file *file = file_at(round % 2);
        uint32_t offset = machine_random(file->size);
        uint32_t size = machine_random(file->size), left = file->size - offset;
        uint32_t target = USER + machine_random(PAGE_SIZE);
        int result = file_read_user(file, offset, (user_ptr){target}, size);

        assert_int_equal(result, size < left ? size : left);
        for (uint32_t i = 0; i < (uint32_t)result; i++)
            if (*machine_byte(target + i) != byte_of(file->address, offset + i))
                fail_msg("byte %u is not that of the file", offset + i);
    }
    assert_int_equal(file_read_user(file_at(0), LOW_SIZE, (user_ptr){USER}, 10), 0);
    assert_int_equal(file_read_user(file_at(0), 0xFFFFFFFF, (user_ptr){USER}, 10), 0);
    assert_int_equal(file_read_user(file_at(0), 0, (user_ptr){0}, 0), 0);
    assert_int_equal(file_read_user(file_at(2), 0, (user_ptr){USER}, 10), 0);
    assert_int_equal(file_read_user(file_at(1), 1, (user_ptr){USER}, 0xFFFFFFFF), HIGH_SIZE - 1);
}

static void reading_to_a_bad_address_is_refused(void **state)
{
    (void)state;
    start();
    for (uint32_t i = 0; i < 2; i++) {
        assert_int_equal(file_read_user(file_at(i), 0, (user_ptr){0}, 10), ERR_BAD_ADDRESS);
        assert_int_equal(file_read_user(file_at(i), 0, (user_ptr){USER_END - 1}, 10),
                         ERR_BAD_ADDRESS);
        assert_int_equal(
            file_read_user(file_at(i), 0, (user_ptr){USER + USER_PAGES * PAGE_SIZE - 5}, 10),
            ERR_BAD_ADDRESS);
        assert_int_equal(file_read_user(file_at(i), 0, (user_ptr){KERNEL_BASE}, 10),
                         ERR_BAD_ADDRESS);
    }
    sched_preemption_point(); /* no window is left open */
}

static void a_full_table_fits(void **state)
{
    const struct boot_info *info;
    char path[BOOT_PATH_MAX];

    (void)state;
    machine_reset(false, false);
    machine_pc(4 * MIB, 0x8000);
    for (unsigned i = 0; i < BOOT_FILES_MAX; i++) {
        snprintf(path, sizeof(path), "/apps/%057u", i);
        machine_file(path, LOW, i);
    }
    info = machine_power_on();
    memory_start(info);
    files_start(info);
    assert_int_equal(file_find(path), BOOT_FILES_MAX - 1);
    assert_int_equal(file_at(BOOT_FILES_MAX - 1)->size, BOOT_FILES_MAX - 1);
    assert_null(file_at(BOOT_FILES_MAX));
}

static void no_files_are_no_error(void **state)
{
    (void)state;
    files_start(machine_start(8 * MIB));
    assert_null(file_at(0));
    assert_int_equal(file_find("/apps/init"), ERR_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_have_numbers_names_and_sizes),
        cmocka_unit_test(names_are_found_in_any_case),
        cmocka_unit_test(reading_copies_any_part),
        cmocka_unit_test(reading_a_page_has_no_preemption_point),
        cmocka_unit_test(reading_for_the_program_stops_at_the_end),
        cmocka_unit_test(reading_to_a_bad_address_is_refused),
        cmocka_unit_test(a_full_table_fits),
        cmocka_unit_test(no_files_are_no_error),
    };

    return cmocka_run_group_tests_name("files", tests, NULL, NULL);
}
