/* Driver of the CMOS clock [MC146818]. One source for the linked module `clock` and the service
 * `clockd`. */
#ifndef CMOS_H
#define CMOS_H

#include <abi/clock.h>
#include <stdbool.h>
#include <stdint.h>

/* The registers of a date, as they stand in the chip. */
struct cmos_registers {
    uint8_t second, minute, hour, day, month, year, century;
    uint8_t format; /* register B: how they are to be read */
};

/*
 * Reads the clock. Returns 0, or ERR_NO_DEVICE where no clock answers, or what it holds is no date.
 * Waits at most for one update of the chip, 2 ms; other threads may run meanwhile.
 */
int cmos_read(struct clock_time *time);

/* What the registers mean; false where they hold no date. Pure, for tests. */
bool cmos_decode(const struct cmos_registers *registers, struct clock_time *time);

#endif
