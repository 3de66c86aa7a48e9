/* Reads a number from text; strtol and strtoul are built on it. */
#ifndef RUNTIME_NUMBER_H
#define RUNTIME_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

struct number {
    uint32_t value; /* without its sign; UINT32_MAX where it does not fit */
    bool negative;
    bool too_large;
    const char *end; /* behind the last digit; the start of the text where there is no number */
};

/* `base` is 2 to 36, or 0: then 0x in front means 16, 0 means 8, and anything else 10. */
struct number number_read(const char *text, int base);

#endif
