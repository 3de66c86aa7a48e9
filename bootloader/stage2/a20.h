/* Address line 20: while it is off, the second MiB mirrors the first. */
#ifndef A20_H
#define A20_H

#include <stdbool.h>
#include <stdint.h>

bool a20_is_on(void);

/*
 * Switches A20 on by the gentlest means that works. Returns an enum a20_method (boot/info.h), or 0
 * where all of them failed. Every wait is bounded.
 */
uint32_t a20_enable(void);

/* Switches A20 on again by the means that worked before; for bios_call(). */
void a20_restore(void);

#endif
