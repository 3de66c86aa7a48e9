/*
 * The time since the loader's first stamp.
 *
 * With a time stamp counter, time is `base_us` at the count `base_tsc`, plus the counts since then
 * times `scale`. The base moves by whole milliseconds only, `khz` counts each: that is exact, so no
 * error adds up, and one multiplication serves for the rest. Ticks that were lost do no harm.
 *
 * Without one, time is what the ticks add up to, plus the timer's own count. Ticks that were lost
 * while interrupts were off are lost there.
 */
#include "clock.h"

#include <kernel/arch.h>
#include <kernel/debug.h>
#include <kernel/export.h>
#include <lib/divide.h>
#include <stddef.h>

#define TSC_KHZ_MIN        1001 /* `scale` has 32 bits; no CPU with a TSC is slower */
#define CATCH_UP_STEPS     4    /* so many lost milliseconds are cheaper to add than to divide */
#define BIOS_TICK_US       54925u
#define BIOS_TICKS_PER_DAY 0x1800B0u

/* A tick lasts PIT_RELOAD / PIT_HZ seconds: so many whole microseconds, and a rest of PIT_HZ parts.
 */
#define TICK_US     (PIT_RELOAD * 1000000u / PIT_HZ)
#define TICK_REST   (PIT_RELOAD * 1000000u % PIT_HZ)
#define COUNT_US_16 54925u /* one count of the timer, in microseconds times 2^16 */

static struct {
    bool started;
    bool tsc;
    bool ticking; /* without a TSC: channel 0 counts */
    uint32_t khz;
    uint32_t scale;    /* microseconds of one count of the TSC, times 2^32 */
    uint64_t zero_tsc; /* at time 0 */
    uint64_t base_tsc;
    uint64_t base_us;
    uint64_t milliseconds; /* base_us / 1000 */

    /* Without a TSC. */
    uint32_t rest;    /* below a microsecond, in PIT_HZ parts */
    uint32_t past_ms; /* base_us % 1000 */
    uint64_t last_us; /* the latest answer */
} clock;

/* Without a TSC the loader's time is known by the BIOS's ticks only. */
static uint64_t clock_ticks_passed(const struct boot_stamp *zero, const struct boot_stamp *last)
{
    uint32_t ticks = last->tick - zero->tick;

    if (last->tick < zero->tick)
        ticks += BIOS_TICKS_PER_DAY; /* the BIOS begins again at midnight */
    return ticks < BIOS_TICKS_PER_DAY ? (uint64_t)ticks * BIOS_TICK_US : 0;
}

static void clock_take_rate(uint32_t khz)
{
    clock.khz = khz;
    clock.scale = (uint32_t)divide_by_32((uint64_t)1000 << 32, khz, NULL);
}

void clock_start(const struct boot_info *info)
{
    const struct boot_stamp *zero = NULL;
    const struct boot_stamp *last = NULL;

    if (clock.started)
        return;
    clock.started = true;
    for (uint32_t i = 0; i < info->stamp_count && i < BOOT_STAMPS_MAX; i++) {
        last = &info->stamps[i];
        if (zero == NULL && last->milestone >= MILESTONE_TIME_ZERO)
            zero = last;
    }
    clock.tsc = info->tsc_khz >= TSC_KHZ_MIN && arch_has_tsc();
    if (clock.tsc) {
        clock_take_rate(info->tsc_khz);
        clock.zero_tsc = zero != NULL ? zero->tsc : arch_tsc_read();
        clock.base_tsc = clock.zero_tsc;
    } else if (zero != NULL) {
        clock.base_us = clock_ticks_passed(zero, last);
        clock.milliseconds = divide_by_32(clock.base_us, 1000, &clock.past_ms);
    }
}

/* Moves the base by the whole milliseconds in `counts` since it; returns the counts left over. */
static uint64_t clock_catch_up(uint64_t counts)
{
    uint32_t rest;
    uint64_t whole;

    if ((int64_t)counts < 0)
        return 0; /* the counter was set back: time stands until it has passed the base again */
    whole = divide_by_32(counts, clock.khz, &rest);
    clock.base_tsc += counts - rest;
    clock.base_us += whole * 1000;
    clock.milliseconds += whole;
    return rest;
}

/* The timer's count is frozen by a command, then read in two halves. */
static uint32_t clock_pit_elapsed(void)
{
    uint32_t count;

    arch_port_write8(PIT_COMMAND, PIT_LATCH0);
    count = arch_port_read8(PIT_CHANNEL0);
    count |= (uint32_t)arch_port_read8(PIT_CHANNEL0) << 8;
    return count > PIT_RELOAD ? 0 : PIT_RELOAD - count;
}

static uint64_t clock_by_ticks(void)
{
    uint64_t now = clock.base_us;

    if (clock.ticking) {
        now += clock_pit_elapsed() * COUNT_US_16 >> 16;
        if (now < clock.last_us)
            now += TICK_US; /* the count has started again, but its interrupt is still waiting */
    }
    if (now > clock.last_us)
        clock.last_us = now;
    return clock.last_us;
}

uint64_t clock_microseconds(void)
{
    uint64_t counts;

    if (!clock.tsc)
        return clock_by_ticks();
    counts = arch_tsc_read() - clock.base_tsc;
    if (counts >> 32 != 0)
        counts = clock_catch_up(counts);
    return clock.base_us + ((uint64_t)(uint32_t)counts * clock.scale >> 32);
}
KERNEL_EXPORT(clock_microseconds);

uint32_t clock_rate(void)
{
    return clock.tsc ? clock.khz : 0;
}

void clock_set_rate(uint32_t khz)
{
    uint64_t now = arch_tsc_read();
    uint64_t rest = clock_catch_up(now - clock.base_tsc);
    uint32_t rest_us = (uint32_t)((uint64_t)(uint32_t)rest * clock.scale >> 32);
    uint64_t true_ms = divide_by_32(now - clock.zero_tsc, khz, NULL);

    clock_take_rate(khz);
    /* What has passed of the millisecond has passed, at whatever rate. */
    clock.base_tsc = now - divide_by_32((uint64_t)(rest_us + 1) * khz, 1000, NULL);
    if (true_ms > clock.milliseconds) {
        clock.milliseconds = true_ms;
        clock.base_us = true_ms * 1000;
    }
}

void clock_ticking(void)
{
    clock.ticking = true;
}

static void clock_add_tick(void)
{
    uint32_t step = TICK_US;

    clock.rest += TICK_REST;
    if (clock.rest >= PIT_HZ) {
        clock.rest -= PIT_HZ;
        step++;
    }
    clock.base_us += step;
    clock.past_ms += step;
    if (clock.past_ms >= 1000) {
        clock.past_ms -= 1000;
        clock.milliseconds++;
    }
}

uint64_t clock_tick(void)
{
    uint64_t counts;

    if (!clock.tsc) {
        clock_add_tick();
        return clock.milliseconds;
    }
    counts = arch_tsc_read() - clock.base_tsc;
    if (counts >> 32 != 0 || (uint32_t)counts / CATCH_UP_STEPS >= clock.khz) {
        (void)clock_catch_up(counts);
        return clock.milliseconds;
    }
    for (uint32_t left = (uint32_t)counts; left >= clock.khz; left -= clock.khz) {
        clock.base_tsc += clock.khz;
        clock.base_us += 1000;
        clock.milliseconds++;
    }
    return clock.milliseconds;
}
