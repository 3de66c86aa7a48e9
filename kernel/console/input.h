/* What console.c needs of input.c. */
#ifndef CONSOLE_INPUT_H
#define CONSOLE_INPUT_H

#include <stdbool.h>

/* Empties the queue of keys. */
void input_start(void);

/* True while a thread waits for keys: what stands in the last line is its prompt. */
bool input_is_waited_for(void);

#endif
