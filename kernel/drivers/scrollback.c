/* A ring of rows (scrollback.h). They are cells, whatever shows them. */
#include "scrollback.h"

#include <lib/string.h>

static uint16_t rows[SCROLLBACK_ROWS][VGA_COLUMNS];
static uint32_t kept; /* a running count */

void scrollback_keep(const uint16_t row[VGA_COLUMNS])
{
    memcpy(rows[kept++ % SCROLLBACK_ROWS], row, sizeof(rows[0]));
}

uint32_t scrollback_count(void)
{
    return kept < SCROLLBACK_ROWS ? kept : SCROLLBACK_ROWS;
}

const uint16_t *scrollback_row(uint32_t back)
{
    return rows[(kept - back) % SCROLLBACK_ROWS];
}
