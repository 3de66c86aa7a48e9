/* Completes the word before the cursor. Knows no system call. */
#ifndef SHELL_COMPLETE_H
#define SHELL_COMPLETE_H

#include <stdbool.h>
#include <stddef.h>

#define COMPLETE_NAME_MAX 64 /* of a name, with its end */

/* What may stand where the word stands. */
enum word_kind {
    WORD_COMMAND, /* a program or a command of the shell */
    WORD_PROGRAM,
    WORD_RIGHT,
    WORD_FILE,
    WORD_OTHER
};

/* The kind of the word that begins at `start` of the line. */
enum word_kind complete_kind(const char *line, size_t start);

/* Where the word begins that the cursor stands in or behind. */
size_t complete_start(const char *line, size_t cursor);

/* The name with that number, NULL behind the last. It is used before the next one is asked for. */
typedef const char *(*complete_name)(unsigned int number);

struct completion {
    size_t matches;                 /* how many names begin with what was typed */
    char common[COMPLETE_NAME_MAX]; /* what all of those begin with */
};

/* Looks for names that begin with these characters, capital and small letters being the same. Names
 * with a blank do not count: they cannot be typed as one word. */
void complete_find(const char *typed, size_t size, complete_name names, struct completion *found);

/* Whether the name counts as one that begins so. */
bool complete_matches(const char *name, const char *typed, size_t size);

#endif
