/*
 * Text to and from the console: a part of ISO C11 7.21. There are no streams and nothing is kept
 * back: when a function returns, its text is on the console. A call's text of up to 256 bytes goes
 * there in one piece, so lines of two programs do not mix.
 */
#ifndef RUNTIME_STDIO_H
#define RUNTIME_STDIO_H

#include <stdarg.h>
#include <stddef.h>

#define EOF (-1)

/* Conversions are those of lib/format.h: no floating point, no %n. Return the number of bytes
 * written, or EOF where the console refuses them. */
int printf(const char *format, ...) __attribute__((format(printf, 1, 2)));
int vprintf(const char *format, va_list arguments) __attribute__((format(printf, 1, 0)));

/* Format into `buffer` of `room` bytes and always end the text (if room is not 0). Return the
 * length of the whole text: a result >= room means that it was cut. */
int snprintf(char *buffer, size_t room, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
int vsnprintf(char *buffer, size_t room, const char *format, va_list arguments)
    __attribute__((format(printf, 3, 0)));

/* Writes text and a new line. Returns 0 or EOF. */
int puts(const char *text);

/* Writes one byte and returns it, or EOF. */
int putchar(int character);

/* Waits for a key and returns its byte, unechoed, or EOF where there is no console to read. */
int getchar(void);

#endif
