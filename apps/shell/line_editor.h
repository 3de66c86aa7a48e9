/*
 * Edits one line of text from raw bytes. It draws with nothing but text, blanks and Backspace
 * (which moves the cursor), so it works on every console. It knows no system call.
 *
 * Keys: printable ASCII is inserted; Backspace (08h, 7Fh) and Delete (ESC [ 3 ~) remove; the left
 * and right arrow, Home and End move. Up, Down, Tab and Ctrl-C are told to the caller. All other
 * bytes and sequences are ignored.
 *
 * Of a line that is wider than LINE_WIDTH a part is shown, the one around the cursor.
 */
#ifndef SHELL_LINE_EDITOR_H
#define SHELL_LINE_EDITOR_H

#include <stdbool.h>
#include <stddef.h>

#define LINE_LENGTH_MAX 255
#define LINE_WIDTH      72 /* columns: a screen's 80 less the prompt and one for the cursor */

/* Receives what has to appear on the console. */
typedef void (*line_sink)(const char *text, size_t size);

enum line_event {
    LINE_MORE,      /* the line goes on */
    LINE_DONE,      /* Enter: `text` holds the line */
    LINE_TOO_LONG,  /* Enter after more than LINE_LENGTH_MAX characters: the line is lost */
    LINE_CANCELLED, /* Ctrl-C: the line is not wanted */
    LINE_OLDER,     /* Up: the line goes on, with line_replace if there is an older one */
    LINE_NEWER,     /* Down */
    LINE_COMPLETE   /* Tab: the line goes on, with line_insert if something fits */
};

/* Where the editor stands in a key's sequence of bytes. */
enum line_sequence { SEQUENCE_NONE, SEQUENCE_ESCAPE, SEQUENCE_BRACKET };

struct line_editor {
    line_sink sink;
    size_t length;
    size_t cursor; /* 0 to length */
    size_t first;  /* the character in the first column */
    size_t shown;  /* how many characters are on the console */
    size_t column; /* where the console's cursor stands */
    bool too_long;
    enum line_sequence sequence;
    unsigned int parameter; /* the number in ESC [ number ~ */
    char text[LINE_LENGTH_MAX + 1];
};

/* Begins an empty line. */
void line_start(struct line_editor *line, line_sink sink);

/* Takes one byte. After LINE_DONE, LINE_TOO_LONG or LINE_CANCELLED the line has to be started anew.
 * A character beyond the limit rings the bell, and what follows up to Enter or Ctrl-C is dropped.
 */
enum line_event line_feed(struct line_editor *line, char byte);

/* Puts text in at the cursor; as much as there is room for. */
void line_insert(struct line_editor *line, const char *text, size_t size);

/* Makes this the whole line, the cursor at its end. */
void line_replace(struct line_editor *line, const char *text);

/* Shows the line again where the console's cursor stands, at the beginning of an empty row or
 * behind a new prompt. */
void line_show_again(struct line_editor *line);

/* Rings the console's bell. */
void line_ring(struct line_editor *line);

#endif
