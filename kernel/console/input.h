/* What console.c needs of input.c. */
#ifndef CONSOLE_INPUT_H
#define CONSOLE_INPUT_H

/* Empties the queue of keys. */
void input_start(void);

#endif
