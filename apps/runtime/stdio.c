#include "output.h"

#include <lib/format.h>
#include <megha.h>
#include <stdio.h>
#include <string.h>

#define PIECE_SIZE 256

/* Text on its way to the console, gathered so that a call of printf is one system call. */
struct piece {
    uint32_t used;
    int error; /* 0, or the first one */
    char text[PIECE_SIZE];
};

int (*output_by_page)(const char *text, uint32_t size);

int output_at_once(const char *text, uint32_t size)
{
    while (size > 0) {
        int32_t written = console_write(text, size);
        if (written < 0)
            return written;
        text += written;
        size -= (uint32_t)written;
    }
    return 0;
}

int console_write_all(const char *text, uint32_t size)
{
    return output_by_page != NULL ? output_by_page(text, size) : output_at_once(text, size);
}

static void piece_send(struct piece *piece)
{
    if (piece->error == 0)
        piece->error = console_write_all(piece->text, piece->used);
    piece->used = 0;
}

static void piece_add(void *context, const char *text, size_t size)
{
    struct piece *piece = context;
    while (size > 0) {
        if (piece->used == PIECE_SIZE)
            piece_send(piece);
        size_t part = PIECE_SIZE - piece->used;
        if (part > size)
            part = size;
        memcpy(piece->text + piece->used, text, part);
        piece->used += (uint32_t)part;
        text += part;
        size -= part;
    }
}

int vprintf(const char *format, va_list arguments)
{
    struct piece piece;
    piece.used = 0;
    piece.error = 0;
    size_t length = format_to(piece_add, &piece, format, arguments);
    piece_send(&piece);
    return piece.error < 0 ? EOF : (int)length;
}

int printf(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vprintf(format, arguments);
    va_end(arguments);
    return length;
}

int puts(const char *text)
{
    struct piece piece;
    piece.used = 0;
    piece.error = 0;
    piece_add(&piece, text, strlen(text));
    piece_add(&piece, "\n", 1);
    piece_send(&piece);
    return piece.error < 0 ? EOF : 0;
}

int putchar(int character)
{
    char byte = (char)character;
    return console_write_all(&byte, 1) < 0 ? EOF : (unsigned char)byte;
}

int getchar(void)
{
    char byte;
    return console_read(&byte, 1, WAIT_FOREVER) < 1 ? EOF : (unsigned char)byte;
}

int vsnprintf(char *buffer, size_t room, const char *format, va_list arguments)
{
    return (int)format_text_v(buffer, room, format, arguments);
}

int snprintf(char *buffer, size_t room, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(buffer, room, format, arguments);
    va_end(arguments);
    return length;
}
