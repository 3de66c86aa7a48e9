/* The shell: reads a line, carries it out, and again. */
#include <megha.h>
#include <stdio.h>
#include <stdlib.h>

#include "builtins.h"
#include "command.h"
#include "line_editor.h"
#include "programs.h"

PROGRAM_RIGHTS(RIGHTS_ALL);

static void draw(const char *text, size_t size)
{
    console_write_all(text, (uint32_t)size);
}

/*
 * The kernel notes in its log when a key is waited for the first time. Waiting for a moment before
 * the first prompt puts that line above the prompt instead of behind it. A key that comes meanwhile
 * is the first of the first line.
 */
static char early_key;
static bool has_early_key;

static void wait_before_first_prompt(void)
{
    has_early_key = console_read(&early_key, 1, 1) == 1;
}

/* Keys are taken one at a time: what is typed ahead belongs to the program that will run. */
static int read_key(char *key)
{
    if (!has_early_key)
        return console_read(key, 1, WAIT_FOREVER);
    has_early_key = false;
    *key = early_key;
    return 1;
}

static bool read_line(struct line_editor *line)
{
    enum line_event event = LINE_MORE;

    printf("megha> ");
    line_start(line, draw);
    while (event == LINE_MORE) {
        char key;
        int error = read_key(&key);
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

    wait_before_first_prompt();
    for (;;) {
        if (read_line(&line))
            run_line(line.text);
    }
}
