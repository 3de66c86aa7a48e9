/* What the module `clock` offers to other modules. */
#ifndef CLOCK_H
#define CLOCK_H

#include <abi/clock.h>

/* Reads the machine's clock. ERR_NO_DEVICE. */
int clock_read(struct clock_time *time);

#endif
