/* Time (clock.h). */
#include "clock.h"

#include <hw/pit.h>
#include <lib/divide.h>
#include <stddef.h>

#include "info.h"
#include "io.h"

#define BDA_TICKS       0x46C
#define MICROS_PER_TICK 54925u /* 65536 / PIT_HZ */
#define TICKS_PER_DAY   0x1800B0u
#define WINDOW_COUNT    597u /* of PIT_HZ: half a millisecond */
#define BOUND_STEP_MS   10
#define BOUND_STEP      (PIT_HZ / 1000 * BOUND_STEP_MS)
#define WINDOWS_MAX     32
/* A second at most on a PC; some emulators run a poll in nanoseconds. */
#define WINDOW_POLLS 1000000
#define NARROW_SHIFT 6 /* bounds at most 1/64 apart */

static bool has_tsc;
static uint64_t first_tsc;
static uint32_t first_tick;

static uint32_t tick_now(void)
{
    return *(const volatile uint32_t *)bios_data(BDA_TICKS);
}

static uint64_t tsc_now(void)
{
    return has_tsc ? tsc_read() : 0;
}

/* Counts of the TSC in a window of time: the true number lies between them. */
struct bounds {
    uint64_t low, high;
};

/*
 * Prepares a run of PIT channel 2 [8254 mode 0], which nobody else uses: its gate starts it, its
 * output tells the end. Returns what opens the gate at PIT_PORT_B.
 */
static uint8_t prepare_window(uint32_t count)
{
    uint8_t port_b = in8(PIT_PORT_B) & (uint8_t) ~(PIT_PORT_B_GATE2 | PIT_PORT_B_SPEAKER);

    out8(PIT_PORT_B, port_b);
    out8(PIT_COMMAND, PIT_ONE_SHOT2);
    out8(PIT_CHANNEL2, (uint8_t)count);
    out8(PIT_CHANNEL2, (uint8_t)(count >> 8));
    return port_b | PIT_PORT_B_GATE2;
}

/*
 * Counts the TSC during one window. The machine can be taken away at any instruction, by a busy
 * host or by firmware (SMI), while timer and counter go on: so the counter is read on both sides of
 * the window's start, and on both sides of its end. Returns false where the end never comes.
 */
static bool measure_window(struct bounds *counts)
{
    uint8_t gate_open = prepare_window(WINDOW_COUNT);
    uint64_t before = tsc_now(), opened, running, poll;
    int polls = WINDOW_POLLS;

    out8(PIT_PORT_B, gate_open);
    opened = poll = tsc_now();
    do {
        running = poll;
        poll = tsc_now();
    } while (!(in8(PIT_PORT_B) & PIT_PORT_B_OUT2) && --polls);
    counts->high = tsc_now() - before;
    counts->low = running - opened;
    return polls && counts->high > counts->low;
}

static uint64_t width(const struct bounds *counts)
{
    return counts->high - counts->low;
}

static bool are_narrow(const struct bounds *counts)
{
    return width(counts) <= counts->high >> NARROW_SHIFT;
}

static bool agree(const struct bounds *one, const struct bounds *other)
{
    return one->low <= other->high && other->low <= one->high;
}

/*
 * Measures until two windows with narrow bounds agree; where none do, the one with the narrowest
 * serves, and the kernel corrects it. Returns 0 where the timer or the counter stands.
 */
static uint32_t measure_tsc_khz(void)
{
    struct bounds best = {.low = 0, .high = UINT64_MAX}, counts;

    for (int windows = 0; windows < WINDOWS_MAX; windows++) {
        if (!measure_window(&counts))
            return 0;
        if (are_narrow(&counts) && are_narrow(&best) && agree(&counts, &best))
            break;
        if (width(&counts) < width(&best))
            best = counts;
    }
    return (uint32_t)divide_by_32((best.low + best.high) / 2 * PIT_HZ, WINDOW_COUNT * 1000, NULL);
}

static uint32_t bound_steps;
static int bound_polls;

static void start_step(void)
{
    out8(PIT_PORT_B, prepare_window(BOUND_STEP));
    bound_polls = WINDOW_POLLS;
}

void clock_bound(uint32_t milliseconds)
{
    bound_steps = (milliseconds + BOUND_STEP_MS - 1) / BOUND_STEP_MS;
    start_step();
}

bool clock_bound_over(void)
{
    if (!bound_steps || !bound_polls)
        return true;
    bound_polls--;
    if (!(in8(PIT_PORT_B) & PIT_PORT_B_OUT2))
        return false;
    if (--bound_steps)
        start_step();
    return !bound_steps;
}

static void stamp(uint32_t milestone, uint32_t tick, uint64_t tsc)
{
    if (boot_info->stamp_count < BOOT_STAMPS_MAX)
        boot_info->stamps[boot_info->stamp_count++] =
            (struct boot_stamp){.milestone = milestone, .tick = tick, .tsc = tsc};
}

void clock_start(const struct real_facts *facts, const struct stage1_record *record)
{
    has_tsc = facts->has_tsc;
    first_tsc = facts->tsc;
    first_tick = facts->tick;
    /* Stage 1 has no room to ask for a TSC; at 12 its next instruction is milestone 20. */
    stamp(10, record->tick, 0);
    stamp(12, facts->tick, 0);
    stamp(20, facts->tick, facts->tsc);
    stamp(22, tick_now(), tsc_now());
    if (has_tsc)
        boot_info->tsc_khz = measure_tsc_khz();
}

static uint64_t micros_of(uint32_t tick, uint64_t tsc)
{
    uint32_t ticks = tick - first_tick;

    if (boot_info->tsc_khz)
        return tsc > first_tsc ? divide_by_32((tsc - first_tsc) * 1000, boot_info->tsc_khz, NULL)
                               : 0;
    /* A stamp before the first one, or the count that goes back to 0 at midnight. */
    return ticks < TICKS_PER_DAY ? (uint64_t)ticks * MICROS_PER_TICK : 0;
}

uint64_t clock_micros(void)
{
    return micros_of(tick_now(), tsc_now());
}

uint64_t clock_stamp_micros(const struct boot_stamp *one)
{
    return micros_of(one->tick, one->tsc);
}

void clock_stamp(uint32_t milestone)
{
    stamp(milestone, tick_now(), tsc_now());
}
