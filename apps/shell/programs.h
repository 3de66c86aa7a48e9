/* Runs programs for the shell. */
#ifndef SHELL_PROGRAMS_H
#define SHELL_PROGRAMS_H

#include "launch.h"

/* Starts the program in a process group of its own. One in the foreground is waited for, and Ctrl-C
 * ends its group; of one in the background the pid is told, which is the group's number, too. Says
 * what went wrong, if anything did. */
void program_run(const struct launch *launch);

/* Tells of the programs in the background that have ended since. */
void programs_tell_ended(void);

#endif
