#include "complete.h"

#include <lib/string.h>

static char lower(char letter)
{
    return letter >= 'A' && letter <= 'Z' ? (char)(letter - 'A' + 'a') : letter;
}

/* How many characters two texts have in common at their beginnings. */
static size_t common_length(const char *a, const char *b, size_t limit)
{
    size_t length = 0;
    while (length < limit && a[length] != '\0' && lower(a[length]) == lower(b[length]))
        length++;
    return length;
}

size_t complete_start(const char *line, size_t cursor)
{
    while (cursor > 0 && line[cursor - 1] != ' ')
        cursor--;
    return cursor;
}

static bool word_is(const char *word, size_t size, const char *name)
{
    return strlen(name) == size && common_length(word, name, size) == size;
}

/* What follows a word of that kind. */
static enum word_kind kind_behind(enum word_kind kind, const char *word, size_t size)
{
    if (kind == WORD_RIGHT)
        return WORD_PROGRAM;
    if (kind != WORD_COMMAND && kind != WORD_PROGRAM)
        return WORD_OTHER;
    if (word_is(word, size, "ring0"))
        return WORD_PROGRAM;
    if (word_is(word, size, "without"))
        return WORD_RIGHT;
    return kind == WORD_COMMAND && word_is(word, size, "cat") ? WORD_FILE : WORD_OTHER;
}

enum word_kind complete_kind(const char *line, size_t start)
{
    enum word_kind kind = WORD_COMMAND;
    size_t at = 0;
    while (at < start) {
        size_t size = 0;
        while (at + size < start && line[at + size] != ' ')
            size++;
        if (size > 0)
            kind = kind_behind(kind, line + at, size);
        at += size + 1;
    }
    return kind;
}

bool complete_matches(const char *name, const char *typed, size_t size)
{
    return common_length(name, typed, size) == size && strchr(name, ' ') == NULL;
}

void complete_find(const char *typed, size_t size, complete_name names, struct completion *found)
{
    const char *name;
    found->matches = 0;
    found->common[0] = '\0';
    for (unsigned int number = 0; (name = names(number)) != NULL; number++) {
        if (!complete_matches(name, typed, size))
            continue;
        if (found->matches++ == 0)
            text_copy(found->common, name, sizeof(found->common));
        else
            found->common[common_length(found->common, name, sizeof(found->common) - 1)] = '\0';
    }
}
