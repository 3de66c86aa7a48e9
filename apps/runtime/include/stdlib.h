/* Memory, numbers, and the end of a program: a part of ISO C11 7.22. */
#ifndef RUNTIME_STDLIB_H
#define RUNTIME_STDLIB_H

#include <stddef.h>

#define EXIT_SUCCESS 0
#define EXIT_FAILURE 1

/*
 * Memory is aligned to 16 bytes. NULL means that there is no memory, or that the size is 0. Any
 * thread may give back what another one took. A pointer that malloc did not return, or that was
 * given back before, ends the program with a sentence.
 */
void *malloc(size_t size);
void *calloc(size_t count, size_t size);
void *realloc(void *memory, size_t size);
void free(void *memory);

/* Ends the process with all its threads. The parent reads `status` by process_wait. */
_Noreturn void exit(int status);

/* Ends the process by an undefined instruction, so that its report tells where. */
_Noreturn void abort(void);

/*
 * Read a number: blanks, a sign, then digits of `base` (2 to 36; 16 allows 0x in front, 0 finds the
 * base from 0x or 0). `end`, if not NULL, receives where the number ends, which is `text` where
 * there is none. Values outside the type's range give its nearest limit.
 */
long strtol(const char *text, char **end, int base);
unsigned long strtoul(const char *text, char **end, int base);

/* strtol(text, NULL, 10) */
int atoi(const char *text);

#endif
