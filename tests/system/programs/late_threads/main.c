/*
 * Ends at awkward moments. The last of a child is given back by the thread that gets the processor
 * next, and the parent's event comes from there: the parent runs before that thread goes on. And a
 * process that ends while one of its threads starts others, whose stacks take a while to be mapped,
 * ends with all of them.
 */
#include <megha.h>
#include <megha/check.h>
#include <megha/counts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

PROGRAM_RIGHTS(RIGHT_RING0);

#define PATH        "/apps/late_threads"
#define PATIENCE_MS 2000
#define LOW         (PRIORITY_NORMAL - 1)
#define ENDS        5
#define LOOPS       20000
#define STARTS      40
#define STEPS       7

/* ---- The parts of the children -----------------------------------------------------------------
 */

static bool is_alive(int pid)
{
    struct process_status status;

    return process_next(pid - 1, &status) == pid && status.state == STATE_RUNNING;
}

static int wait_for_event(void)
{
    struct event event;

    return event_wait(&event, WAIT_FOREVER);
}

/* Lets the other one go, stays busy until that has ended, and ends then too. It gives nothing away
 * by itself: the other one gets the processor when this one's time is over. */
static int outlive(int pid)
{
    event_send(pid, 1);
    do
        for (volatile int i = 0; i < LOOPS; i++)
            ;
    while (is_alive(pid));
    return 0;
}

static int rest(void *unused)
{
    (void)unused;
    return thread_sleep(WAIT_FOREVER);
}

static int start_threads(void *unused)
{
    (void)unused;
    while (thread_start(rest, NULL, STACK_SIZE_MAX, MODE_KERNEL) >= 0 || thread_sleep(1) == 0)
        ;
    return 0;
}

/* Ends while its other thread starts threads. */
static int leave(uint32_t milliseconds)
{
    thread_start(start_threads, NULL, STACK_SIZE_MIN, MODE_USER);
    thread_sleep(milliseconds);
    return 0;
}

static int play(const char *part, const char *number)
{
    if (strcmp(part, "quick") == 0)
        return wait_for_event();
    if (strcmp(part, "outlive") == 0)
        return outlive(atoi(number));
    if (strcmp(part, "leave") == 0)
        return leave((uint32_t)atoi(number));
    return start_threads(NULL);
}

/* ---- The process that was typed ----------------------------------------------------------------
 */

static int start(const char *part, int number, uint32_t priority)
{
    char arguments[32];

    snprintf(arguments, sizeof(arguments), "%s %d", part, number);
    return process_create(PATH, arguments, priority, QUANTUM_DEFAULT_MS, MODE_USER);
}

static bool ends(int pid)
{
    struct process_result result;

    return process_wait(pid, &result, PATIENCE_MS) == pid;
}

/* Whether the parent hears of the quick one's end before the busy one has gone on. */
static bool hears_at_once(void)
{
    struct event event = {0};
    int quick = start("quick", 0, LOW);
    int busy = start("outlive", quick, LOW);
    bool heard = event_wait(&event, PATIENCE_MS) == 0 && event.kind == EVENT_CHILD_ENDED &&
                 event.source == quick && is_alive(busy);
    bool ended = ends(quick) && ends(busy);

    while (event_wait(&event, 0) == 0)
        ;
    return heard && ended;
}

static bool all_hear_at_once(int rounds)
{
    for (int i = 0; i < rounds; i++)
        if (!hears_at_once())
            return false;
    return true;
}

static bool all_are_killed(int rounds)
{
    for (int i = 0; i < rounds; i++) {
        int pid = start("start", 0, LOW);

        thread_sleep(1 + (uint32_t)i % STEPS);
        if (process_kill(pid) != 0 || !ends(pid))
            return false;
    }
    return true;
}

static bool all_leave(int rounds)
{
    for (int i = 0; i < rounds; i++)
        if (!ends(start("leave", 1 + i % STEPS, LOW)))
            return false;
    return true;
}

int main(int count, char **arguments)
{
    struct memory_info before;

    if (count > 2)
        return process_is_own_child() ? play(arguments[1], arguments[2]) : ERR_INVALID;
    check(all_hear_at_once(1), "a child's end wakes its parent at once");
    before = counts_take();
    check(all_hear_at_once(ENDS), "again and again");
    check(all_are_killed(STARTS), "a process that is killed while it starts threads ends");
    check(all_leave(STARTS), "and so does one that leaves by itself");
    check(counts_same(&before), "memory, processes and threads are as before");
    return check_result();
}
