/* What the module `clock` offers to other modules. */
#ifndef CLOCK_H
#define CLOCK_H

#include <abi/clock.h>

/* Reads the machine's clock. Other threads may run while it waits for the chip. ERR_NO_DEVICE. */
int clock_read(struct clock_time *time);

#endif
