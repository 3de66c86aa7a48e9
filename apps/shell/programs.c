#include "programs.h"

#include <megha.h>
#include <stdio.h>

#include "command.h"

/* A fault needs no word here: the kernel has reported it. */
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
    case ENDED_NO_MEMORY:
        printf("%s (pid %d) ended: %s.\n", name, (int)result->pid, error_text(ERR_NO_MEMORY));
        break;
    default:
        break;
    }
}

void program_run(const char *name, const char *arguments, uint32_t mode)
{
    char path[PATH_MAX];
    struct process_result result;

    if (!command_path(name, path, sizeof(path))) {
        printf("%s: %s.\n", name, error_text(ERR_TOO_LONG));
        return;
    }
    int pid = process_create(path, arguments, PRIORITY_NORMAL, QUANTUM_DEFAULT_MS, mode);
    if (pid == ERR_NOT_FOUND)
        printf("%s: no such program or command; type help for the list.\n", name);
    else if (pid < 0)
        printf("%s: %s.\n", name, error_text(pid));
    if (pid < 0)
        return;
    int error = process_wait(pid, &result, WAIT_FOREVER);
    if (error < 0)
        printf("%s (pid %d): cannot wait for it: %s.\n", name, pid, error_text(error));
    else
        print_end(name, &result);
}
