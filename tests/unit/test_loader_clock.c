/* sources: lib/divide.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <boot/info.h>
#include <hw/pit.h>

#include "../../bootloader/stage2/clock.h"

/* The loader's clock is compiled into this file: its ports and its boot_info are ours. */
#define IO_H
#define INFO_H
static struct boot_info info;
#define boot_info (&info)
static uint8_t in8(uint16_t port);
static void out8(uint16_t port, uint8_t value);
static uint64_t tsc_read(void);
static const volatile void *bios_data(uintptr_t address);
#include "../../bootloader/stage2/clock.c"

#define PORT_NS 700
#define TSC_NS  8

/* A machine that can be taken away: a busy host, or firmware (SMI), runs instead of it. */
static struct {
    uint64_t ns;
    uint32_t khz;
    uint32_t port_ns;     /* what an access to a port takes */
    uint64_t accesses;    /* to ports and counter */
    uint64_t away_at;     /* at this access, 0: never */
    uint32_t away_one_in; /* by chance, 0: never */
    uint32_t away_ns;
    bool no_output, counter_stands;

    bool gate;
    uint64_t gate_ns;
    uint8_t control;
    unsigned bytes;
    uint32_t count;
} machine;

static void pass(uint32_t ns)
{
    machine.ns += ns;
    machine.accesses++;
    if (machine.accesses == machine.away_at ||
        (machine.away_one_in && (uint32_t)rand() % machine.away_one_in == 0))
        machine.ns += machine.away_ns;
}

static uint64_t tsc_read(void)
{
    pass(TSC_NS);
    return machine.counter_stands ? 77 : machine.ns * machine.khz / 1000000;
}

/* The access itself happens at one moment; the machine can be taken away before and behind it. */
static uint8_t in8(uint16_t port)
{
    uint64_t counted;
    uint8_t value;

    assert_int_equal(port, PIT_PORT_B);
    pass(machine.port_ns / 2);
    counted = (machine.ns - machine.gate_ns) * PIT_HZ / 1000000000;
    value = machine.gate ? PIT_PORT_B_GATE2 : 0;
    if (!machine.no_output && machine.gate && counted >= machine.count)
        value |= PIT_PORT_B_OUT2;
    pass(machine.port_ns / 2);
    return value;
}

static void out8(uint16_t port, uint8_t value)
{
    pass(machine.port_ns / 2);
    if (port == PIT_PORT_B) {
        if (!machine.gate && value & PIT_PORT_B_GATE2)
            machine.gate_ns = machine.ns;
        machine.gate = value & PIT_PORT_B_GATE2;
    } else if (port == PIT_COMMAND) {
        machine.control = value;
        machine.bytes = 0;
    } else {
        assert_int_equal(port, PIT_CHANNEL2);
        assert_int_equal(machine.control, PIT_ONE_SHOT2);
        machine.count = machine.bytes++ ? machine.count | (uint32_t)value << 8 : value;
    }
    pass(machine.port_ns / 2);
}

static const volatile void *bios_data(uintptr_t address)
{
    static const uint32_t ticks = 1000;

    assert_int_equal(address, 0x46C);
    return &ticks;
}

static int prepare(void **state)
{
    (void)state;
    memset(&machine, 0, sizeof machine);
    memset(&info, 0, sizeof info);
    machine.ns = 1000000000;
    machine.khz = 2400000;
    machine.port_ns = PORT_NS;
    return 0;
}

/* Measures as at the boot. Returns how far the result is from the truth, in parts of a million. */
static uint32_t measure(void)
{
    const struct real_facts facts = {.has_tsc = 1};
    const struct stage1_record record = {.tick = 0};
    int64_t wrong;

    memset(&info, 0, sizeof info);
    clock_start(&facts, &record);
    wrong = (int64_t)info.tsc_khz - machine.khz;
    return (uint32_t)((wrong < 0 ? -wrong : wrong) * 1000000 / machine.khz);
}

