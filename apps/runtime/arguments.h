/* Splits the arguments of a process, which the kernel keeps as one text. */
#ifndef RUNTIME_ARGUMENTS_H
#define RUNTIME_ARGUMENTS_H

#include <abi/layout.h>

/* As many words as the longest text can hold: every second byte separates two. */
#define ARGUMENTS_COUNT_MAX (ARGUMENTS_MAX / 2)

/*
 * Cuts `text` into words in place and stores where each begins, and NULL behind the last one;
 * `words` has room for limit + 1 pointers. Returns how many words there are, at most `limit`.
 *
 * Blanks and tabs separate words. Between double or single quotes they belong to the word; the
 * quotes themselves are dropped, and a pair of quotes with nothing between is an empty word. A
 * quote that is never closed reaches to the end. There is no escape character.
 */
int arguments_split(char *text, char **words, int limit);

#endif
