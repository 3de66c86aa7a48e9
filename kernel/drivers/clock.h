/* What timer.c and clock.c share. */
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

#endif
