/*
 * VGA text mode 3.
 *
 * The text is kept in RAM and changed rows are copied to the adapter at the end of each write: an
 * adapter's memory is slow to read, and a write of many lines scrolls it once. Without an adapter
 * the copies go nowhere.
 */
#include "scrollback.h"

#include <hw/vga.h>
#include <kernel/arch.h>
#include <kernel/drivers.h>
#include <lib/string.h>

#define TAB_COLUMNS    8
#define PARAMETERS_MAX 2
#define PARAMETER_MAX  999u
#define ESCAPE         '\033'
#define CURSOR_NOWHERE (VGA_ROWS * VGA_COLUMNS) /* behind the last cell */

/* Where the text stands between the bytes of an escape sequence. */
enum parse_state { IN_TEXT = 0, AFTER_ESCAPE, IN_SEQUENCE };

static uint16_t cells[VGA_ROWS][VGA_COLUMNS]; /* what the screen shows, or will in a moment */

static struct {
    uint32_t row;
    uint32_t column; /* VGA_COLUMNS: the row is full, the next character opens another */
    uint32_t cursor; /* the cell where the adapter shows its cursor */
    uint8_t attribute;
    uint32_t changed_first; /* rows that the adapter does not show yet: [first, end) */
    uint32_t changed_end;
    uint32_t back; /* so many rows of the scrollback are shown above the text; 0: none */

    enum parse_state state;
    uint32_t parameters[PARAMETERS_MAX];
    uint32_t parameter_count;
} screen = {.attribute = VGA_GREY_ON_BLACK, .changed_first = VGA_ROWS};

static uint16_t *screen_memory(void)
{
    return phys_to_virtual(VGA_TEXT_BASE);
}

static void screen_changed(uint32_t first, uint32_t end)
{
    if (first < screen.changed_first)
        screen.changed_first = first;
    if (end > screen.changed_end)
        screen.changed_end = end;
}

/* Blanks cells of one row, from `first` up to `end`. */
static void screen_blank(uint32_t row, uint32_t first, uint32_t end)
{
    uint16_t blank = VGA_GREY_ON_BLACK << 8 | ' ';

    for (uint32_t column = first; column < end; column++)
        cells[row][column] = blank;
    screen_changed(row, row + 1);
}

static void screen_next_row(void)
{
    if (screen.row + 1 < VGA_ROWS) {
        screen.row++;
        return;
    }
    scrollback_keep(cells[0]);
    memmove(cells[0], cells[1], sizeof(cells) - sizeof(cells[0]));
    screen_blank(VGA_ROWS - 1, 0, VGA_COLUMNS);
    screen_changed(0, VGA_ROWS);
}

static bool is_printable(char byte)
{
    return (uint8_t)byte >= ' ' && byte != 0x7F;
}

/* Shows the printable characters that the text begins with, as far as the row goes, and returns how
 * many. There is at least one. */
static size_t screen_characters(const char *text, size_t size)
{
    size_t count = 0;
    uint16_t *cell;

    if (screen.column >= VGA_COLUMNS) {
        screen.column = 0;
        screen_next_row();
    }
    if (size > VGA_COLUMNS - screen.column)
        size = VGA_COLUMNS - screen.column;
    cell = &cells[screen.row][screen.column];
    while (count < size && is_printable(text[count]))
        *cell++ = (uint16_t)((uint8_t)text[count++] | screen.attribute << 8);
    screen.column += (uint32_t)count;
    screen_changed(screen.row, screen.row + 1);
    return count;
}

/* The column in which something stands: a full row's last one. */
static uint32_t screen_column(void)
{
    return screen.column < VGA_COLUMNS ? screen.column : VGA_COLUMNS - 1;
}

static void screen_erase_line(uint32_t how)
{
    if (how == 0)
        screen_blank(screen.row, screen_column(), VGA_COLUMNS);
    else if (how == 1)
        screen_blank(screen.row, 0, screen_column() + 1);
    else if (how == 2)
        screen_blank(screen.row, 0, VGA_COLUMNS);
}

static void screen_erase(uint32_t how)
{
    uint32_t first = how == 0 ? screen.row + 1 : 0;
    uint32_t end = how == 1 ? screen.row : VGA_ROWS;

    if (how > 2)
        return;
    if (how < 2)
        screen_erase_line(how);
    for (uint32_t row = first; row < end; row++)
        screen_blank(row, 0, VGA_COLUMNS);
}

static uint32_t at_most(uint32_t value, uint32_t limit)
{
    return value < limit ? value : limit;
}

/* A parameter of a sequence; what is missing or 0 counts as 1. */
static uint32_t screen_parameter(uint32_t number)
{
    return screen.parameters[number] != 0 ? screen.parameters[number] : 1;
}

