/*
 * Edits one line of text from raw bytes. It draws with nothing but text, blanks and Backspace
 * (which moves the cursor), so it works on every console. It knows no system call.
 *
 * Keys: printable ASCII is inserted; Backspace (08h, 7Fh) and Delete (ESC [ 3 ~) remove; the left
 * and right arrow, Home and End move. All other bytes and sequences are ignored.
 */
#ifndef SHELL_LINE_EDITOR_H
#define SHELL_LINE_EDITOR_H

#include <stdbool.h>
#include <stddef.h>

#define LINE_LENGTH_MAX 255

/* Receives what has to appear on the console. */
typedef void (*line_sink)(const char *text, size_t size);

enum line_event {
    LINE_MORE,    /* the line goes on */
    LINE_DONE,    /* Enter: `text` holds the line */
    LINE_TOO_LONG /* Enter after more than LINE_LENGTH_MAX characters: the line is lost */
};

/* Where the editor stands in a key's sequence of bytes. */
enum line_sequence { SEQUENCE_NONE, SEQUENCE_ESCAPE, SEQUENCE_BRACKET };

struct line_editor {
    line_sink sink;
    size_t length;
    size_t cursor; /* 0 to length */
    bool too_long;
    enum line_sequence sequence;
    unsigned int parameter; /* the number in ESC [ number ~ */
    char text[LINE_LENGTH_MAX + 1];
};

/* Begins an empty line. */
void line_start(struct line_editor *line, line_sink sink);

/* Takes one byte. After LINE_DONE or LINE_TOO_LONG the line has to be started anew. A character
 * beyond the limit rings the bell, and what follows up to Enter is dropped. */
enum line_event line_feed(struct line_editor *line, char byte);

#endif
