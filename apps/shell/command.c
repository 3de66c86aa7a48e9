#include "command.h"

#include <lib/string.h>

static bool is_blank(char character)
{
    return character == ' ' || character == '\t';
}

bool command_parse(char *line, struct command *command)
{
    while (is_blank(*line))
        line++;
    if (*line == '\0')
        return false;
    char quote = *line == '"' || *line == '\'' ? *line++ : '\0';
    command->name = line;
    while (*line != '\0' && (quote != '\0' ? *line != quote : !is_blank(*line)))
        line++;
    if (*line != '\0')
        *line++ = '\0';
    while (is_blank(*line))
        line++;
    command->arguments = line;
    size_t length = strlen(line);
    while (length > 0 && is_blank(line[length - 1]))
        line[--length] = '\0';
    return true;
}

bool command_path(const char *name, char *path, size_t room)
{
    static const char folder[] = "/apps/";
    if (*name == '/')
        return text_copy(path, name, room);
    if (room <= sizeof(folder))
        return false;
    text_copy(path, folder, room);
    size_t used = sizeof(folder) - 1;
    return text_copy(path + used, name, room - used);
}
