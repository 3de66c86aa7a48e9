#include "names.h"

#include <megha.h>
#include <stdio.h>
#include <string.h>

#include "builtins.h"
#include "launch.h"

#define COLUMN_WIDTH  16
#define COLUMNS_TOTAL 80

static const char program_folder[] = "/apps/";

/* The path of the next file from `number` on that is a program; NULL behind the last. */
static const char *file_path(unsigned int number)
{
    static struct file_info info;
    return file_info(number, &info) < 0 ? NULL : info.path;
}

/* Files that are no programs have the empty name, which nothing completes to; so has the library.
 */
static const char *program_name(unsigned int number)
{
    const char *path = file_path(number);
    size_t folder = sizeof(program_folder) - 1;
    if (path == NULL)
        return NULL;
    if (strncmp(path, program_folder, folder) != 0 || strcmp(path, LIBRARY_PATH) == 0)
        return " ";
    return path + folder;
}

static const char *command_name(unsigned int number)
{
    const char *name = builtin_name(number);
    return name != NULL ? name : program_name(number - builtin_count());
}

static const char *no_name(unsigned int number)
{
    (void)number;
    return NULL;
}

complete_name names_of(enum word_kind kind)
{
    switch (kind) {
    case WORD_COMMAND:
        return command_name;
    case WORD_PROGRAM:
        return program_name;
    case WORD_RIGHT:
        return launch_right_name;
    case WORD_FILE:
        return file_path;
    default:
        return no_name;
    }
}

void names_list(complete_name names, const char *typed, size_t size)
{
    size_t column = 0;
    const char *name;
    for (unsigned int number = 0; (name = names(number)) != NULL; number++) {
        if (!complete_matches(name, typed, size))
            continue;
        size_t width = (strlen(name) / COLUMN_WIDTH + 1) * COLUMN_WIDTH;
        if (column > 0 && column + width > COLUMNS_TOTAL) {
            putchar('\n');
            column = 0;
        }
        printf("%-*s", (int)width - 1, name);
        column += width;
        if (column < COLUMNS_TOTAL)
            putchar(' ');
    }
    putchar('\n');
}
