/* sources: kernel/drivers/clock.c kernel/drivers/timer.c kernel/drivers/clock_check.c lib/divide.c tests/unit/fakes/ports.c */
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

#include <hw/pic.h>
#include <hw/pit.h>
#include <kernel/drivers.h>

#include "fakes/ports.h"

#define RELOAD 1193

static struct boot_info info;
static uint64_t tick_ms;
static unsigned tick_calls;

static void tick(uint64_t milliseconds)
{
    tick_ms = milliseconds;
    tick_calls++;
}

/* Channel 0: what a latch command freezes. */
static struct {
    uint32_t count, frozen, reload;
    unsigned reads, writes;
    uint8_t command;
} pit;

static uint32_t pit_read(uint16_t port)
{
    (void)port;
    return pit.reads++ % 2 == 0 ? pit.frozen & 0xFF : pit.frozen >> 8;
}

static void pit_write(uint16_t port, uint32_t value)
{
    if (port == PIT_COMMAND) {
        if (value == PIT_LATCH0)
            pit.frozen = pit.count;
        else
            pit.command = (uint8_t)value;
    } else {
        pit.reload = pit.writes++ % 2 == 0 ? value : pit.reload | value << 8;
    }
}

static void stamp(uint32_t milestone, uint32_t bios_tick, uint64_t tsc)
{
    info.stamps[info.stamp_count].milestone = milestone;
    info.stamps[info.stamp_count].tick = bios_tick;
    info.stamps[info.stamp_count++].tsc = tsc;
}

static int prepare(void **state)
{
    (void)state;
    ports_reset();
    ports_attach(PIT_CHANNEL0, PIT_CHANNEL0, pit_read, pit_write);
    ports_attach(PIT_COMMAND, PIT_COMMAND, NULL, pit_write);
    memset(&info, 0, sizeof info);
    memset(&pit, 0, sizeof pit);
    return 0;
}

/* The clock starts once in a program's life: each case runs in a child of its own. */
static void in_child(void (*body)(void))
{
    int status;
    pid_t child = fork();

    if (child == 0) {
        prepare(NULL);
        body();
        _exit(0);
    }
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    if (status != 0)
        fail_msg("the child ended with status %x", (unsigned)status);
}

/* Inside a child. */
#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            dprintf(2, "line %d: %s\n", __LINE__, #condition);                                     \
            _exit(1);                                                                              \
        }                                                                                          \
    } while (0)

static void with_tsc(uint32_t khz)
{
    ports_has_tsc = true;
    info.tsc_khz = khz;
    stamp(10, 100, 0); /* stage 1 knows the BIOS's tick only */
    stamp(20, 100, 1000000);
    stamp(22, 100, 1500000);
    ports_tsc = 1000000;
    clock_start(&info);
}

static void tsc_gives_the_time_body(void)
{
    with_tsc(2000000);
    CHECK(clock_microseconds() == 0);
    ports_tsc += 2000 * 7 + 1999;
    CHECK(clock_microseconds() == 7);
    ports_tsc = 1000000 + 2000ull * 123456789;
    CHECK(clock_microseconds() - 123456788 <= 1);
    CHECK(ports_reads + ports_writes == 0);
}

static void tsc_gives_the_time(void **state)
{
    (void)state;
    in_child(tsc_gives_the_time_body);
}

static void tsc_time_is_exact_and_steady_body(void)
{
    static const uint32_t speeds[] = {1001, 4000, 33333, 66667, 1193182, 2999997, 5000001};

    for (unsigned i = 0; i < sizeof speeds / sizeof speeds[0]; i++) {
        pid_t child = fork();
        int status;
        uint64_t last = 0;

        if (child != 0) {
            CHECK(waitpid(child, &status, 0) == child && status == 0);
            continue;
        }
        with_tsc(speeds[i]);
        timer_start(&info, tick);
        for (unsigned j = 0; j < 200000; j++) {
            uint64_t exact, now;

            ports_tsc += (uint64_t)rand() % (speeds[i] / 3 + 2);
            if (j % 1000 == 0)
                ports_tsc += (uint64_t)speeds[i] * (j / 100); /* interrupts were off for long */
            if (j % 50000 == 0)
                ports_tsc += (uint64_t)speeds[i] * 100000;
            if (j % 3 == 0)
                ports_handlers[IRQ_TIMER]();
            now = clock_microseconds();
            exact = (uint64_t)((unsigned __int128)(ports_tsc - 1000000) * 1000 / speeds[i]);
            CHECK(now >= last);
            CHECK(exact - now <= 2);
            last = now;
            if (j % 3 == 0)
                CHECK(tick_ms == exact / 1000);
        }
        _exit(0);
    }
}

static void tsc_time_is_exact_and_steady(void **state)
{
    (void)state;
    in_child(tsc_time_is_exact_and_steady_body);
}

static void lost_ticks_are_made_up_body(void)
{
    with_tsc(1000000);
    timer_start(&info, tick);
    ports_tsc += 1000000;
    ports_handlers[IRQ_TIMER]();
    CHECK(tick_ms == 1);
    ports_tsc += 57 * 1000000;
    ports_handlers[IRQ_TIMER]();
    CHECK(tick_ms == 58);
    CHECK(tick_calls == 2 && timer_ticks() == 2);
    ports_tsc += 500000;
    ports_handlers[IRQ_TIMER]();
    CHECK(tick_ms == 58);
}

