/* What timer.c, clock.c and clock_check.c share. */
#ifndef DRIVERS_CLOCK_H
#define DRIVERS_CLOCK_H

#include <hw/pit.h>
#include <kernel/drivers.h>

/* Channel 0 counts PIT_RELOAD down to 1 in every tick. */
#define PIT_RELOAD ((PIT_HZ + TICK_HZ / 2) / TICK_HZ)

/* Channel 0 counts from now on: without a TSC its count refines the time between two ticks. */
void clock_ticking(void);

/* A tick has come. Returns the clock's milliseconds. */
uint64_t clock_tick(void);

/* kHz of the time stamp counter that the clock goes by; 0 where it goes by ticks. */
uint32_t clock_rate(void);

/* From now on the time stamp counter has this rate. Where it was taken for too fast, the time that
 * is missing is made up at once; where it was taken for too slow, the clock is ahead and stays so,
 * because it never goes back. */
void clock_set_rate(uint32_t khz);

/* While clock_checking is true, every timer interrupt calls clock_check. */
extern bool clock_checking;
void clock_check(void);

#endif
