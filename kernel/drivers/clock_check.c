/*
 * Is the time stamp counter as fast as the loader has measured? Its measurement lasts a
 * millisecond, and a virtual machine's host, or firmware, can do much in a millisecond. So in the
 * first seconds the counter is compared with the seconds of the CMOS clock, which go on whoever has
 * the processor. (Timer interrupts do not: a busy host loses them.)
 *
 * The second is read in every timer interrupt. It has changed between two interrupts, and the
 * counter is known at both: so what it counts in a second lies between two bounds, however late an
 * interrupt comes. Late ones only make the bounds wide, and more seconds make them narrow.
 */
#include "clock.h"

#include <hw/cmos.h>
#include <kernel/arch.h>
#include <lib/divide.h>
#include <stddef.h>

#define SECONDS_LEAST 2       /* that agree, before anything is believed */
#define SECONDS_MOST  60      /* then the bounds are as narrow as they will ever be here */
#define SAMPLES_MOST  100000u /* interrupts: a CMOS clock that stands is not waited for */

#define SURE_SHIFT   8 /* the answer is known to 1/256 */
#define WRONG_SHIFT  8 /* outside of the bounds by more than 1/256 of them: it is wrong */
#define USABLE_SHIFT 6 /* bounds that are to correct something lie within 1/64 */

#define SECOND_UNKNOWN 0xFFu

/* When something happened, by the counter. */
struct moment {
    uint64_t earliest, latest;
};

/* What the counter counts in a millisecond. */
struct rate {
    uint32_t low, high;
};

bool clock_checking;

static struct {
    void (*corrected)(uint32_t was, uint32_t khz);
    uint32_t khz;
    uint32_t samples;

    uint32_t second; /* as the chip shows it, in BCD or binary */
    uint64_t seen;   /* no later than this it showed that second */

    bool started; /* a second has begun: the moments are known */
    struct moment first, last;
    uint32_t seconds; /* between them */
} check;

static uint32_t cmos_read(uint8_t reg)
{
    arch_port_write8(CMOS_INDEX, reg);
    return arch_port_read8(CMOS_DATA);
}

static uint32_t cmos_second(void)
{
    return cmos_read(CMOS_A) & CMOS_A_UPDATING ? SECOND_UNKNOWN : cmos_read(CMOS_SECOND);
}

/* Whether one follows the other, in the chip's binary or decimal digits. */
static bool follows(uint32_t second, uint32_t before)
{
    if (second == 0)
        return before == 59 || before == 0x59;
    return second == before + 1 || (second % 16 == 0 && second == before + 7);
}

static struct rate rate_between(const struct moment *from, const struct moment *to,
                                uint32_t seconds)
{
    uint32_t milliseconds = seconds * 1000;

    return (struct rate){
        .low = (uint32_t)divide_by_32(to->earliest - from->latest, milliseconds, NULL),
        .high = (uint32_t)divide_by_32(to->latest - from->earliest, milliseconds, NULL),
    };
}

/* The rate is known well enough, or never will be: nothing is read any more. */
static void check_end(void)
{
    clock_checking = false;
}

static void check_judge(void)
{
    struct rate rate = rate_between(&check.first, &check.last, check.seconds);
    uint32_t width = rate.high - rate.low;
    uint32_t was = check.khz;

    if (was + (was >> WRONG_SHIFT) < rate.low || was - (was >> WRONG_SHIFT) > rate.high) {
        if (width <= rate.high >> USABLE_SHIFT) {
            check.khz = rate.low + width / 2;
            clock_set_rate(check.khz);
            check.corrected(was, check.khz);
        }
    } else if (width <= rate.high >> SURE_SHIFT) {
        check_end();
    }
    if (check.seconds >= SECONDS_MOST)
        check_end();
}

static void begin_at(const struct moment *moment)
{
    check.started = true;
    check.first = *moment;
    check.seconds = 0;
}

/* A second has begun at this moment. */
static void check_second(const struct moment *now)
{
    struct rate all, latest = rate_between(&check.last, now, 1);

    check.seconds++;
    all = rate_between(&check.first, now, check.seconds);
    /* Somebody has set the CMOS clock, or the host's own has jumped: only this second counts. */
    if (check.seconds > 1 && (latest.high < all.low || latest.low > all.high)) {
        begin_at(&check.last);
        check.seconds = 1;
    }
    check.last = *now;
    if (check.seconds >= SECONDS_LEAST)
        check_judge();
}

static void check_sample(uint32_t second, uint64_t before, uint64_t after)
{
    struct moment moment = {.earliest = check.seen, .latest = after};

    if (second == SECOND_UNKNOWN)
        return;
    check.seen = before;
    if (second == check.second)
        return;
    if (check.second == SECOND_UNKNOWN) {
        /* The first sample: since when it shows this is not known. */
    } else if (!follows(second, check.second)) {
        check.started = false;
    } else if (!check.started) {
        begin_at(&moment);
        check.last = moment;
    } else {
        check_second(&moment);
    }
    check.second = second;
}

void clock_check(void)
{
    uint64_t before = arch_tsc_read();
    uint32_t second = cmos_second();

    if (++check.samples > SAMPLES_MOST)
        check_end();
    else
        check_sample(second, before, arch_tsc_read());
}

void clock_check_start(void (*corrected)(uint32_t was, uint32_t khz))
{
    check.khz = clock_rate();
    check.corrected = corrected;
    check.second = SECOND_UNKNOWN;
    check.started = false;
    check.samples = 0;
    clock_checking = check.khz != 0;
}
