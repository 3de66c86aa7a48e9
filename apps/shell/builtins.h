/* The commands that the shell itself carries out. */
#ifndef SHELL_BUILTINS_H
#define SHELL_BUILTINS_H

#include <stdbool.h>

struct builtin {
    const char *name;
    const char *arguments; /* for help: "NAME arguments"; NULL where the command takes none */
    const char *help;      /* one sentence; NULL where help tells of several in one line */
    void (*run)(char *arguments); /* NULL: the word belongs to a program's launch (launch.h) */
};

/* The command of that name, capital and small letters being the same; NULL where there is none. */
const struct builtin *builtin_find(const char *name);

/* How many there are, and the name of one of them; NULL behind the last. */
unsigned int builtin_count(void);
const char *builtin_name(unsigned int number);

/* Carries it out, or says what is wrong with the arguments. */
void builtin_run(const struct builtin *builtin, char *arguments);

#endif
