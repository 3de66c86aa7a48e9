/* The rows that have left the screen at its top. */
#ifndef DRIVERS_SCROLLBACK_H
#define DRIVERS_SCROLLBACK_H

#include <hw/vga.h>
#include <stdint.h>

#define SCROLLBACK_ROWS 200 /* eight screens */

/* Keeps a row; the oldest one goes when there are more than SCROLLBACK_ROWS. */
void scrollback_keep(const uint16_t row[VGA_COLUMNS]);

/* How many there are. */
uint32_t scrollback_count(void);

/* The row that left so many rows ago, from 1, the latest, to scrollback_count(). */
const uint16_t *scrollback_row(uint32_t back);

#endif
