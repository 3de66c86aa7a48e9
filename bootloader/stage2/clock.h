/* Time since stage 2's first instruction, and the stamps of the milestones. */
#ifndef CLOCK_H
#define CLOCK_H

#include <boot/info.h>
#include <stdint.h>

#include "real.h"

/* Takes over what the 16-bit code stamped, and measures the time stamp counter if there is one. */
void clock_start(const struct real_facts *facts, const struct stage1_record *record);

/* Microseconds since milestone 20. Without a time stamp counter in steps of the BIOS tick. */
uint64_t clock_micros(void);

/* The same for a stamp; 0 for those before milestone 20. */
uint64_t clock_stamp_micros(const struct boot_stamp *stamp);

/* Writes a stamp for this milestone into boot_info. */
void clock_stamp(uint32_t milestone);

#endif
