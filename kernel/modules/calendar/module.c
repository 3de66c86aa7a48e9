/* The linked module `calendar`: adds words to what the module `clock` reads. */
#include "text.h"

#include "../clock/clock.h"

#include <abi/errors.h>
#include <kernel/export.h>
#include <kernel/user_copy.h>
#include <lib/string.h>

int32_t calendar_text(user_ptr text, uint32_t room);

MODULE("Tells the date and the time in words.");
MODULE_NEEDS("clock");

/* Stores the date and the time as text with its end; returns its length. ERR_TOO_LONG where it does
 * not fit. */
int32_t calendar_text(user_ptr text, uint32_t room)
{
    struct clock_time time;
    char words[CLOCK_TEXT_MAX];
    size_t length;
    int error = clock_read(&time);

    if (error < 0)
        return error;
    calendar_write(&time, words);
    length = strlen(words);
    if (length + 1 > room)
        return ERR_TOO_LONG;
    error = user_copy_out(text, words, length + 1);
    return error < 0 ? error : (int32_t)length;
}
MODULE_CALL(calendar_text);
