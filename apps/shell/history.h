/* The lines that were typed before, for the arrow keys. Bounded: the oldest makes room. Knows no
 * system call. */
#ifndef SHELL_HISTORY_H
#define SHELL_HISTORY_H

#include "line_editor.h"

#define HISTORY_LINES 16

/* All zero is an empty history. */
struct history {
    size_t count; /* lines ever added */
    size_t back;  /* how many lines back the user has gone; 0: at the line being typed */
    char draft[LINE_LENGTH_MAX + 1]; /* what was being typed before that */
    char lines[HISTORY_LINES][LINE_LENGTH_MAX + 1];
};

/* Remembers a line, unless it is empty or the same as the one before, and goes to the present. */
void history_add(struct history *history, const char *line);

/* One line further back, or forward to `draft`, what was being typed; NULL where there is none.
 * `typed` is what the editor holds now. */
const char *history_older(struct history *history, const char *typed);
const char *history_newer(struct history *history);

#endif
