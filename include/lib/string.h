/*
 * Memory and text, freestanding; the same source serves loader, kernel and programs. Names,
 * arguments and results are those of ISO C11 7.24 unless a comment says more. On the host the C
 * library's own take their place.
 */
#ifndef LIB_STRING_H
#define LIB_STRING_H

#include <stdbool.h>
#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memmove(void *to, const void *from, size_t size);
/* Fills `count` dwords with zero, as little as a call of memset costs. */
static inline void zero_dwords(void *to, size_t count)
{
    __asm__ volatile("rep stosl" : "+D"(to), "+c"(count) : "a"(0) : "memory");
}

void *memset(void *to, int byte, size_t size);
int memcmp(const void *a, const void *b, size_t size);
void *memchr(const void *where, int byte, size_t size);
size_t strlen(const char *text);
size_t strnlen(const char *text, size_t limit);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t limit);
char *strchr(const char *text, int character);
char *strrchr(const char *text, int character);

/*
 * Copies text into `to`, which has room for `room` bytes (at least 1), and always ends it.
 * Returns false where the text had to be cut.
 */
bool text_copy(char *to, const char *from, size_t room);

/* Compares text with no difference between the letters A-Z and a-z. */
bool text_same_ignoring_case(const char *a, const char *b);

#endif
