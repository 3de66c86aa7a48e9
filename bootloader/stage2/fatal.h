/* The end of the road: what failed, what to do, and a restart by a key. */
#ifndef FATAL_H
#define FATAL_H

#include <stdint.h>

/*
 * Says `Megha cannot start: ` and what failed, then the advice, on screen and serial port; waits
 * for a key and restarts. The advice is a sentence.
 */
_Noreturn void fatal(const char *advice, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Advice that fits many failures. */
#define ADVICE_WRITE_IMAGE "Write the image onto the stick again, or use another stick."

/* Called by real/exceptions.asm: an exception in stage 2, or in the kernel before it has taken
 * exceptions over. */
_Noreturn void fatal_exception(uint32_t vector, uint32_t error, uint32_t eip, uint32_t cs,
                               uint32_t eflags, uint32_t cr2);

#endif
