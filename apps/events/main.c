/*
 * Events: a process is told that a child has ended, that its timer has come, that another process
 * sends a number. It sleeps until one of them comes.
 */
#include <megha.h>
#include <stdio.h>
#include <stdlib.h>

#define PATH      "/apps/events"
#define SENDINGS  3
#define TICKS     3
#define PERIOD_MS 50

enum { NUMBER = 42, TIMER = 7 }; /* values, ours to choose */

/* The child: sends the same number a few times, then ends. */
static int play_child(void)
{
    for (int i = 0; i < SENDINGS; i++)
        event_send(process_self()->parent, NUMBER);
    return EXIT_SUCCESS;
}

static void print_event(const struct event *event)
{
    switch (event->kind) {
    case EVENT_CHILD_ENDED:
        printf("  a child has ended: pid %d\n", (int)event->source);
        break;
    case EVENT_TIMER:
        printf("  the timer: value %lu\n", (unsigned long)event->value);
        break;
    default:
        printf("  pid %d has sent %lu, %lu times\n", (int)event->source,
               (unsigned long)event->value, (unsigned long)event->count);
        break;
    }
}

/* Waits for an event and prints it. Returns its kind, 0 after an error. */
static uint32_t next_event(void)
{
    struct event event;
    int error = event_wait(&event, WAIT_FOREVER);
    if (error < 0) {
        printf("events: %s.\n", error_text(error));
        return 0;
    }
    print_event(&event);
    return event.kind;
}

int main(int count, char **arguments)
{
    struct process_result result;
    (void)arguments;
    if (count > 1 && !process_is_own_child()) {
        puts("events takes no arguments.");
        return EXIT_FAILURE;
    }
    if (count > 1)
        return play_child();

    int pid = process_create(PATH, "child", PRIORITY_NORMAL, QUANTUM_DEFAULT_MS, MODE_USER);
    if (pid < 0) {
        printf("events: a child cannot be started: %s.\n", error_text(pid));
        return EXIT_FAILURE;
    }
    process_wait(pid, &result, WAIT_FOREVER);
    printf("A child sent a number %d times and ended. The queue holds equal events as one:\n",
           SENDINGS);
    while (next_event() == EVENT_USER) {
    }
    printf("The timer, each %d ms:\n", PERIOD_MS);
    timer_set(PERIOD_MS, PERIOD_MS, TIMER);
    for (int i = 0; i < TICKS && next_event() == EVENT_TIMER; i++) {
    }
    timer_set(0, 0, 0);
    return EXIT_SUCCESS;
}
