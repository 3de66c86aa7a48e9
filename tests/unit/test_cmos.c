/* sources: kernel/modules/clock/cmos.c kernel/modules/calendar/text.c lib/format.c lib/divide.c lib/string.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <abi/errors.h>

#include "../../kernel/modules/calendar/text.h"
#include "../../kernel/modules/clock/cmos.h"

#define HOURS_24 0x02
#define BINARY   0x04
#define PM       0x80

static struct clock_time found;

/* ---- The chip ----------------------------------------------------------------------------------
 */

static struct {
    uint32_t updates; /* so many reads of register A say that an update is going on */
    uint32_t reads;   /* of the seconds */
    uint32_t changes; /* the first so many reads of the seconds differ */
} chip;

uint8_t ports_read_indexed(uint16_t index_port, uint16_t data_port, uint8_t index)
{
    static const uint8_t registers[128] = {[2] = 0x30, [4] = 0x17,        [7] = 0x21,   [8] = 0x11,
                                           [9] = 0x26, [0x0B] = HOURS_24, [0x32] = 0x20};

    assert_int_equal(index_port, 0x70);
    assert_int_equal(data_port, 0x71);
    assert_true(index < 128); /* bit 7 would shut NMI out */
    if (index == 0x0A)
        return chip.updates && chip.updates-- ? 0xA6 : 0x26;
    if (index == 0)
        return ++chip.reads <= chip.changes ? (uint8_t)(chip.reads % 10) : 0x45;
    return registers[index];
}

void ports_preemption_point(void)
{
}

/* ---- Tests -------------------------------------------------------------------------------------
 */

static void the_clock_is_read_between_updates(void **state)
{
    (void)state;
    memset(&chip, 0, sizeof(chip));
    assert_int_equal(cmos_read(&found), 0);
    assert_int_equal(found.second, 45);
    assert_int_equal(chip.reads, 2);
    memset(&chip, 0, sizeof(chip));
    chip.updates = 500;
    chip.changes = 3;
    assert_int_equal(cmos_read(&found), 0);
    assert_int_equal(found.second, 45);
    assert_int_equal(found.hour, 17);
}

static void a_clock_that_never_stands_still_is_given_up(void **state)
{
    (void)state;
    memset(&chip, 0, sizeof(chip));
    chip.updates = UINT32_MAX;
    assert_int_equal(cmos_read(&found), ERR_NO_DEVICE);
    memset(&chip, 0, sizeof(chip));
    chip.changes = UINT32_MAX;
    assert_int_equal(cmos_read(&found), ERR_NO_DEVICE);
    assert_true(chip.reads < 100);
}

static bool decode(uint8_t format, uint8_t year, uint8_t month, uint8_t day, uint8_t hour,
                   uint8_t century)
{
    const struct cmos_registers registers = {
        .second = 0x09,
        .minute = format & BINARY ? 30 : 0x30,
        .hour = hour,
        .day = day,
        .month = month,
        .year = year,
        .century = century,
        .format = format,
    };

    return cmos_decode(&registers, &found);
}

static void decimal_and_binary_registers_tell_the_same(void **state)
{
    (void)state;
    assert_true(decode(HOURS_24, 0x26, 0x11, 0x21, 0x17, 0x20));
    assert_int_equal(found.year, 2026);
    assert_int_equal(found.month, 11);
    assert_int_equal(found.day, 21);
    assert_int_equal(found.hour, 17);
    assert_int_equal(found.minute, 30);
    assert_int_equal(found.second, 9);
    assert_true(decode(HOURS_24 | BINARY, 26, 11, 21, 17, 20));
    assert_int_equal(found.year, 2026);
    assert_int_equal(found.hour, 17);
    assert_int_equal(found.minute, 30);
}

