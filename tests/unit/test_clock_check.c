/* sources: kernel/drivers/clock_check.c kernel/drivers/clock.c kernel/drivers/timer.c lib/divide.c
 * tests/unit/fakes/ports.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include <hw/cmos.h>
#include <hw/pic.h>
#include <hw/pit.h>
#include <kernel/drivers.h>

#include "fakes/ports.h"

#define MILLISECOND 1000000ull
#define SECOND      1000000000ull
#define UPDATE_NS   2228000u /* of the chip, before the second changes */
#define START_NS    (37 * SECOND + 123456789)

/* A PC whose CMOS clock is right, and whose host may take it away. */
static struct {
    uint64_t ns;
    uint32_t khz;  /* of the time stamp counter, in truth */
    uint32_t told; /* as the loader has measured it */
    bool binary, stands;
    int64_t set_ahead_ns; /* somebody has set the CMOS clock */
    uint8_t index;
} pc;

static struct {
    unsigned count;
    uint32_t was, khz;
} corrected;

static uint64_t cmos_ns(void)
{
    return pc.ns + (uint64_t)pc.set_ahead_ns;
}

static uint32_t cmos_register(uint16_t port)
{
    uint32_t second = (uint32_t)(cmos_ns() / SECOND % 60);

    if (port == CMOS_INDEX)
        return 0xFF;
    if (pc.stands)
        return pc.index == CMOS_A ? 0x26 : 0x30;
    if (pc.index == CMOS_A)
        return cmos_ns() % SECOND >= SECOND - UPDATE_NS ? 0xA6 : 0x26;
    if (pc.index != CMOS_SECOND)
        return 0;
    return pc.binary ? second : second / 10 * 16 + second % 10;
}

static void cmos_index(uint16_t port, uint32_t value)
{
    if (port == CMOS_INDEX)
        pc.index = (uint8_t)value;
}

static uint32_t nothing(uint16_t port)
{
    (void)port;
    return 0;
}

static void no_write(uint16_t port, uint32_t value)
{
    (void)port;
    (void)value;
}

static void tick(uint64_t milliseconds)
{
    (void)milliseconds;
}

static void hear(uint32_t was, uint32_t khz)
{
    corrected.count++;
    corrected.was = was;
    corrected.khz = khz;
}

static void set_tsc(void)
{
    ports_tsc = (uint64_t)((unsigned __int128)pc.ns * pc.khz / 1000000);
}

static void start(void)
{
    static struct boot_info info;

    ports_reset();
    ports_attach(PIT_CHANNEL0, PIT_COMMAND, nothing, no_write);
    ports_attach(CMOS_INDEX, CMOS_DATA, cmos_register, cmos_index);
    ports_has_tsc = true;
    pc.ns = START_NS;
    set_tsc();
    info.tsc_khz = pc.told;
    info.stamp_count = 1;
    info.stamps[0].milestone = 20;
    info.stamps[0].tsc = ports_tsc;
    timer_start(&info, tick);
    clock_check_start(hear);
}

/* The timer's interrupt comes every millisecond; one in `away_one_in` is late by up to away_ns. */
static void run(uint32_t seconds, uint32_t away_one_in, uint32_t away_ns)
{
    uint64_t end = pc.ns + seconds * SECOND;

    while (pc.ns < end) {
        pc.ns += MILLISECOND;
        if (away_one_in && (uint32_t)rand() % away_one_in == 0)
            pc.ns += (uint32_t)rand() % away_ns;
        set_tsc();
        ports_handlers[IRQ_TIMER]();
    }
}

/* Inside a child. */
#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            dprintf(2, "line %d: %s; %u corrections, the last from %u to %u\n", __LINE__,          \
                    #condition, corrected.count, corrected.was, corrected.khz);                    \
            _exit(1);                                                                              \
        }                                                                                          \
    } while (0)

/* The clock goes as it should, to `parts` in a million, over ten seconds. */
static bool goes_right(uint32_t parts)
{
    uint64_t ns = pc.ns, us = clock_microseconds(), passed;

    run(10, 0, 0);
    ns = pc.ns - ns;
    passed = (clock_microseconds() - us) * 1000;
    return (passed > ns ? passed - ns : ns - passed) <= ns / 1000000 * parts;
}

/* The clock starts once in a program's life: each case runs in a child of its own. */
static void in_child(void (*body)(void))
{
    int status;
    pid_t child = fork();

    if (child == 0) {
        pc.khz = pc.told = 2400000;
        body();
        _exit(0);
    }
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    if (status != 0)
        fail_msg("the child ended with status %x", (unsigned)status);
}

static void right_body(void)
{
    start();
    run(5, 0, 0);
    CHECK(corrected.count == 0);
    CHECK(goes_right(10));
}

