/* Time since stage 2's first instruction, and the stamps of the milestones. */
#ifndef CLOCK_H
#define CLOCK_H

#include <boot/info.h>
#include <stdbool.h>
#include <stdint.h>

#include "real.h"

/* Takes over what the 16-bit code stamped, and measures the time stamp counter if there is one. */
void clock_start(const struct real_facts *facts, const struct stage1_record *record);

/* Microseconds since milestone 20. Without a time stamp counter in steps of the BIOS tick. */
uint64_t clock_micros(void);

/* The same for a stamp; 0 for those before milestone 20. */
uint64_t clock_stamp_micros(const struct boot_stamp *stamp);

/*
 * A bound on a wait for hardware: clock_bound_over() says whether so many milliseconds have passed
 * since. Steps are 10 ms. Works with interrupts off; one at a time. A machine whose timer stands is
 * not waited for longer: there the bound is a number of calls.
 */
void clock_bound(uint32_t milliseconds);
bool clock_bound_over(void);

/* Writes a stamp for this milestone into boot_info. */
void clock_stamp(uint32_t milestone);

#endif
