/* What a thread does, in whichever ring it runs, to notice that the kernel changed what is its own.
 */
#ifndef SELFTEST_EXERCISE_H
#define SELFTEST_EXERCISE_H

#include <stdint.h>

#define EXERCISE_WORDS 64

struct exercise {
    unsigned int ring;             /* that it has to run in */
    uint32_t data[EXERCISE_WORDS]; /* of the process, in its data or bss */
};

/* What a thread may find; its status, and the exit status of a process that does this. */
enum exercise_result {
    EXERCISE_FINE,
    EXERCISE_RING,      /* it ran in another ring */
    EXERCISE_REGISTERS, /* a register changed */
    EXERCISE_STACK,     /* the contents of its stack changed */
    EXERCISE_DATA,      /* the process's data changed */
    EXERCISE_SPACE,     /* CR3 changed (seen in ring 0 only) */
    EXERCISE_THREAD     /* a thread could not be started or joined */
};

/* Yields a thousand times and spins through many timer interrupts; `exercise` is a struct exercise,
 * the result an enum exercise_result. A thread's function. */
int exercise_run(void *exercise);

/* The sentence for a result that is not EXERCISE_FINE. */
const char *exercise_text(int result);

/* In registers.asm: return 1 where all registers kept their values through a system call without
 * arguments, and through so many turns of a loop (at least 1). */
int registers_survive_call(uint32_t number);
int registers_survive_spin(uint32_t turns);

#endif
