/*
 * A tree of processes. This one has two children, each of them two of its own. Then one child ends,
 * and its children become init's.
 */
#include <megha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH     "/apps/parents"
#define CHILDREN 2
#define DEPTH    2 /* generations below the first process */

enum { READY = 1, END = 2 }; /* values of the events that they send to each other */

static int start(int depth)
{
    char arguments[16];
    snprintf(arguments, sizeof(arguments), "%d", depth);
    int pid = process_create(PATH, arguments, PRIORITY_NORMAL, QUANTUM_DEFAULT_MS, MODE_USER);
    if (pid < 0)
        printf("parents: a child cannot be started: %s.\n", error_text(pid));
    return pid;
}

/* Waits for that many events of others with this value. */
static void wait_for(uint32_t value, uint32_t count)
{
    struct event event;
    while (count > 0 && event_wait(&event, WAIT_FOREVER) == 0) {
        if (event.kind == EVENT_USER && event.value == value)
            count -= event.count < count ? event.count : count;
    }
}

static int parent_of(int pid)
{
    struct process_status status;
    return process_next(pid - 1, &status) == pid ? (int)status.parent : 0;
}

/* Prints the descendants of a process, each a step further to the right. */
static void print_tree(int pid, int depth)
{
    struct process_status status = {.pid = 0};
    printf("%*spid %d\n", depth * 4 + 2, "", pid);
    while (process_next(status.pid, &status) > 0) {
        if (status.parent == pid && strcmp(status.name, process_self()->name) == 0)
            print_tree(status.pid, depth + 1);
    }
}

/* A child: has children of its own if `depth` says so, and ends when it is told to. */
static int play_child(int depth)
{
    int parent = process_self()->parent;
    for (int i = 0; depth < DEPTH && i < CHILDREN; i++)
        start(depth + 1);
    wait_for(READY, depth < DEPTH ? CHILDREN : 0);
    event_send(parent, READY);
    wait_for(END, 1);
    if (parent_of(process_self()->pid) != parent)
        printf("  pid %d: my parent was pid %d and is pid %d now\n", (int)process_self()->pid,
               parent, parent_of(process_self()->pid));
    return EXIT_SUCCESS;
}

/* Tells the children of that process to end, and waits until they are no longer alive. */
static void end_children_of(int pid)
{
    struct process_status status = {.pid = 0};
    while (process_next(status.pid, &status) > 0) {
        struct process_status again = status;
        if (status.parent != pid || strcmp(status.name, process_self()->name) != 0)
            continue;
        event_send(status.pid, END);
        while (process_next(status.pid - 1, &again) == status.pid && again.state != STATE_ENDED)
            thread_sleep(1);
    }
}

int main(int count, char **arguments)
{
    struct process_result result;
    int children[CHILDREN];
    int self = process_self()->pid;

    if (count > 1 && !process_is_own_child()) {
        puts("parents takes no arguments.");
        return EXIT_FAILURE;
    }
    if (count > 1)
        return play_child(atoi(arguments[1]));
    for (int i = 0; i < CHILDREN; i++) {
        children[i] = start(1);
        if (children[i] < 0)
            return EXIT_FAILURE;
    }
    wait_for(READY, CHILDREN);
    puts("Each process below the one that started it:");
    print_tree(self, 0);
    event_send(children[0], END);
    process_wait(children[0], &result, WAIT_FOREVER);
    printf("pid %d has ended. Its children are init's now:\n", children[0]);
    print_tree(INIT_PID, 0);
    end_children_of(INIT_PID);
    end_children_of(children[1]);
    event_send(children[1], END);
    process_wait(children[1], &result, WAIT_FOREVER);
    puts("All have ended.");
    return EXIT_SUCCESS;
}
