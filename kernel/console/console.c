/* The console's output: every text goes to the screen and to the serial port. */
#include "input.h"

#include <abi/errors.h>
#include <hw/vga.h>
#include <kernel/console.h>
#include <kernel/drivers.h>
#include <kernel/sched.h>
#include <lib/string.h>

#define PIECE    128u  /* bytes of a program's text that are written at once */
#define WAIT_MS  10u   /* in which the port sends 115 bytes: much less than it has queued */
#define LINE_MAX 160u  /* a prompt and what has been typed behind it */
#define WAITS    100u  /* a port that moves has made room long before */
#define LOG_ROOM 1024u /* a line of the log, and a prompt below it; a newline takes two bytes */

/* The last line so far, as it was written; a longer one is not kept. */
static char line[LINE_MAX];
static size_t line_size;

void console_start(const char *unsent, size_t size)
{
    input_start();
    serial_write(unsent, size);
}

static void console_keep_line(const char *text, size_t size)
{
    size_t start = size;

    while (start != 0 && text[start - 1] != '\n' && text[start - 1] != '\r')
        start--;
    if (start != 0)
        line_size = 0;
    size -= start;
    if (size <= LINE_MAX && line_size <= LINE_MAX - size)
        memcpy(&line[line_size], &text[start], size);
    line_size += size;
}

void console_write(const char *text, size_t size)
{
    console_keep_line(text, size);
    screen_write(text, size);
    serial_write(text, size);
}

void console_log(const char *text, size_t size)
{
    bool prompt = line_size != 0 && line_size <= LINE_MAX && input_is_waited_for();

    /* The screen can take the prompt back. What reads the serial port gets whole lines. */
    if (prompt)
        screen_write("\r\033[K", 4);
    else if (line_size != 0)
        screen_write("\n", 1);
    if (line_size != 0)
        serial_write("\n", 1);
    screen_write(text, size);
    serial_write(text, size);
    if (prompt) {
        screen_write(line, line_size);
        serial_write(line, line_size);
    } else {
        line_size = 0;
    }
}

/* Up to PIECE bytes and no further than the first newline: so the screen moves up at most once. */
static size_t next_piece(const char *text, size_t size)
{
    size_t most = size < PIECE ? size : PIECE;
    const char *newline = memchr(text, '\n', most);

    return newline ? (size_t)(newline - text) + 1 : most;
}

/* Until the port has that room, a second at most. Other threads may run. 0, or ERR_CANCELLED. */
static int wait_for_room(uint32_t bytes)
{
    uint32_t sent = serial_sent();

    for (unsigned i = 0; serial_room() < bytes; i++) {
        if (i == WAITS) {
            if (serial_sent() == sent)
                serial_give_up();
            break;
        }
        if (sched_block(NULL, WAIT_MS) == ERR_CANCELLED)
            return ERR_CANCELLED;
    }
    return 0;
}

void console_wait_for_room(void)
{
    (void)wait_for_room(LOG_ROOM);
}

void console_print(const char *text, size_t size)
{
    while (size != 0) {
        size_t piece = next_piece(text, size);

        /* At worst every byte is a newline, which takes two. */
        if (serial_room() < 2 * piece && wait_for_room(2 * piece) < 0)
            return;
        console_write(text, piece);
        sched_preemption_point();
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
