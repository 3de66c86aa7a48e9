/* Text on the VGA screen (screen.h). */
#include "screen.h"

#include <hw/vga.h>
#include <lib/string.h>

#include "io.h"

/* BIOS data area: cursor of page 0. */
#define BDA_CURSOR 0x450 /* column, row */

#define ROW_BYTES (VGA_COLUMNS * 2)

static uint16_t *const cells = (uint16_t *)VGA_TEXT_BASE;
static uint32_t row, column;

static void scroll(void)
{
    uint16_t *last = cells + (VGA_ROWS - 1) * VGA_COLUMNS;

    memmove(cells, cells + VGA_COLUMNS, (VGA_ROWS - 1) * ROW_BYTES);
    for (int cell = 0; cell < VGA_COLUMNS; cell++)
        last[cell] = VGA_GREY_ON_BLACK << 8 | ' ';
}

static void new_line(void)
{
    column = 0;
    if (row + 1 < VGA_ROWS)
        row++;
    else
        scroll();
}

static void show_cursor(void)
{
    uint32_t cell = row * VGA_COLUMNS + column;

    out8(VGA_CRTC_INDEX, VGA_CURSOR_HIGH);
    out8(VGA_CRTC_DATA, (uint8_t)(cell >> 8));
    out8(VGA_CRTC_INDEX, VGA_CURSOR_LOW);
    out8(VGA_CRTC_DATA, (uint8_t)cell);
}

void screen_start(void)
{
    const volatile uint8_t *cursor = bios_data(BDA_CURSOR);

    column = cursor[0];
    row = cursor[1] < VGA_ROWS ? cursor[1] : VGA_ROWS - 1;
    if (column)
        new_line();
}

/* Characters from here to the next space or end of line. */
static size_t word_length(const char *text, size_t size)
{
    size_t length = 0;

    while (length < size && text[length] != ' ' && text[length] != '\n')
        length++;
    return length;
}

/* A word goes to the next line whole if it fits there; one that fits nowhere is broken. */
static void put_word(const char *word, size_t length, uint8_t attribute)
{
    if (column + length > VGA_COLUMNS && length <= VGA_COLUMNS)
        new_line();
    for (const char *end = word + length; word != end; word++) {
        if (column == VGA_COLUMNS)
            new_line();
        cells[row * VGA_COLUMNS + column++] = (uint16_t)(attribute << 8 | (uint8_t)*word);
    }
}

void screen_write(const char *text, size_t size, uint8_t attribute)
{
    while (size) {
        size_t length = word_length(text, size);

        if (length) {
            put_word(text, length, attribute);
        } else {
            length = 1;
            /* The space that ends a full line needs no cell. */
            if (*text == '\n')
                new_line();
            else if (column < VGA_COLUMNS)
                put_word(text, 1, attribute);
        }
        text += length;
        size -= length;
    }
    show_cursor();
}

void screen_cursor(uint32_t *at_row, uint32_t *at_column)
{
    if (column == VGA_COLUMNS)
        new_line();
    *at_row = row;
    *at_column = column;
}
