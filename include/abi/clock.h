/* The date and time of the machine's clock, as the module `clock` and the service `clockd` tell it.
 */
#ifndef ABI_CLOCK_H
#define ABI_CLOCK_H

#include <stdint.h>

/* Local time as somebody has set it; the clock knows no zone. */
struct clock_time {
    uint16_t year;
    uint8_t month; /* 1 to 12 */
    uint8_t day;   /* 1 to 31 */
    uint8_t hour;  /* 0 to 23 */
    uint8_t minute;
    uint8_t second;
    uint8_t reserved;
};

_Static_assert(sizeof(struct clock_time) == 8, "two words of a message");

/* As text, "Saturday, 21 November 2026, 03:11:18". */
#define CLOCK_TEXT_MAX 48

/* The service's port, and what the first word of a call to it asks for. A reply's first word is 0
 * or an error. */
#define CLOCK_PORT "clock"
enum {
    CLOCK_ASK_NOTHING = 0, /* what an answer costs */
    CLOCK_ASK_TIME,        /* the struct is in the reply's second and third word */
    CLOCK_ASK_TEXT         /* the text is in the reply's bytes */
};

#endif