static void lost_ticks_are_made_up(void **state)
{
    (void)state;
    in_child(lost_ticks_are_made_up_body);
}

static void a_counter_that_is_set_back_stops_the_time_body(void)
{
    uint64_t before;

    with_tsc(1000000);
    ports_tsc += 5000000000ull;
    before = clock_microseconds();
    ports_tsc = 5;
    CHECK(clock_microseconds() + 1000 >= before);
    timer_start(&info, tick);
    ports_handlers[IRQ_TIMER]();
    CHECK(tick_ms == before / 1000);
}

static void a_counter_that_is_set_back_stops_the_time(void **state)
{
    (void)state;
    in_child(a_counter_that_is_set_back_stops_the_time_body);
}

static void the_timer_is_set_to_1000_hz_body(void)
{
    timer_start(&info, tick);
    CHECK(pit.command == PIT_RATE_GENERATOR0);
    CHECK(pit.reload == RELOAD && pit.writes == 2);
    CHECK(ports_handlers[IRQ_TIMER] != NULL);
}

static void the_timer_is_set_to_1000_hz(void **state)
{
    (void)state;
    in_child(the_timer_is_set_to_1000_hz_body);
}

static void without_tsc_time_goes_on_from_the_bios_ticks_body(void)
{
    stamp(10, 0x180000, 0);
    stamp(20, 0x1800A0, 0);
    stamp(50, 2, 0); /* midnight lies between */
    clock_start(&info);
    CHECK(clock_microseconds() == 18 * 54925ull);
    CHECK(clock_microseconds() == 18 * 54925ull);
    CHECK(ports_reads + ports_writes == 0);
}

static void without_tsc_time_goes_on_from_the_bios_ticks(void **state)
{
    (void)state;
    in_child(without_tsc_time_goes_on_from_the_bios_ticks_body);
}

/* Plays the timer: moves it by `counts`, and every reload makes an interrupt, which is held back
 * for `late` calls. */
static void without_tsc_time_is_true_and_steady_body(void)
{
    uint64_t counts = 0, last = 0, delivered = 0;

    pit.count = RELOAD;
    timer_start(&info, tick);
    for (unsigned i = 0; i < 300000; i++) {
        uint64_t exact, now;

        counts += (uint64_t)rand() % 400;
        pit.count = RELOAD - (uint32_t)(counts % RELOAD);
        if (i % 2 == 0 && delivered < counts / RELOAD) {
            delivered++;
            ports_handlers[IRQ_TIMER]();
            CHECK(tick_ms == delivered * RELOAD * 1000 / PIT_HZ);
        }
        CHECK(counts / RELOAD - delivered <= 1); /* none is lost */
        now = clock_microseconds();
        exact = counts * 1000000 / PIT_HZ;
        CHECK(now >= last);
        CHECK(now <= exact + 2);
        CHECK(exact + 2 - now <= 5);
        last = now;
    }
}

static void without_tsc_time_is_true_and_steady(void **state)
{
    (void)state;
    in_child(without_tsc_time_is_true_and_steady_body);
}

static void a_tick_that_was_lost_does_not_turn_time_back_body(void)
{
    uint64_t before;

    timer_start(&info, tick);
    pit.count = 200;
    (void)clock_microseconds();
    pit.count = 200 + 10; /* started again: nearly a whole tick has passed */
    before = clock_microseconds();
    pit.count = RELOAD - 10; /* and again, without an interrupt */
    CHECK(clock_microseconds() >= before);
    ports_handlers[IRQ_TIMER]();
    CHECK(clock_microseconds() >= before);
}

static void a_tick_that_was_lost_does_not_turn_time_back(void **state)
{
    (void)state;
    in_child(a_tick_that_was_lost_does_not_turn_time_back_body);
}

static void a_tsc_of_unknown_speed_is_not_used_body(void)
{
    ports_has_tsc = true;
    ports_tsc = 1000;
    ports_tsc_step = 100000;
    clock_start(&info);
    CHECK(clock_microseconds() == 0 && clock_microseconds() == 0);
}

static void a_tsc_of_unknown_speed_is_not_used(void **state)
{
    (void)state;
    in_child(a_tsc_of_unknown_speed_is_not_used_body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tsc_gives_the_time),
        cmocka_unit_test(tsc_time_is_exact_and_steady),
        cmocka_unit_test(lost_ticks_are_made_up),
        cmocka_unit_test(a_counter_that_is_set_back_stops_the_time),
        cmocka_unit_test(the_timer_is_set_to_1000_hz),
        cmocka_unit_test(without_tsc_time_goes_on_from_the_bios_ticks),
        cmocka_unit_test(without_tsc_time_is_true_and_steady),
        cmocka_unit_test(a_tick_that_was_lost_does_not_turn_time_back),
        cmocka_unit_test(a_tsc_of_unknown_speed_is_not_used),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
