#include <megha.h>
#include <stdlib.h>
#include <string.h>

#include "arguments.h"
#include "start.h"

int main(int count, char **arguments);

void runtime_start(void)
{
    static char text[ARGUMENTS_MAX];
    static char *arguments[1 + ARGUMENTS_COUNT_MAX + 1];
    const struct process_info *self = process_self();

    text_copy(text, self->arguments, sizeof(text));
    /* The name stays where it is: the page is read-only, as a program's name is. */
    arguments[0] = (char *)(uintptr_t)self->name;
    int count = arguments_split(text, arguments + 1, ARGUMENTS_COUNT_MAX);
    exit(main(count + 1, arguments));
}
