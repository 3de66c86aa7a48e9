/* The names that Tab completes. */
#ifndef SHELL_NAMES_H
#define SHELL_NAMES_H

#include "complete.h"

/* Those that may stand there; none for WORD_OTHER. */
complete_name names_of(enum word_kind kind);

/* Prints those that begin with the characters, in columns. */
void names_list(complete_name names, const char *typed, size_t size);

#endif
