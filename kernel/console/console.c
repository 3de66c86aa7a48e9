/* The console's output: every text goes to the screen and to the serial port. */
#include <hw/vga.h>
#include <kernel/console.h>
#include <kernel/drivers.h>

#include "input.h"

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

void console_write_panic(const char *text, size_t size)
{
    screen_colour(VGA_WHITE_ON_RED);
    screen_write(text, size);
    serial_write_now(text, size);
}
