/* Text on the VGA screen, written to its memory. */
#ifndef SCREEN_H
#define SCREEN_H

#include <stddef.h>
#include <stdint.h>

/* Goes on where the BIOS left its cursor, at the start of a line. */
void screen_start(void);

/* Writes text in this VGA attribute; '\n' begins a line; long lines break between words. */
void screen_write(const char *text, size_t size, uint8_t attribute);

/* Where the next character goes. */
void screen_cursor(uint32_t *row, uint32_t *column);

#endif
