/* Time (clock.h). */
#include "clock.h"

#include <hw/pit.h>
#include <lib/divide.h>
#include <stdbool.h>
#include <stddef.h>

#include "info.h"
#include "io.h"

#define BDA_TICKS         0x46C
#define MICROS_PER_TICK   54925u /* 65536 / PIT_HZ */
#define TICKS_PER_DAY     0x1800B0u
#define CALIBRATION_COUNT 1193u /* of PIT_HZ: a millisecond */
/* A second at most on a PC; some emulators run a poll in nanoseconds. */
#define CALIBRATION_POLLS 1000000

static bool has_tsc;
static uint64_t first_tsc;
static uint32_t first_tick;

static uint32_t tick_now(void)
{
    return *(const volatile uint32_t *)bios_data(BDA_TICKS);
}

static uint64_t tsc_now(void)
{
    uint64_t value = 0;

    if (has_tsc)
        __asm__ volatile("rdtsc" : "=A"(value));
    return value;
}

/*
 * Counts the TSC during one run of PIT channel 2 [8254 mode 0], which nobody else uses: its gate
 * starts it, its output tells the end. Returns 0 where the output never comes.
 */
static uint32_t measure_tsc_khz(void)
{
    uint8_t port_b = in8(PIT_PORT_B) & (uint8_t) ~(PIT_PORT_B_GATE2 | PIT_PORT_B_SPEAKER);
    uint64_t start, end;
    int polls = CALIBRATION_POLLS;

    out8(PIT_PORT_B, port_b);
    out8(PIT_COMMAND, PIT_ONE_SHOT2);
    out8(PIT_CHANNEL2, CALIBRATION_COUNT & 0xFF);
    out8(PIT_CHANNEL2, CALIBRATION_COUNT >> 8);
    out8(PIT_PORT_B, port_b | PIT_PORT_B_GATE2);
    start = tsc_now();
    while (polls && !(in8(PIT_PORT_B) & PIT_PORT_B_OUT2))
        polls--;
    end = tsc_now();
    out8(PIT_PORT_B, port_b);
    if (!polls || end <= start)
        return 0;
    return (uint32_t)divide_by_32((end - start) * (PIT_HZ / 1000), CALIBRATION_COUNT, NULL);
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
