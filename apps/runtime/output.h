/* The way of all text to the console, and what megha.h's page_output_start puts onto it. */
#ifndef RUNTIME_OUTPUT_H
#define RUNTIME_OUTPUT_H

#include <stdint.h>

/* NULL, or what writes instead. A pointer: programs without pages do not have the code. */
extern int (*output_by_page)(const char *text, uint32_t size);

/* Writes all the bytes, past any pages. Returns 0, or the error of console_write. */
int output_at_once(const char *text, uint32_t size);

#endif
