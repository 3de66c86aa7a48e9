/* What the loader says (log.h). */
#include "log.h"

#include <hw/vga.h>
#include <lib/divide.h>
#include <lib/format.h>
#include <lib/string.h>

#include "clock.h"
#include "info.h"
#include "screen.h"
#include "serial.h"

#define LINE_MAX 256

#define WARNING_ATTRIBUTE 0x0E /* yellow on black */

static bool verbose;

void log_pump(void)
{
    uint32_t waiting = boot_info->log_size - boot_info->log_sent;

    if (waiting)
        boot_info->log_sent += (uint32_t)serial_push(boot_info->log + boot_info->log_sent, waiting);
}

void log_flush(void)
{
    uint32_t waiting = boot_info->log_size - boot_info->log_sent;

    boot_info->log_sent += (uint32_t)serial_send(boot_info->log + boot_info->log_sent, waiting);
}

static void keep(const char *text, size_t size)
{
    if (boot_info->log_size + size > BOOT_LOG_MAX) {
        /* The copy is full. Serial output loses nothing: it catches up, then goes ahead. */
        log_flush();
        serial_send(text, size);
        return;
    }
    memcpy(boot_info->log + boot_info->log_size, text, size);
    boot_info->log_size += (uint32_t)size;
}

/* Serial lines end with CR LF. */
static void keep_lines(const char *text, size_t size)
{
    const char *end = text + size;
    const char *line_end;

    while ((line_end = memchr(text, '\n', (size_t)(end - text)))) {
        keep(text, (size_t)(line_end - text));
        keep("\r\n", 2);
        text = line_end + 1;
    }
    keep(text, (size_t)(end - text));
}

void log_text(const char *text, size_t size, uint8_t attribute)
{
    screen_write(text, size, attribute);
    keep_lines(text, size);
    log_pump();
}

/* The time in front of a line. */
static size_t prefix(char *line, uint64_t time, const char *part)
{
    uint32_t micros;
    uint32_t seconds = (uint32_t)divide_by_32(time, 1000000, &micros);

    return format_text(line, LINE_MAX, "[%u.%06u] %s", seconds, micros, part);
}

static void put_line(const char *part, uint8_t attribute, const char *format, va_list arguments)
{
    char line[LINE_MAX + 1];
    size_t size = prefix(line, clock_micros(), part);

    size += format_text_v(line + size, LINE_MAX - size, format, arguments);
    if (size >= LINE_MAX)
        size = LINE_MAX - 1;
    line[size++] = '\n';
    log_text(line, size, attribute);
}

void log_line(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    put_line("loader: ", VGA_GREY_ON_BLACK, format, arguments);
    va_end(arguments);
}

void log_verbose(const char *format, ...)
{
    va_list arguments;

    if (!verbose)
        return;
    va_start(arguments, format);
    put_line("loader: ", VGA_GREY_ON_BLACK, format, arguments);
    va_end(arguments);
}

void log_set_verbose(bool on)
{
    verbose = on;
}

void log_warning(const char *format, ...)
{
    va_list arguments;

    boot_info->warning_count++;
    va_start(arguments, format);
    put_line("loader: warning: ", WARNING_ATTRIBUTE, format, arguments);
    va_end(arguments);
}

static const char *milestone_name(uint32_t number)
{
    switch (number) {
#define MILESTONE(value, name, where, text)                                                        \
    case value:                                                                                    \
        return #name;
#include <boot/milestones.def>
#undef MILESTONE
    default:
        return "unknown";
    }
}

void log_milestones(void)
{
    static uint32_t logged;
    char line[LINE_MAX];

    for (; logged < boot_info->stamp_count; logged++) {
        const struct boot_stamp *stamp = &boot_info->stamps[logged];
        size_t size = prefix(line, clock_stamp_micros(stamp), "milestone ");

        size += format_text(line + size, sizeof line - size, "%u %s\n", stamp->milestone,
                            milestone_name(stamp->milestone));
        log_text(line, size, VGA_GREY_ON_BLACK);
    }
}
