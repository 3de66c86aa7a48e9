#include "launch.h"

#include <abi/types.h>
#include <lib/string.h>

#include "command.h"

static const struct {
    const char *name;
    uint32_t right;
} rights[] = {
    {"ring0", RIGHT_RING0},
    {"modules", RIGHT_MODULES},
    {"power", RIGHT_POWER},
    {"kill_any", RIGHT_KILL_ANY},
};

#define RIGHTS (sizeof(rights) / sizeof(rights[0]))

const char *launch_right_name(unsigned int number)
{
    return number < RIGHTS ? rights[number].name : NULL;
}

/* 0: there is no such right. */
static uint32_t find_right(const char *name)
{
    for (unsigned int i = 0; i < RIGHTS; i++) {
        if (text_same_ignoring_case(rights[i].name, name))
            return rights[i].right;
    }
    return 0;
}

/* Cuts off an & at the end and says whether there was one. */
static bool cut_background(char *arguments)
{
    size_t length = strlen(arguments);
    if (length == 0 || arguments[length - 1] != '&')
        return false;
    do
        arguments[--length] = '\0';
    while (length > 0 && (arguments[length - 1] == ' ' || arguments[length - 1] == '\t'));
    return true;
}

/* A word that is an & and nothing else. */
static bool has_ampersand_word(const char *arguments)
{
    for (const char *at = arguments; *at != '\0'; at++) {
        if (*at == '&' && (at == arguments || at[-1] == ' ') && (at[1] == ' ' || at[1] == '\0'))
            return true;
    }
    return false;
}

/* Takes the words in front of the program's name. */
static const char *parse_front(char *line, struct command *command, struct launch *launch)
{
    for (;;) {
        if (!command_parse(line, command))
            return "Name the program to run, as in: ring0 hello, or: without ring0 hello";
        if (text_same_ignoring_case(command->name, "ring0")) {
            launch->mode |= MODE_KERNEL;
        } else if (text_same_ignoring_case(command->name, "without")) {
            uint32_t right =
                command_parse(command->arguments, command) ? find_right(command->name) : 0;
            if (right == 0)
                return "Name a right that the program shall not get: ring0, modules, power or "
                       "kill_any. Example: without ring0 rings";
            launch->mode |= MODE_WITHHOLD(right);
        } else {
            return NULL;
        }
        line = command->arguments;
    }
}

const char *launch_parse(char *line, struct launch *launch)
{
    struct command command;
    launch->mode = MODE_USER;
    const char *wrong = parse_front(line, &command, launch);
    if (wrong != NULL)
        return wrong;
    launch->name = command.name;
    launch->arguments = command.arguments;
    launch->background = cut_background(command.arguments);
    if (has_ampersand_word(command.arguments))
        return "One line runs one program; an & stands at the line's end";
    return NULL;
}
