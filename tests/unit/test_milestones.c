/* sources: kernel/debug/milestones.c lib/format.c lib/divide.c lib/string.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../kernel/debug/state.h"

static char written[8192];
static uint64_t now_us;

static uint64_t tsc;

bool arch_has_tsc(void)
{
    return true;
}

uint64_t arch_tsc_read(void)
{
    return tsc;
}

uint64_t debug_microseconds(void)
{
    return now_us;
}

void log_at(uint64_t microseconds, const char *text)
{
    size_t size = strlen(written);

    snprintf(written + size, sizeof written - size, "[%u.%06u] %s\n",
             (unsigned)(microseconds / 1000000), (unsigned)(microseconds % 1000000), text);
}

static void milestones_are_logged_and_kept(void **state)
{
    static struct boot_info info;
    struct milestone_status status;

    (void)state;
    memcpy(info.kernel.build_id, "12345678901234567890", 20);
    info.tsc_khz = 2000000;
    info.stamps[0] = (struct boot_stamp){.milestone = 10, .tick = 500, .tsc = 0};
    info.stamps[1] = (struct boot_stamp){.milestone = 20, .tick = 501, .tsc = 7000};
    info.stamp_count = 2;
    milestones_start(&info);
    assert_string_equal(debug_build_id, "12345678901234567890");
    milestone_stamp(60, 7000 + 2000ull * 1234567);
    now_us = 2000000;
    milestone_stamp(62, 0);
    tsc = 999;
    milestone_reached(66);
    milestone_reached(7);
    assert_string_equal(written, "[1.234567] milestone 60 kernel_entry\n"
                                 "[2.000000] milestone 62 paging_on\n"
                                 "[2.000000] milestone 66 memory_ready\n"
                                 "[2.000000] milestone 7 unknown\n");
    assert_true(milestone_at(1, &status));
    assert_int_equal(status.tsc, 7000);
    assert_int_equal(status.microseconds, 0);
    assert_string_equal(status.name, "stage2_entry");
    assert_true(milestone_at(2, &status));
    assert_int_equal(status.microseconds, 1234567);
    assert_true(milestone_at(4, &status));
    assert_int_equal(status.number, 66);
    assert_int_equal(status.tsc, 999);
    assert_false(milestone_at(6, &status));
    for (unsigned i = 0; i < 2 * BOOT_STAMPS_MAX; i++)
        milestone_reached(90);
    assert_true(milestone_at(BOOT_STAMPS_MAX - 1, &status));
    assert_false(milestone_at(BOOT_STAMPS_MAX, &status));
}

/* The stamps of the kernel get the ticks that the BIOS would have counted. */
static void without_a_counter_the_ticks_tell_the_time(void **state)
{
    static struct boot_info info;
    struct milestone_status status;

    (void)state;
    info.stamps[0] = (struct boot_stamp){.milestone = 10, .tick = 500};
    info.stamps[1] = (struct boot_stamp){.milestone = 20, .tick = 501};
    info.stamps[2] = (struct boot_stamp){.milestone = 50, .tick = 503};
    info.stamp_count = 3;
    milestones_start(&info);
    now_us = 40 * 54925;
    milestone_stamp(60, 0);
    assert_true(milestone_at(0, &status));
    assert_int_equal(status.microseconds, 0);
    assert_true(milestone_at(2, &status));
    assert_int_equal(status.microseconds, 2 * 54925);
    assert_true(milestone_at(3, &status));
    assert_int_equal(status.microseconds, 40 * 54925);
    assert_false(milestone_at(4, &status));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(milestones_are_logged_and_kept),
        cmocka_unit_test(without_a_counter_the_ticks_tell_the_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
