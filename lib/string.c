/*
 * Memory and text for loader, kernel and programs (lib/string.h).
 *
 * Blocks go by the CPU's string instructions, a dword at a time: they count least where
 * instructions are counted, and are fast on every CPU since the 486. They take no notice of how the
 * blocks are aligned, because x86 does not either.
 */
#include <lib/string.h>
#include <stdint.h>

/* On the host the C library has these; a test that wants ours defines STRING_ALL. */
#if !__STDC_HOSTED__ || defined(STRING_ALL)

void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
    void *end = to;
    const void *source = from;
    size_t count = size / 4;

    __asm__ volatile("rep movsl" : "+D"(end), "+S"(source), "+c"(count) : : "memory");
    count = size % 4;
    __asm__ volatile("rep movsb" : "+D"(end), "+S"(source), "+c"(count) : : "memory");
    return to;
}

/* Copies from the last byte to the first, for a target that begins inside the source. */
static void copy_backwards(void *to, const void *from, size_t size)
{
    void *end = (char *)to + size - 1;
    const void *source = (const char *)from + size - 1;
    size_t count = size % 4;

    __asm__ volatile("std\n\trep movsb" : "+D"(end), "+S"(source), "+c"(count) : : "memory", "cc");
    end = (char *)end - 3;
    source = (const char *)source - 3;
    count = size / 4;
    __asm__ volatile("rep movsl\n\tcld" : "+D"(end), "+S"(source), "+c"(count) : : "memory", "cc");
}

void *memmove(void *to, const void *from, size_t size)
{
    /* One comparison: a target before the source wraps to a large distance. */
    if ((uintptr_t)to - (uintptr_t)from >= size)
        memcpy(to, from, size);
    else
        copy_backwards(to, from, size);
    return to;
}

void *memset(void *to, int byte, size_t size)
{
    void *end = to;
    size_t count = size / 4;
    uint32_t pattern = (uint32_t)(uint8_t)byte * 0x01010101u;

    __asm__ volatile("rep stosl" : "+D"(end), "+c"(count) : "a"(pattern) : "memory");
    count = size % 4;
    __asm__ volatile("rep stosb" : "+D"(end), "+c"(count) : "a"(pattern) : "memory");
    return to;
}

int memcmp(const void *a, const void *b, size_t size)
{
    const uint8_t *left = a;
    const uint8_t *right = b;

    for (; size; left++, right++, size--)
        if (*left != *right)
            return *left - *right;
    return 0;
}

void *memchr(const void *where, int byte, size_t size)
{
    const uint8_t *at = where;

    for (; size; at++, size--)
        if (*at == (uint8_t)byte)
            return (void *)(uintptr_t)at;
    return NULL;
}

size_t strlen(const char *text)
{
    const char *end = text;

    while (*end)
        end++;
    return (size_t)(end - text);
}

size_t strnlen(const char *text, size_t limit)
{
    size_t length = 0;

    while (length < limit && text[length])
        length++;
    return length;
}

int strcmp(const char *a, const char *b)
{
    while (*a && *a == *b) {
        a++;
        b++;
    }
    return (uint8_t)*a - (uint8_t)*b;
}

int strncmp(const char *a, const char *b, size_t limit)
{
    for (; limit; a++, b++, limit--) {
        if (*a != *b)
            return (uint8_t)*a - (uint8_t)*b;
        if (!*a)
            break;
    }
    return 0;
}

char *strchr(const char *text, int character)
{
    for (;; text++) {
        if (*text == (char)character)
            return (char *)(uintptr_t)text;
        if (!*text)
            return NULL;
    }
}

char *strrchr(const char *text, int character)
{
    const char *found = NULL;

    for (;; text++) {
        if (*text == (char)character)
            found = text;
        if (!*text)
            return (char *)(uintptr_t)found;
    }
}

#endif

bool text_copy(char *to, const char *from, size_t room)
{
    size_t length = strnlen(from, room);
    bool fits = length < room;

    if (!fits)
        length = room - 1;
    memcpy(to, from, length);
    to[length] = '\0';
    return fits;
}

static int small_letter(char character)
{
    return character >= 'A' && character <= 'Z' ? character - 'A' + 'a' : character;
}

bool text_same_ignoring_case(const char *a, const char *b)
{
    while (*a && small_letter(*a) == small_letter(*b)) {
        a++;
        b++;
    }
    return small_letter(*a) == small_letter(*b);
}
