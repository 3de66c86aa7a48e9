/* Runs programs for the shell. */
#ifndef SHELL_PROGRAMS_H
#define SHELL_PROGRAMS_H

#include "launch.h"

/* Starts the program. One in the foreground is waited for, and Ctrl-C ends it; of one in the
 * background the pid is told. Says what went wrong, if anything did. */
void program_run(const struct launch *launch);

/* Tells of the programs in the background that have ended since. */
void programs_tell_ended(void);

#endif