static void twelve_hours_have_midnight_and_noon(void **state)
{
    (void)state;
    assert_true(decode(0, 0x26, 1, 1, 0x12, 0x20));
    assert_int_equal(found.hour, 0);
    assert_true(decode(0, 0x26, 1, 1, 0x12 | PM, 0x20));
    assert_int_equal(found.hour, 12);
    assert_true(decode(0, 0x26, 1, 1, 0x11 | PM, 0x20));
    assert_int_equal(found.hour, 23);
    assert_true(decode(BINARY, 26, 1, 1, 1 | PM, 20));
    assert_int_equal(found.hour, 13);
    assert_false(decode(0, 0x26, 1, 1, 0x00, 0x20));
    assert_false(decode(0, 0x26, 1, 1, 0x13 | PM, 0x20));
}

static void a_century_that_is_none_is_guessed(void **state)
{
    (void)state;
    assert_true(decode(HOURS_24, 0x99, 0x12, 0x31, 0, 0x19));
    assert_int_equal(found.year, 1999);
    assert_true(decode(HOURS_24, 0x26, 0x12, 0x31, 0, 0x00));
    assert_int_equal(found.year, 2026);
    assert_true(decode(HOURS_24, 0x85, 0x12, 0x31, 0, 0xFF));
    assert_int_equal(found.year, 1985);
}

static void what_is_no_date_is_refused(void **state)
{
    (void)state;
    assert_false(decode(HOURS_24, 0x26, 0x13, 1, 0, 0x20));
    assert_false(decode(HOURS_24, 0x26, 0, 1, 0, 0x20));
    assert_false(decode(HOURS_24, 0x26, 1, 0, 0, 0x20));
    assert_false(decode(HOURS_24, 0x26, 0x04, 0x31, 0, 0x20));
    assert_false(decode(HOURS_24, 0x26, 0x02, 0x29, 0, 0x20));
    assert_true(decode(HOURS_24, 0x24, 0x02, 0x29, 0, 0x20));
    assert_false(decode(HOURS_24, 0x00, 0x02, 0x29, 0, 0x21));
    assert_true(decode(HOURS_24, 0x00, 0x02, 0x29, 0, 0x20));
    assert_false(decode(HOURS_24, 0x26, 1, 1, 0x24, 0x20));
    assert_false(decode(HOURS_24, 0x2A, 1, 1, 0, 0x20));
    assert_false(decode(HOURS_24, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF));
    assert_false(decode(HOURS_24 | BINARY, 100, 1, 1, 0, 20));
}

static void dates_have_their_words(void **state)
{
    static const struct {
        struct clock_time time;
        const char *text;
    } dates[] = {
        {{2026, 11, 21, 3, 11, 8, 0}, "Saturday, 21 November 2026, 03:11:08"},
        {{2000, 2, 29, 23, 59, 59, 0}, "Tuesday, 29 February 2000, 23:59:59"},
        {{1999, 12, 31, 0, 0, 0, 0}, "Friday, 31 December 1999, 00:00:00"},
        {{2024, 1, 1, 12, 0, 0, 0}, "Monday, 1 January 2024, 12:00:00"},
        {{2100, 3, 1, 9, 0, 0, 0}, "Monday, 1 March 2100, 09:00:00"},
        {{2026, 9, 30, 22, 22, 22, 0}, "Wednesday, 30 September 2026, 22:22:22"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(dates) / sizeof(dates[0]); i++) {
        char text[CLOCK_TEXT_MAX];

        calendar_write(&dates[i].time, text);
        assert_string_equal(text, dates[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_clock_is_read_between_updates),
        cmocka_unit_test(a_clock_that_never_stands_still_is_given_up),
        cmocka_unit_test(decimal_and_binary_registers_tell_the_same),
        cmocka_unit_test(twelve_hours_have_midnight_and_noon),
        cmocka_unit_test(a_century_that_is_none_is_guessed),
        cmocka_unit_test(what_is_no_date_is_refused),
        cmocka_unit_test(dates_have_their_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
