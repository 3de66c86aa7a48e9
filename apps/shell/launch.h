/* What a line says about the program to start. Knows no system call. */
#ifndef SHELL_LAUNCH_H
#define SHELL_LAUNCH_H

#include <stdbool.h>
#include <stdint.h>

/* Texts point into the line that was parsed. */
struct launch {
    char *name;
    char *arguments;
    uint32_t mode; /* for process_create: MODE_..., with MODE_WITHHOLD */
    bool background;
};

/*
 * Takes a line apart in place: [ring0] [without RIGHT]... NAME arguments [&]. Returns NULL, or a
 * sentence that says what is wrong; also for a line without a NAME.
 */
const char *launch_parse(char *line, struct launch *launch);

/* The name of right number 0, 1 and so on; NULL behind the last. */
const char *launch_right_name(unsigned int number);

#endif
