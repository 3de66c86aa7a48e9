#include "line_editor.h"

#include <string.h>

#define KEY_BELL      '\a'
#define KEY_BACKSPACE '\b'
#define KEY_ESCAPE    '\x1B'
#define KEY_DELETE    '\x7F'

void line_start(struct line_editor *line, line_sink sink)
{
    line->sink = sink;
    line->length = 0;
    line->cursor = 0;
    line->too_long = false;
    line->sequence = SEQUENCE_NONE;
    line->parameter = 0;
    line->text[0] = '\0';
}

static void draw(struct line_editor *line, const char *text, size_t size)
{
    if (size > 0)
        line->sink(text, size);
}

static void draw_back(struct line_editor *line, size_t count)
{
    static const char back[] = "\b\b\b\b\b\b\b\b\b\b\b\b\b\b\b\b";
    while (count > 0) {
        size_t part = count < sizeof(back) - 1 ? count : sizeof(back) - 1;
        draw(line, back, part);
        count -= part;
    }
}

static void insert(struct line_editor *line, char character)
{
    if (line->length == LINE_LENGTH_MAX) {
        static const char bell = KEY_BELL;
        line->too_long = true;
        draw(line, &bell, 1);
        return;
    }
    char *here = line->text + line->cursor;
    memmove(here + 1, here, line->length - line->cursor + 1);
    *here = character;
    line->length++;
    line->cursor++;
    draw(line, here, line->length - line->cursor + 1);
    draw_back(line, line->length - line->cursor);
}

/* Removes the character at the cursor. */
static void remove_here(struct line_editor *line)
{
    if (line->cursor == line->length)
        return;
    char *here = line->text + line->cursor;
    memmove(here, here + 1, line->length - line->cursor);
    line->length--;
    draw(line, here, line->length - line->cursor);
    draw(line, " ", 1);
    draw_back(line, line->length - line->cursor + 1);
}

static void move_left(struct line_editor *line)
{
    if (line->cursor == 0)
        return;
    line->cursor--;
    draw_back(line, 1);
}

static void move_right(struct line_editor *line)
{
    if (line->cursor == line->length)
        return;
    draw(line, line->text + line->cursor, 1);
    line->cursor++;
}

static void move_home(struct line_editor *line)
{
    draw_back(line, line->cursor);
    line->cursor = 0;
}

static void move_end(struct line_editor *line)
{
    draw(line, line->text + line->cursor, line->length - line->cursor);
    line->cursor = line->length;
}

static void press_backspace(struct line_editor *line)
{
    if (line->cursor == 0)
        return;
    move_left(line);
    remove_here(line);
}

/* ESC [ number ~, as terminals and the keyboard driver send them. */
static void press_numbered(struct line_editor *line)
{
    switch (line->parameter) {
    case 1:
    case 7:
        move_home(line);
        break;
    case 3:
        remove_here(line);
        break;
    case 4:
    case 8:
        move_end(line);
        break;
    default:
        break;
    }
}

/* The byte that ends a sequence says which key it is. */
static void press_sequence(struct line_editor *line, char last)
{
    switch (last) {
    case 'C':
        move_right(line);
        break;
    case 'D':
        move_left(line);
        break;
    case 'F':
        move_end(line);
        break;
    case 'H':
        move_home(line);
        break;
    case '~':
        press_numbered(line);
        break;
    default:
        break;
    }
}

/* Takes a byte inside a sequence; returns false where the byte stands for itself. */
static bool feed_sequence(struct line_editor *line, char byte)
{
    if (byte < ' ' || byte == KEY_DELETE) {
        line->sequence = SEQUENCE_NONE;
        return false;
    }
    if (line->sequence == SEQUENCE_ESCAPE) {
        bool goes_on = byte == '[' || byte == 'O';
        line->sequence = goes_on ? SEQUENCE_BRACKET : SEQUENCE_NONE;
        line->parameter = 0;
        return true;
    }
    if (byte >= '0' && byte <= '9') {
        line->parameter = line->parameter * 10 + (unsigned int)(byte - '0');
    } else if (byte >= '@') {
        line->sequence = SEQUENCE_NONE;
        press_sequence(line, byte);
    }
    return true;
}

enum line_event line_feed(struct line_editor *line, char byte)
{
    if (byte == '\n') {
        move_end(line);
        draw(line, "\n", 1);
        return line->too_long ? LINE_TOO_LONG : LINE_DONE;
    }
    if (line->too_long)
        return LINE_MORE;
    if (line->sequence != SEQUENCE_NONE && feed_sequence(line, byte))
        return LINE_MORE;
    if (byte == KEY_ESCAPE)
        line->sequence = SEQUENCE_ESCAPE;
    else if (byte == KEY_BACKSPACE || byte == KEY_DELETE)
        press_backspace(line);
    else if (byte >= ' ' && byte <= '~')
        insert(line, byte);
    return LINE_MORE;
}
