/* A machine with a position-independent program and its library among the boot files, for tests. */
#ifndef FAKES_PROGRAMS_H
#define FAKES_PROGRAMS_H

#include "arch.h"
#include "elf_maker.h"

#include <kernel/program.h>

extern struct maker maker_program,
    maker_library;               /* what is changed here counts after programs_install */
extern struct file program_file; /* a test may shorten it */
extern struct program program;
extern struct space space;
extern char console[512]; /* the last line that log_plain wrote */

/* Words that the program has relocated. */
enum {
    WORD_RELATIVE = MAKER_DATA,
    WORD_OWN = MAKER_DATA + 4,
    WORD_DISTANCE = MAKER_DATA + 8,
    WORD_ABSOLUTE = MAKER_DATA + 12,
    WORD_CALL = MAKER_DATA + 16,
    WORD_KERNEL = MAKER_DATA + 20,
    WORD_WEAK = MAKER_DATA + 24,
    WORD_ACROSS = 0x2FFE, /* two pages, both zeroed memory */
    WORD_LAST = MAKER_MEMORY_END - 4
};

#define LIBRARY_FUNCTION 0x300u
#define LIBRARY_ABSOLUTE 0x12345678u
#define LIBRARY_VARIABLE (MAKER_DATA + 0x10u)

/* Starts the machine and makes both files, which can be used as they are. */
void programs_start(void);

/* Puts the files where the loader would have put them. */
void programs_install(void);

/* The library's file ends there; with 0xFFFFFFFF, it is not there at all. */
void programs_cut_library(uint32_t size);

/* library_start, program_check. */
int programs_check(void);

/* Makes a space and loads the program into it, for that number of program_choose_base. */
int programs_load(uint32_t number);

/* Ends the space; fails the test where a frame is missing afterwards. */
void programs_unload(void);

/* The word at an address of the loaded space. */
uint32_t programs_word(uint32_t address);

#endif
