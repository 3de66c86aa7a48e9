/* The shell: reads a line, carries it out, and again. */
#include <megha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "builtins.h"
#include "command.h"
#include "complete.h"
#include "history.h"
#include "launch.h"
#include "line_editor.h"
#include "names.h"
#include "programs.h"

PROGRAM_RIGHTS(RIGHTS_ALL);

#define PROMPT "megha> "

static struct line_editor line;
static struct history history;

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

static void replace_line(const char *text)
{
    if (text == NULL)
        line_ring(&line);
    else
        line_replace(&line, text);
}

/* Completes the word as far as the names agree; where that is no further, lists them. */
static void complete_line(void)
{
    struct completion found;
    size_t start = complete_start(line.text, line.cursor);
    size_t size = line.cursor - start;
    complete_name names = names_of(complete_kind(line.text, start));

    complete_find(line.text + start, size, names, &found);
    if (found.matches == 0) {
        line_ring(&line);
        return;
    }
    line_insert(&line, found.common + size, strlen(found.common) - size);
    if (found.matches == 1) {
        line_insert(&line, " ", 1);
    } else if (strlen(found.common) == size) {
        putchar('\n');
        names_list(names, line.text + start, size);
        printf(PROMPT);
        line_show_again(&line);
    }
}

static void carry_out_key(enum line_event event)
{
    if (event == LINE_OLDER)
        replace_line(history_older(&history, line.text));
    else if (event == LINE_NEWER)
        replace_line(history_newer(&history));
    else if (event == LINE_COMPLETE)
        complete_line();
}

/* Returns whether there is a line to carry out. */
static bool read_line(void)
{
    enum line_event event;

    printf(PROMPT);
    line_start(&line, draw);
    do {
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
        event = line_feed(&line, key);
        carry_out_key(event);
    } while (event != LINE_DONE && event != LINE_TOO_LONG && event != LINE_CANCELLED);
    if (event == LINE_TOO_LONG)
        printf("The line is longer than %d characters; it is not carried out.\n", LINE_LENGTH_MAX);
    return event == LINE_DONE;
}

static void run_program_line(void)
{
    struct launch launch;
    const char *wrong = launch_parse(line.text, &launch);
    if (wrong != NULL)
        printf("%s.\n", wrong);
    else if (builtin_find(launch.name) != NULL)
        printf("%s is a command of the shell itself; ring0 and without are for programs.\n",
               launch.name);
    else
        program_run(&launch);
}

static void run_line(void)
{
    static char copy[sizeof(line.text)];
    struct command command;

    history_add(&history, line.text);
    text_copy(copy, line.text, sizeof(copy));
    if (!command_parse(copy, &command))
        return;
    const struct builtin *builtin = builtin_find(command.name);
    if (builtin == NULL || builtin->run == NULL) {
        run_program_line();
        return;
    }
    page_output_start();
    builtin_run(builtin, command.arguments);
    page_output_stop();
}

int main(void)
{
    console_foreground(0); /* the console is the shell's before any program runs */
    wait_before_first_prompt();
    for (;;) {
        programs_tell_ended();
        if (read_line())
            run_line();
    }
}
