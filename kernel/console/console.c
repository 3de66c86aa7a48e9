/* The console's output: every text goes to the screen and to the serial port. */
#include "input.h"

#include <abi/errors.h>
#include <hw/vga.h>
#include <kernel/console.h>
#include <kernel/drivers.h>
#include <kernel/sched.h>

#define PIECE   256u /* bytes of a program's text that are written at once */
#define WAIT_MS 10u  /* in which the port sends 115 bytes: much less than it has queued */
#define WAITS   100u /* a port that moves has made room long before */

void console_start(const char *unsent, size_t size)
{
    input_start();
    serial_write(unsent, size);
}

void console_write(const char *text, size_t size)
{
    screen_write(text, size);
    serial_write(text, size);
}

void console_print(const char *text, size_t size)
{
    while (size != 0) {
        size_t piece = size < PIECE ? size : PIECE;

        /* At worst every byte is a newline, which takes two. */
        for (unsigned i = 0; i < WAITS && serial_room() < 2 * piece; i++)
            if (sched_block(NULL, WAIT_MS) == ERR_CANCELLED)
                return;
        console_write(text, piece);
        text += piece;
        size -= piece;
    }
}

void console_write_panic(const char *text, size_t size)
{
    screen_colour(VGA_WHITE_ON_RED);
    screen_write(text, size);
    serial_write_now(text, size);
}
