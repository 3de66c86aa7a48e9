/* Takes a line apart. Knows no system call. */
#ifndef SHELL_COMMAND_H
#define SHELL_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

/* Both point into the line that was parsed. */
struct command {
    char *name;      /* the first word, or what stands between quotes */
    char *arguments; /* the rest without the blanks around it; empty where there is none */
};

/* Takes the line apart in place. Returns false for a line of nothing but blanks. */
bool command_parse(char *line, struct command *command);

/*
 * The path of the program with that name: /apps/NAME, or NAME itself where it begins with a slash.
 * `room` is the size of `path`. Returns false where it does not fit.
 */
bool command_path(const char *name, char *path, size_t room);

#endif
