#include "arguments.h"

#include <stdbool.h>
#include <stddef.h>

static bool is_blank(char character)
{
    return character == ' ' || character == '\t';
}

/* Moves the word at `from` to `to` without its quotes and ends it; returns where the text goes on.
 * `to` never overtakes `from`. */
static char *take_word(char *from, char *to)
{
    char quote = '\0';
    while (*from != '\0' && (quote != '\0' || !is_blank(*from))) {
        char character = *from++;
        if (character == quote)
            quote = '\0';
        else if (quote == '\0' && (character == '"' || character == '\''))
            quote = character;
        else
            *to++ = character;
    }
    char *next = *from == '\0' ? from : from + 1;
    *to = '\0';
    return next;
}

int arguments_split(char *text, char **words, int limit)
{
    int count = 0;
    for (;;) {
        while (is_blank(*text))
            text++;
        if (*text == '\0' || count == limit)
            break;
        words[count++] = text;
        text = take_word(text, text);
    }
    words[count] = NULL;
    return count;
}