static void a_rate_that_is_right_is_left_alone(void **state)
{
    (void)state;
    in_child(right_body);
}

static void small_error_body(void)
{
    pc.told = pc.khz + pc.khz / 500;
    start();
    run(70, 0, 0);
    CHECK(corrected.count == 0);
}

static void an_error_of_a_part_in_500_is_not_worth_a_word(void **state)
{
    (void)state;
    in_child(small_error_body);
}

static void wrong_body(void)
{
    static const uint32_t thousandths[] = {50, 330, 900, 985, 1015, 1100, 3000, 20000};

    for (size_t i = 0; i < sizeof thousandths / sizeof *thousandths; i++) {
        pid_t child = fork();
        int status;

        if (child) {
            CHECK(waitpid(child, &status, 0) == child && status == 0);
            continue;
        }
        pc.binary = i % 2;
        pc.told = (uint32_t)((uint64_t)pc.khz * thousandths[i] / 1000);
        start();
        run(4, 0, 0);
        CHECK(corrected.count == 1);
        CHECK(corrected.was == pc.told);
        CHECK(goes_right(4000));
        _exit(0);
    }
}

static void a_wrong_rate_is_corrected_within_four_seconds(void **state)
{
    (void)state;
    in_child(wrong_body);
}

static void busy_body(void)
{
    for (unsigned seed = 1; seed <= 20; seed++) {
        pid_t child = fork();
        int status;

        if (child) {
            CHECK(waitpid(child, &status, 0) == child && status == 0);
            continue;
        }
        srand(seed);
        pc.told = seed % 2 ? pc.khz : pc.khz / 2;
        start();
        run(70, 4, 60000000);
        CHECK(seed % 2 ? corrected.count == 0 : corrected.count != 0);
        CHECK(goes_right(8000));
        _exit(0);
    }
}

static void a_busy_host_makes_it_slower_and_not_wrong(void **state)
{
    (void)state;
    in_child(busy_body);
}

static void set_body(void)
{
    start();
    run(2, 0, 0);
    pc.set_ahead_ns = 400 * (int64_t)MILLISECOND;
    run(20, 0, 0);
    CHECK(corrected.count == 0);
    CHECK(goes_right(10));
}

static void a_cmos_clock_that_is_set_meanwhile_does_no_harm(void **state)
{
    (void)state;
    in_child(set_body);
}

static void stands_body(void)
{
    unsigned reads;

    pc.stands = true;
    start();
    run(101, 0, 0);
    CHECK(corrected.count == 0);
    reads = ports_reads;
    run(1, 0, 0);
    CHECK(ports_reads == reads);
}

static void a_cmos_clock_that_stands_is_not_read_for_ever(void **state)
{
    (void)state;
    in_child(stands_body);
}

static void done_body(void)
{
    unsigned reads;

    start();
    run(4, 0, 0);
    reads = ports_reads;
    run(1, 0, 0);
    CHECK(ports_reads == reads);
}

static void what_is_known_is_not_read_again(void **state)
{
    (void)state;
    in_child(done_body);
}

static void back_body(void)
{
    uint64_t last = 0;

    pc.told = pc.khz / 20;
    start();
    for (uint32_t i = 0; i < 40000; i++) {
        pc.ns += 200000;
        set_tsc();
        if (i % 5 == 0)
            ports_handlers[IRQ_TIMER]();
        CHECK(clock_microseconds() >= last);
        last = clock_microseconds();
    }
    CHECK(corrected.count == 1);
}

static void time_does_not_go_back_at_the_correction(void **state)
{
    (void)state;
    in_child(back_body);
}

static void slow_body(void)
{
    uint64_t passed;

    pc.told = pc.khz * 4;
    start();
    run(5, 0, 0);
    passed = (pc.ns - START_NS) / 1000;
    CHECK(corrected.count == 1);
    CHECK(clock_microseconds() + passed / 200 >= passed);
    CHECK(clock_microseconds() <= passed + passed / 200);
}

static void time_that_was_missing_is_made_up(void **state)
{
    (void)state;
    in_child(slow_body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rate_that_is_right_is_left_alone),
        cmocka_unit_test(an_error_of_a_part_in_500_is_not_worth_a_word),
        cmocka_unit_test(a_wrong_rate_is_corrected_within_four_seconds),
        cmocka_unit_test(a_busy_host_makes_it_slower_and_not_wrong),
        cmocka_unit_test(a_cmos_clock_that_is_set_meanwhile_does_no_harm),
        cmocka_unit_test(a_cmos_clock_that_stands_is_not_read_for_ever),
        cmocka_unit_test(what_is_known_is_not_read_again),
        cmocka_unit_test(time_does_not_go_back_at_the_correction),
        cmocka_unit_test(time_that_was_missing_is_made_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
