#include "programs.h"

#include <lib/string.h>
#include <megha.h>
#include <stdio.h>

#include "command.h"

/* A fault and an abort need no word here: the kernel has reported them. */
static void print_end(const char *name, const struct process_result *result)
{
    switch (result->reason) {
    case ENDED_EXIT:
        if (result->status != 0)
            printf("%s (pid %d) ended with status %d.\n", name, (int)result->pid,
                   (int)result->status);
        break;
    case ENDED_KILLED:
        printf("%s (pid %d) was ended by another process.\n", name, (int)result->pid);
        break;
    case ENDED_INTERRUPTED:
        printf("^C\n%s (pid %d) was ended by Ctrl-C.\n", name, (int)result->pid);
        break;
    case ENDED_NO_MEMORY:
        printf("%s (pid %d) ended: %s.\n", name, (int)result->pid, error_text(ERR_NO_MEMORY));
        break;
    default:
        break;
    }
}

static void wait_in_foreground(const char *name, int pid)
{
    struct process_result result;
    console_foreground(pid);
    int error = process_wait(pid, &result, WAIT_FOREVER);
    console_foreground(0);
    if (error < 0)
        printf("%s (pid %d): cannot wait for it: %s.\n", name, pid, error_text(error));
    else
        print_end(name, &result);
}

/* What people type elsewhere. */
static bool is_way_to_leave(const char *name)
{
    static const char *const ways[] = {"exit", "logout", "quit", "poweroff", "shutdown"};

    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        if (text_same_ignoring_case(ways[i], name))
            return true;
    }
    return false;
}

static void print_error(const char *name, int error)
{
    if (error == ERR_NOT_FOUND && is_way_to_leave(name))
        puts("Type halt to switch the machine off.");
    else if (error == ERR_NOT_FOUND)
        printf("%s: no such program or command; type help for the list.\n", name);
    else if (error == ERR_NOT_ALLOWED)
        printf("%s: not started: its source does not ask for the right ring0, or it is withheld.\n",
               name);
    else
        printf("%s: %s.\n", name, error_text(error));
}

void program_run(const struct launch *launch)
{
    char path[PATH_MAX];
    int pid = ERR_TOO_LONG;

    /* In a group of its own, so that Ctrl-C and kill -g end all that it starts. */
    if (command_path(launch->name, path, sizeof(path)))
        pid = process_create(path, launch->arguments, PRIORITY_NORMAL, QUANTUM_DEFAULT_MS,
                             launch->mode | MODE_NEW_GROUP);
    if (pid < 0)
        print_error(launch->name, pid);
    else if (launch->background)
        printf("[pid %d]\n", pid);
    else
        wait_in_foreground(launch->name, pid);
}

static void tell_end(const char *name, const struct process_result *result)
{
    static const char *const words[] = {
        [ENDED_EXIT] = "has ended",
        [ENDED_FAULT] = "was ended by a fault",
        [ENDED_KILLED] = "was ended by another process",
        [ENDED_NO_MEMORY] = "was ended: not enough memory",
        [ENDED_ABORT] = "has aborted",
        [ENDED_INTERRUPTED] = "was ended by Ctrl-C",
    };
    printf("[pid %d] %s %s", (int)result->pid, name, words[result->reason]);
    if (result->reason == ENDED_EXIT)
        printf(", status %d", (int)result->status);
    printf(".\n");
}

/* The kernel keeps the names of ended processes until somebody has waited for them. */
void programs_tell_ended(void)
{
    struct process_status status = {.pid = 0};
    struct process_result result;
    while (process_next(status.pid, &status) > 0) {
        if (status.parent == process_self()->pid && status.state == STATE_ENDED &&
            process_wait(status.pid, &result, 0) > 0)
            tell_end(status.name, &result);
    }
}