/* The end of a sequence ESC [ parameters final [ECMA48 8.3]. Others than these do nothing. */
static void screen_sequence(char final)
{
    uint32_t count = screen_parameter(0);

    switch (final) {
    case 'A':
        screen.row -= at_most(count, screen.row);
        break;
    case 'B':
        screen.row = at_most(screen.row + count, VGA_ROWS - 1);
        break;
    case 'C':
        screen.column = at_most(screen_column() + count, VGA_COLUMNS - 1);
        break;
    case 'D':
        screen.column = screen_column() - at_most(count, screen_column());
        break;
    case 'H':
        screen.row = at_most(count, VGA_ROWS) - 1;
        screen.column = at_most(screen_parameter(1), VGA_COLUMNS) - 1;
        break;
    case 'J':
        screen_erase(screen.parameters[0]);
        break;
    case 'K':
        screen_erase_line(screen.parameters[0]);
        break;
    default:
        break;
    }
}

/* A control character. */
static void screen_control(char byte)
{
    switch (byte) {
    case '\n':
        screen.column = 0;
        screen_next_row();
        break;
    case '\r':
        screen.column = 0;
        break;
    case '\b':
        screen.column = screen_column() - at_most(1, screen_column());
        break;
    case '\t':
        screen.column = at_most((screen_column() / TAB_COLUMNS + 1) * TAB_COLUMNS, VGA_COLUMNS - 1);
        break;
    case ESCAPE:
        screen.state = AFTER_ESCAPE;
        break;
    default:
        break;
    }
}

/* A byte between ESC [ and the final letter. */
static void screen_in_sequence(char byte)
{
    if (byte >= '0' && byte <= '9') {
        if (screen.parameter_count < PARAMETERS_MAX) {
            screen.parameters[screen.parameter_count] =
                at_most(screen.parameters[screen.parameter_count] * 10 + (uint32_t)(byte - '0'),
                        PARAMETER_MAX);
        }
    } else if (byte == ';') {
        screen.parameter_count++;
    } else if (byte >= '@' && byte <= '~') {
        screen.state = IN_TEXT;
        screen_sequence(byte);
    } else if (byte < ' ') {
        screen.state = IN_TEXT; /* a control character, or not ASCII: no sequence after all */
        screen_control(byte);
    }
}

static void screen_put(char byte)
{
    switch (screen.state) {
    case AFTER_ESCAPE:
        screen.state = IN_TEXT;
        if (byte == '[') {
            screen.state = IN_SEQUENCE;
            screen.parameter_count = 0;
            memset(screen.parameters, 0, sizeof(screen.parameters));
        } else if (byte == ESCAPE) {
            screen.state = AFTER_ESCAPE;
        }
        break;
    case IN_SEQUENCE:
        screen_in_sequence(byte);
        break;
    case IN_TEXT:
    default:
        screen_control(byte);
        break;
    }
}

static void crtc_write(uint8_t index, uint32_t value)
{
    arch_port_write8(VGA_CRTC_INDEX, index);
    arch_port_write8(VGA_CRTC_DATA, (uint8_t)value);
}

static void screen_show_cursor(uint32_t cell)
{
    if (cell == screen.cursor)
        return;
    crtc_write(VGA_CURSOR_HIGH, cell >> 8);
    crtc_write(VGA_CURSOR_LOW, cell & 0xFF);
    screen.cursor = cell;
}

/* Brings the adapter to what `cells` and the cursor say. */
static void screen_show(void)
{
    if (screen.changed_first < screen.changed_end) {
        memcpy(screen_memory() + screen.changed_first * VGA_COLUMNS, cells[screen.changed_first],
               (screen.changed_end - screen.changed_first) * sizeof(cells[0]));
    }
    screen.changed_first = VGA_ROWS;
    screen.changed_end = 0;
    screen_show_cursor(screen.row * VGA_COLUMNS + screen_column());
}

/* Shows rows of the scrollback, and below them the text's first ones. */
static void screen_show_back(void)
{
    uint16_t *to = screen_memory();

    for (uint32_t row = 0; row < VGA_ROWS; row++, to += VGA_COLUMNS)
        memcpy(to, row < screen.back ? scrollback_row(screen.back - row) : cells[row - screen.back],
               sizeof(cells[0]));
    screen_show_cursor(CURSOR_NOWHERE);
}

void screen_scroll(int32_t rows)
{
    uint32_t count = scrollback_count();
    uint32_t back = 0;

    if (rows > 0)
        back = at_most(screen.back + (uint32_t)rows, count);
    else if (rows < 0)
        back = screen.back - at_most((uint32_t)-rows, screen.back);
    if (back == screen.back)
        return;
    screen.back = back;
    if (back != 0) {
        screen_show_back();
    } else {
        screen_changed(0, VGA_ROWS);
        screen_show();
    }
}

void screen_start(uint32_t row, uint32_t column)
{
    memcpy(cells, screen_memory(), sizeof(cells));
    screen.row = at_most(row, VGA_ROWS - 1);
    screen.column = at_most(column, VGA_COLUMNS);
    screen.cursor = CURSOR_NOWHERE; /* the first write sets it */
}

void screen_colour(uint8_t attribute)
{
    screen.attribute = attribute;
    screen.state = IN_TEXT;
}

void screen_write(const char *text, size_t size)
{
    screen_scroll(0);
    for (size_t i = 0; i < size;)
        if (screen.state == IN_TEXT && is_printable(text[i]))
            i += screen_characters(&text[i], size - i);
        else
            screen_put(text[i++]);
    screen_show();
}
