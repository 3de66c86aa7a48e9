/*
 * printf-style formatting, freestanding. Conversions: %d %i %u %x %X %o %c %s %p %%, flags - 0 +
 * space #, width and precision (also *), length hh h l ll z. No floating point and no %n: both
 * print as they stand in the format.
 */
#ifndef LIB_FORMAT_H
#define LIB_FORMAT_H

#include <stdarg.h>
#include <stddef.h>

/* Called with each piece of output; `context` is passed through. */
typedef void (*format_sink)(void *context, const char *text, size_t size);

/* Returns the number of bytes sent to the sink. */
size_t format_to(format_sink sink, void *context, const char *format, va_list arguments);

/*
 * Formats into `buffer` of `room` bytes and always ends the text (if room is not 0). Returns the
 * length that the whole text has: a result >= room means that it was cut.
 */
size_t format_text(char *buffer, size_t room, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
size_t format_text_v(char *buffer, size_t room, const char *format, va_list arguments)
    __attribute__((format(printf, 3, 0)));

#endif
