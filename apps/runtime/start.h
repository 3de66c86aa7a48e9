/* From the first instruction to main. */
#ifndef RUNTIME_START_H
#define RUNTIME_START_H

/* Called by _start on the first thread's stack: makes argc and argv, calls main, ends the process
 * with main's result. Does not return. */
_Noreturn void runtime_start(void);

/* In start.asm: where threads that thread_start() makes begin. Not a C function: it takes the
 * function in EAX and its argument in EDX. */
void thread_entry(void);

#endif
