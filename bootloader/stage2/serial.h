/* COM1, for output. A machine without the port pays for one look at it. */
#ifndef SERIAL_H
#define SERIAL_H

#include <stdbool.h>
#include <stddef.h>

/* 115200 baud, 8N1, FIFO where there is one. */
void serial_start(void);

/* Sends what the port takes without waiting; returns how many bytes, which may be 0. */
size_t serial_push(const char *text, size_t size);

/* Sends everything as long as the port moves: a second without a byte ends it. Returns how many
 * bytes left. */
size_t serial_send(const char *text, size_t size);

/* Whether a byte has come. */
bool serial_received(void);

#endif
