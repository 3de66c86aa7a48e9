/* Pieces of machine code that each try one way to hurt the machine: cases_*.asm. */
#ifndef HOSTILE_CASES_H
#define HOSTILE_CASES_H

#include <stdint.h>

/* How a case has to end: as the exception of that number, or one of these. */
enum {
    ENDS_WELL =
        100,       /* by process_exit with status 0: the kernel took no harm, nor did the program */
    ENDS_BY_FAULT, /* which one differs between CPUs */
    ENDS,          /* emulators differ in whether this is a fault at all */
    GP_OR_NOTHING  /* #GP; an emulator that does nothing instead is told of */
};

/* The code reaches to the next case's; an entry without a name ends a list. */
struct code_case {
    const char *name;
    const uint8_t *code;
    uint32_t end; /* an exception's number, or ENDS_... */
};

extern const struct code_case exception_cases[];  /* what ring 3 can raise */
extern const struct code_case privileged_cases[]; /* what only ring 0 may do */
extern const struct code_case state_cases[];      /* odd flags and registers on every way in */
extern const struct code_case ring0_cases[];      /* programs in ring 0 that go wrong */

#endif
