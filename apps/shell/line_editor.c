#include "line_editor.h"

#include <lib/string.h>

#define KEY_CTRL_C    '\x03'
#define KEY_BELL      '\a'
#define KEY_BACKSPACE '\b'
#define KEY_TAB       '\t'
#define KEY_ESCAPE    '\x1B'
#define KEY_DELETE    '\x7F'

void line_start(struct line_editor *line, line_sink sink)
{
    line->sink = sink;
    line->length = 0;
    line->cursor = 0;
    line->first = 0;
    line->shown = 0;
    line->column = 0;
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

/* Draws a character so many times. */
static void draw_many(struct line_editor *line, char character, size_t count)
{
    char block[16];
    memset(block, character, sizeof(block));
    while (count > 0) {
        size_t part = count < sizeof(block) ? count : sizeof(block);
        draw(line, block, part);
        count -= part;
    }
}

void line_ring(struct line_editor *line)
{
    draw_many(line, KEY_BELL, 1);
}

/* Moves the console's cursor; to the right by drawing again what is there. */
static void go_to(struct line_editor *line, size_t column)
{
    if (column < line->column)
        draw_many(line, '\b', line->column - column);
    else
        draw(line, line->text + line->first + line->column, column - line->column);
    line->column = column;
}

/* Moves the shown part where it does not hold the cursor. Returns whether it has moved. */
static bool follow_cursor(struct line_editor *line)
{
    if (line->cursor >= line->first && line->cursor - line->first <= LINE_WIDTH)
        return false;
    line->first = line->cursor < LINE_WIDTH / 2 ? 0 : line->cursor - LINE_WIDTH / 2;
    return true;
}

/* Brings the console to what the line is, where the text from `from` on has changed. */
static void show(struct line_editor *line, size_t from)
{
    if (follow_cursor(line) || from < line->first)
        from = line->first;
    size_t shown = line->length - line->first;
    if (shown > LINE_WIDTH)
        shown = LINE_WIDTH;
    go_to(line, from - line->first);
    go_to(line, shown);
    if (line->shown > shown) {
        draw_many(line, ' ', line->shown - shown);
        draw_many(line, '\b', line->shown - shown);
    }
    line->shown = shown;
    go_to(line, line->cursor - line->first);
}

void line_show_again(struct line_editor *line)
{
    line->column = 0;
    line->shown = 0;
    show(line, line->first);
}

void line_insert(struct line_editor *line, const char *text, size_t size)
{
    size_t from = line->cursor;
    char *here = line->text + from;
    if (size > LINE_LENGTH_MAX - line->length)
        size = LINE_LENGTH_MAX - line->length;
    memmove(here + size, here, line->length - from + 1);
    memcpy(here, text, size);
    line->length += size;
    line->cursor += size;
    show(line, from);
}

void line_replace(struct line_editor *line, const char *text)
{
    text_copy(line->text, text, sizeof(line->text));
    line->length = strlen(line->text);
    line->cursor = line->length;
    show(line, 0);
}

static void type(struct line_editor *line, char character)
{
    if (line->length < LINE_LENGTH_MAX) {
        line_insert(line, &character, 1);
        return;
    }
    line->too_long = true;
    line_ring(line);
}

/* Removes the character at the cursor. */
static void remove_here(struct line_editor *line)
{
    char *here = line->text + line->cursor;
    if (line->cursor == line->length)
        return;
    memmove(here, here + 1, line->length - line->cursor);
    line->length--;
    show(line, line->cursor);
}

static void move_to(struct line_editor *line, size_t cursor)
{
    size_t first = line->first;
    line->cursor = cursor;
    if (follow_cursor(line))
        show(line, line->first);
    else
        go_to(line, cursor - first);
}

static void move_left(struct line_editor *line)
{
    if (line->cursor > 0)
        move_to(line, line->cursor - 1);
}

static void move_right(struct line_editor *line)
{
    if (line->cursor < line->length)
        move_to(line, line->cursor + 1);
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
        move_to(line, 0);
        break;
    case 3:
        remove_here(line);
        break;
    case 4:
    case 8:
        move_to(line, line->length);
        break;
    default:
        break;
    }
}

/* The byte that ends a sequence says which key it is. */
static enum line_event press_sequence(struct line_editor *line, char last)
{
    switch (last) {
    case 'A':
        return LINE_OLDER;
    case 'B':
        return LINE_NEWER;
    case 'C':
        move_right(line);
        break;
    case 'D':
        move_left(line);
        break;
    case 'F':
        move_to(line, line->length);
        break;
    case 'H':
        move_to(line, 0);
        break;
    case '~':
        press_numbered(line);
        break;
    default:
        break;
    }
    return LINE_MORE;
}

/* Takes a byte inside a sequence. */
static enum line_event feed_sequence(struct line_editor *line, char byte)
{
    if (line->sequence == SEQUENCE_ESCAPE) {
        bool goes_on = byte == '[' || byte == 'O';
        line->sequence = goes_on ? SEQUENCE_BRACKET : SEQUENCE_NONE;
        line->parameter = 0;
        return LINE_MORE;
    }
    if (byte >= '0' && byte <= '9') {
        line->parameter = line->parameter * 10 + (unsigned int)(byte - '0');
    } else if (byte >= '@') {
        line->sequence = SEQUENCE_NONE;
        return press_sequence(line, byte);
    }
    return LINE_MORE;
}

/* Shows the whole line, however wide, and ends the row. */
static void finish(struct line_editor *line)
{
    if (line->first > 0) {
        go_to(line, 0);
        line->first = 0;
    }
    go_to(line, line->length);
    draw(line, "\n", 1);
}

static enum line_event press_enter(struct line_editor *line)
{
    finish(line);
    return line->too_long ? LINE_TOO_LONG : LINE_DONE;
}

static enum line_event press_ctrl_c(struct line_editor *line)
{
    go_to(line, line->shown);
    draw(line, "^C\n", 3);
    return LINE_CANCELLED;
}

enum line_event line_feed(struct line_editor *line, char byte)
{
    if (byte == '\n')
        return press_enter(line);
    if (byte == KEY_CTRL_C)
        return press_ctrl_c(line);
    if (line->too_long)
        return LINE_MORE;
    /* A control byte ends a sequence and stands for itself. */
    if (byte < ' ' || byte == KEY_DELETE)
        line->sequence = SEQUENCE_NONE;
    if (line->sequence != SEQUENCE_NONE)
        return feed_sequence(line, byte);
    if (byte == KEY_ESCAPE)
        line->sequence = SEQUENCE_ESCAPE;
    else if (byte == KEY_BACKSPACE || byte == KEY_DELETE)
        press_backspace(line);
    else if (byte == KEY_TAB)
        return LINE_COMPLETE;
    else if (byte >= ' ' && byte <= '~')
        type(line, byte);
    return LINE_MORE;
}
