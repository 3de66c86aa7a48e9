/* Runs programs for the shell. */
#ifndef SHELL_PROGRAMS_H
#define SHELL_PROGRAMS_H

#include <stdint.h>

/* Starts the program in ring 3 (MODE_USER) or ring 0 (MODE_KERNEL), waits for its end, and says
 * what went wrong, if anything did. */
void program_run(const char *name, const char *arguments, uint32_t mode);

#endif
