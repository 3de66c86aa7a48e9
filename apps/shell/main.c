/* The shell: reads a line, carries it out, and again. */
#include <megha.h>
#include <stdio.h>
#include <stdlib.h>

#include "builtins.h"
#include "command.h"
#include "line_editor.h"
#include "programs.h"

static void draw(const char *text, size_t size)
{
    console_write_all(text, (uint32_t)size);
}

/* Keys are taken one at a time: what is typed ahead belongs to the program that will run. */
static bool read_line(struct line_editor *line)
{
    enum line_event event = LINE_MORE;

    printf("megha> ");
    line_start(line, draw);
    while (event == LINE_MORE) {
        char key;
        int error = console_read(&key, 1, WAIT_FOREVER);
        if (error == ERR_CANCELLED) {
            putchar('\n');
            return false;
        }
        if (error < 0) {
            printf("shell: the console cannot be read: %s.\n", error_text(error));
            exit(EXIT_FAILURE);
        }
        event = line_feed(line, key);
    }
    if (event == LINE_TOO_LONG)
        printf("The line is longer than %d characters; it is not carried out.\n", LINE_LENGTH_MAX);
    return event == LINE_DONE;
}

static void run_line(char *text)
{
    struct command command;
    if (!command_parse(text, &command))
        return;
    const struct builtin *builtin = builtin_find(command.name);
    if (builtin != NULL)
        builtin_run(builtin, command.arguments);
    else
        program_run(command.name, command.arguments, MODE_USER);
}

int main(void)
{
    static struct line_editor line;
    for (;;) {
        if (read_line(&line))
            run_line(line.text);
    }
}
