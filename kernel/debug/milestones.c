/* The milestones that the boot has passed, with their times. */
#include "state.h"

#include <lib/divide.h>
#include <lib/format.h>
#include <lib/string.h>

#define BIOS_TICK_US 54925u
#define TEXT_MAX     64

static const struct {
    uint32_t number;
    const char *name;
} names[] = {
#define MILESTONE(number, name, where, text) {number, #name},
#include <boot/milestones.def>
#undef MILESTONE
};

static struct boot_stamp stamps[BOOT_STAMPS_MAX];
static uint32_t stamp_count;

/* What turns a time stamp into a time. */
static uint32_t tsc_khz;
static uint64_t tsc_zero;
static uint32_t tick_zero;

char debug_build_id[sizeof(((struct kernel_header *)NULL)->build_id) + 1];

void milestones_start(const struct boot_info *info)
{
    memcpy(debug_build_id, info->kernel.build_id, sizeof(info->kernel.build_id));
    stamp_count = info->stamp_count < BOOT_STAMPS_MAX ? info->stamp_count : BOOT_STAMPS_MAX;
    memcpy(stamps, info->stamps, stamp_count * sizeof(stamps[0]));
    tsc_khz = info->tsc_khz;
    /* Time 0 is the first stamp of stage 2. */
    for (uint32_t i = stamp_count; i-- != 0 && stamps[i].milestone >= MILESTONE_TIME_ZERO;) {
        tsc_zero = stamps[i].tsc;
        tick_zero = stamps[i].tick;
    }
}

void milestones_set_tsc_khz(uint32_t khz)
{
    tsc_khz = khz;
}

static const char *milestone_name(uint32_t number)
{
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (names[i].number == number)
            return names[i].name;
    return "unknown";
}

static void milestone_record(uint32_t number, uint64_t tsc, uint64_t microseconds)
{
    char text[TEXT_MAX];

    if (stamp_count < BOOT_STAMPS_MAX) {
        stamps[stamp_count].milestone = number;
        stamps[stamp_count].tsc = tsc;
        stamps[stamp_count].tick =
            tick_zero + (uint32_t)divide_by_32(microseconds, BIOS_TICK_US, NULL);
        stamp_count++;
    }
    (void)format_text(text, sizeof(text), "milestone %u %s", (unsigned)number,
                      milestone_name(number));
    log_at(microseconds, text);
}

void milestone_reached(uint32_t number)
{
    uint64_t tsc = arch_has_tsc() ? arch_tsc_read() : 0;

    milestone_record(number, tsc, debug_microseconds());
}

/* Stamps from before time 0, whose clock only counts ticks, are at time 0. */
static uint64_t stamp_microseconds(uint64_t tsc, uint32_t tick)
{
    uint64_t microseconds;
    uint32_t rest;

    if (tsc == 0 || tsc_khz == 0)
        return tick > tick_zero ? (uint64_t)(tick - tick_zero) * BIOS_TICK_US : 0;
    if (tsc < tsc_zero)
        return 0;
    microseconds = divide_by_32(tsc - tsc_zero, tsc_khz, &rest) * 1000;
    return microseconds + divide_by_32((uint64_t)rest * 1000, tsc_khz, NULL);
}

void milestone_stamp(uint32_t number, uint64_t tsc)
{
    bool known = tsc != 0 && tsc_khz != 0;

    milestone_record(number, tsc, known ? stamp_microseconds(tsc, 0) : debug_microseconds());
}

bool milestone_at(uint32_t index, struct milestone_status *status)
{
    if (index >= stamp_count)
        return false;
    *status = (struct milestone_status){
        .number = stamps[index].milestone,
        .microseconds = stamp_microseconds(stamps[index].tsc, stamps[index].tick),
        .tsc = stamps[index].tsc,
    };
    text_copy(status->name, milestone_name(status->number), sizeof(status->name));
    return true;
}
