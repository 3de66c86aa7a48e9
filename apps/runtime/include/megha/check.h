/*
 * For programs that test: a line for each fact, and a result.
 *
 *     check(pid > 0, "a child is started");
 *     return check_result();
 */
#ifndef MEGHA_CHECK_H
#define MEGHA_CHECK_H

#include <stdbool.h>

/* Prints "ok: sentence", or "FAILED: sentence (file:line)" and remembers it. Returns `holds`. Not
 * for two threads at a time. */
#define check(holds, sentence) check_at((holds), sentence, __FILE__, __LINE__)

/* Checks that `result` is the error ERR_<name> (or 0 for success) and tells what it was instead. */
#define check_error(result, expected, sentence)                                                    \
    check_error_at((result), (expected), sentence, __FILE__, __LINE__)

/* Prints "passed" or "failed: N of M", and returns what main returns: 0 or 1. */
int check_result(void);

bool check_at(bool holds, const char *sentence, const char *file, int line);
bool check_error_at(int result, int expected, const char *sentence, const char *file, int line);

#endif
