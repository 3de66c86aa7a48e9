/* The kernel's log: lines with their time, to the console and into a ring in memory. */
#include "state.h"

#include <kernel/export.h>
#include <lib/divide.h>
#include <lib/format.h>
#include <lib/string.h>

#define RING_SIZE 4096u /* a power of two */

struct debug_handlers debug_now;

/* The latest text of the log. */
static char ring[RING_SIZE];
static uint32_t ring_put; /* running count of bytes */

static void ring_write(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        ring[ring_put++ % RING_SIZE] = text[i];
}

size_t log_copy(char *to, size_t room)
{
    uint32_t count = ring_put < RING_SIZE ? ring_put : RING_SIZE;

    if (count > room)
        count = (uint32_t)room;
    for (uint32_t i = 0; i < count; i++)
        to[i] = ring[(ring_put - count + i) % RING_SIZE];
    return count;
}

/* Gives a writer what was logged before there was one. */
static void log_write_kept(void (*write)(const char *text, size_t size))
{
    uint32_t from = ring_put < RING_SIZE ? 0 : ring_put - RING_SIZE;

    while (from != ring_put) {
        uint32_t start = from % RING_SIZE;
        uint32_t count = ring_put - from;

        if (count > RING_SIZE - start)
            count = RING_SIZE - start;
        write(&ring[start], count);
        from += count;
    }
}

void debug_set_handlers(const struct debug_handlers *handlers)
{
    bool first_writer = debug_now.write == NULL && handlers->write != NULL;

    if (handlers->write != NULL)
        debug_now.write = handlers->write;
    if (handlers->write_panic != NULL)
        debug_now.write_panic = handlers->write_panic;
    if (handlers->wait_for_room != NULL)
        debug_now.wait_for_room = handlers->wait_for_room;
    if (handlers->microseconds != NULL)
        debug_now.microseconds = handlers->microseconds;
    if (handlers->describe_current != NULL)
        debug_now.describe_current = handlers->describe_current;
    if (handlers->stack_bounds != NULL)
        debug_now.stack_bounds = handlers->stack_bounds;
    if (handlers->find_symbol != NULL)
        debug_now.find_symbol = handlers->find_symbol;
    if (handlers->program_places != NULL)
        debug_now.program_places = handlers->program_places;
    if (first_writer)
        log_write_kept(debug_now.write);
}

uint64_t debug_microseconds(void)
{
    return debug_now.microseconds != NULL ? debug_now.microseconds() : 0;
}

/* A line in the making: at most LOG_LINE_MAX bytes, then the newline. */
struct line {
    char text[LOG_LINE_MAX + 2];
    size_t size; /* what it would be without a limit */
};

static size_t line_room(const struct line *line)
{
    return line->size < LOG_LINE_MAX + 1 ? LOG_LINE_MAX + 1 - line->size : 0;
}

static void line_add(struct line *line, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void line_add_v(struct line *line, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0)));

static void line_add_v(struct line *line, const char *format, va_list arguments)
{
    size_t room = line_room(line);

    line->size += format_text_v(&line->text[LOG_LINE_MAX + 1 - room], room, format, arguments);
}

static void line_add(struct line *line, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    line_add_v(line, format, arguments);
    va_end(arguments);
}

static void line_time(struct line *line, uint64_t microseconds)
{
    uint32_t micros;
    uint32_t seconds = (uint32_t)divide_by_32(microseconds, 1000000, &micros);

    line->size = 0;
    line_add(line, "[%u.%06u] ", (unsigned)seconds, (unsigned)micros);
}

/* Cuts the line, makes it one line, and sends it. */
static void line_send(struct line *line)
{
    if (line->size > LOG_LINE_MAX) {
        memcpy(&line->text[LOG_LINE_MAX - 3], "...", 3);
        line->size = LOG_LINE_MAX;
    }
    /* Names come from disks and programs: none may forge a line, or move the cursor. */
    for (size_t i = 0; i < line->size; i++)
        if ((unsigned char)line->text[i] < ' ' || line->text[i] == 0x7F)
            line->text[i] = '?';
    line->text[line->size++] = '\n';
    ring_write(line->text, line->size);
    if (debug_now.write != NULL)
        debug_now.write(line->text, line->size);
}

void log_at(uint64_t microseconds, const char *text)
{
    struct line line;

    line_time(&line, microseconds);
    line_add(&line, "%s", text);
    line_send(&line);
}

void log_line(const char *part, const char *format, ...)
{
    struct line line;
    va_list arguments;

    line_time(&line, debug_microseconds());
    line_add(&line, "%s: ", part);
    va_start(arguments, format);
    line_add_v(&line, format, arguments);
    va_end(arguments);
    line_send(&line);
}
KERNEL_EXPORT(log_line);

static void log_plain_v(const char *format, va_list arguments)
    __attribute__((format(printf, 1, 0)));

static void log_plain_v(const char *format, va_list arguments)
{
    struct line line = {.size = 0};

    line_add_v(&line, format, arguments);
    line_send(&line);
}

void log_plain(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    log_plain_v(format, arguments);
    va_end(arguments);
}

void log_from_thread(const char *format, ...)
{
    va_list arguments;

    if (debug_now.wait_for_room != NULL)
        debug_now.wait_for_room();
    va_start(arguments, format);
    log_plain_v(format, arguments);
    va_end(arguments);
}
