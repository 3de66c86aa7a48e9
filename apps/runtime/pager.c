/*
 * Output by pages: a text that is longer than the PC's screen waits for a key at the end of each
 * page. Rows are counted here, as the screen will break them.
 */
#include "output.h"

#include <abi/machine.h>
#include <megha.h>
#include <string.h>

#define PROMPT "-- Space: the next page, Enter: a row more, q: no more --"
#define ERASE  "\r\033[K"
#define CTRL_C 3
#define ESCAPE '\033'

/* The line that was typed, and the one that asks, stay on the screen. */
#define OTHER_ROWS 2

static struct {
    uint32_t rows, columns; /* of a page */
    uint32_t row, column;   /* of what has been written of it */
    bool enough;            /* the rest is not wanted */
} pager;

/* Where no key can be had, in the background say, nothing waits any more. */
static void ask(void)
{
    char key = ' ';

    (void)output_at_once(PROMPT, sizeof(PROMPT) - 1);
    if (console_read(&key, 1, WAIT_FOREVER) != 1)
        output_by_page = NULL;
    (void)output_at_once(ERASE, sizeof(ERASE) - 1);
    pager.enough = key == 'q' || key == 'Q' || key == CTRL_C || key == ESCAPE;
    pager.row = key == '\n' ? pager.rows - 1 : 0;
}

/* The bytes up to the end of the row that the text begins with. */
static uint32_t row_size(const char *text, uint32_t size)
{
    uint32_t count = 0;

    while (count < size && text[count] != '\n' && pager.column < pager.columns) {
        count++;
        pager.column++;
    }
    if (count < size && text[count] == '\n')
        count++;
    else if (count == size)
        return count; /* it goes on */
    pager.column = 0;
    pager.row++;
    return count;
}

static int pager_write(const char *text, uint32_t size)
{
    while (size > 0 && output_by_page != NULL) {
        uint32_t part;
        int error;

        if (pager.row == pager.rows)
            ask();
        if (pager.enough)
            return 0;
        part = row_size(text, size);
        error = output_at_once(text, part);
        if (error < 0)
            return error;
        text += part;
        size -= part;
    }
    return output_at_once(text, size);
}

void page_output_start(void)
{
    struct machine_console console;
    int32_t got = machine_read(MACHINE_CONSOLE, 0, 0, &console, sizeof(console));

    if (got != (int32_t)sizeof(console) || !console.at_keyboard)
        return;
    memset(&pager, 0, sizeof(pager));
    pager.rows = console.rows - OTHER_ROWS;
    pager.columns = console.columns;
    output_by_page = pager_write;
}

void page_output_stop(void)
{
    output_by_page = NULL;
}
