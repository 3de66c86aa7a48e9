/* What the files of a panic's report share. */
#ifndef PANIC_PRIVATE_H
#define PANIC_PRIVATE_H

#include "state.h"

void panic_write(const char *text);
void panic_print(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A line of a list: the address, and the function that holds it. `back` is 1 for a return address:
 * the call before it tells the function, also where that call was the function's last instruction.
 */
void panic_address(uint32_t address, uint32_t back);

/*
 * Who called a function that has no frame, or none yet, is on the stack only. A call through a bad
 * pointer has come as far as that, too. 0 where EBP will tell, or nothing does.
 */
uint32_t callers_of_frameless(uint32_t eip, uint32_t esp);

/* Lists the callers in kernel and modules, `frameless` first if it is not 0, and then from where
 * the program had called. Other threads may run, but not once the machine panics. */
void callers_list(uint32_t frameless, uint32_t ebp, uint32_t esp);

#endif