static void a_machine_that_nobody_disturbs_is_measured_in_a_millisecond(void **state)
{
    static const uint32_t speeds[] = {33000, 66666, 400000, 1193182, 2400000, 5200000};

    (void)state;
    for (size_t i = 0; i < sizeof speeds / sizeof *speeds; i++) {
        uint64_t start;

        prepare(NULL);
        machine.khz = speeds[i];
        start = machine.ns;
        assert_in_range(measure(), 0, 2000);
        assert_in_range(machine.ns - start, 0, 1100000);
    }
}

/* Wherever the machine is taken away once: before the gate opens, behind it, at the end. */
static void being_taken_away_once_does_no_harm(void **state)
{
    uint64_t last;

    (void)state;
    measure();
    last = machine.accesses + 10;
    for (uint64_t at = 1; at <= last; at++) {
        prepare(NULL);
        machine.away_at = at;
        machine.away_ns = 8000000;
        assert_in_range(measure(), 0, 5000);
    }
}

static void a_busy_host_does_no_harm(void **state)
{
    static const uint32_t one_in[] = {20000, 6000, 2500};

    (void)state;
    srand(1);
    for (size_t i = 0; i < sizeof one_in / sizeof *one_in; i++) {
        for (int boots = 0; boots < 500; boots++) {
            prepare(NULL);
            machine.away_one_in = one_in[i];
            machine.away_ns = 100000u + (uint32_t)rand() % 20000000u;
            assert_in_range(measure(), 0, 10000);
        }
    }
}

/* However bad it is, the measurement ends, and what it says is no nonsense. */
static void the_measurement_ends_on_any_host(void **state)
{
    uint64_t start = machine.ns;

    (void)state;
    machine.away_one_in = 20;
    machine.away_ns = 3000000;
    measure();
    assert_true(info.tsc_khz != 0);
    assert_in_range(machine.accesses, 1, 10000);
    assert_in_range(machine.ns - start, 0, 2000000000);
}

static void without_the_timers_output_nothing_is_measured(void **state)
{
    (void)state;
    machine.no_output = true;
    measure();
    assert_int_equal(info.tsc_khz, 0);
    assert_in_range(machine.accesses, 1, 4000000);
}

static void a_counter_that_stands_is_no_clock(void **state)
{
    (void)state;
    machine.counter_stands = true;
    measure();
    assert_int_equal(info.tsc_khz, 0);
}

static void a_bound_is_a_time_however_fast_it_is_asked_for(void **state)
{
    static const uint32_t access_ns[] = {20, 700, 3000};

    (void)state;
    for (size_t i = 0; i < sizeof access_ns / sizeof *access_ns; i++) {
        uint64_t start;

        prepare(NULL);
        machine.port_ns = access_ns[i];
        start = machine.ns;
        clock_bound(1000);
        while (!clock_bound_over())
            ;
        assert_in_range(machine.ns - start, 999000000, 1050000000);
        assert_true(clock_bound_over());
    }
}

static void a_bound_ends_where_the_timer_stands(void **state)
{
    (void)state;
    machine.no_output = true;
    clock_bound(1000);
    while (!clock_bound_over())
        assert_true(machine.accesses < 4000000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_machine_that_nobody_disturbs_is_measured_in_a_millisecond,
                               prepare),
        cmocka_unit_test_setup(being_taken_away_once_does_no_harm, prepare),
        cmocka_unit_test_setup(a_busy_host_does_no_harm, prepare),
        cmocka_unit_test_setup(the_measurement_ends_on_any_host, prepare),
        cmocka_unit_test_setup(without_the_timers_output_nothing_is_measured, prepare),
        cmocka_unit_test_setup(a_counter_that_stands_is_no_clock, prepare),
        cmocka_unit_test_setup(a_bound_is_a_time_however_fast_it_is_asked_for, prepare),
        cmocka_unit_test_setup(a_bound_ends_where_the_timer_stands, prepare),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
