/* Events, timers and waits: floods, waits of all lengths, waits that are killed. */
#include <stdio.h>

#include "bombs.h"

#define FLOOD     20000
#define SAME_TIME 150
#define TIMERS    60
#define TIMERS_MS 200
#define LONG      (WAIT_FOREVER - 1)
#define INIT      1

/* ---- A flood of events: to oneself, to the one who judges, to init */

static int play_flood(uint32_t target)
{
    struct event event;
    bool full = false;

    for (uint32_t i = 0; i < FLOOD; i++) {
        int self = event_send(process_self()->pid, i);

        full = self == ERR_LIMIT || full;
        event_send((int32_t)target, i);
        event_send(INIT, i % 3);
    }
    for (int i = 0; i < EVENTS_MAX; i++)
        if (event_wait(&event, 0) != 0)
            return 1;
    return full && event_wait(&event, 0) == ERR_TIMED_OUT ? 0 : 1;
}

static bool judge_flood(void)
{
    struct event event;
    bool right = run_role("flood", (uint32_t)process_self()->pid) == 0;

    while (event_wait(&event, 0) == 0)
        right = right && event.count > 0;
    return right;
}

/* ---- A timer that ends a wait in the very millisecond in which the wait's own time is over */

static int play_same_time(uint32_t rounds)
{
    struct event event;

    for (uint32_t i = 0; i < rounds; i++) {
        timer_set(1 + i % 3, i % 2, i);
        event_wait(&event, 1 + i % 3);
    }
    return 0;
}

static bool judge_same_time(void)
{
    return run_role("same", SAME_TIME) == 0;
}

/* ---- Many timers, each millisecond; and periods that overflow */

static int play_timer(uint32_t end_ms)
{
    static const uint32_t odd[] = {0xFFFFFFFF, 0xFFFFFFFE, 0x80000000, 0x7FFFFFFF, 256, 255, 1};
    struct event event;

    for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
        timer_set(odd[i], odd[i], 1);
        event_wait(&event, 1);
    }
    timer_set(1, 1, 2);
    while (clock_ms() < end_ms)
        if (event_wait(&event, 1000) != 0)
            return 1;
    return 0; /* the timer runs on */
}

static bool judge_timers(void)
{
    struct process_result result;
    uint32_t end_ms = clock_ms() + TIMERS_MS;
    int pids[TIMERS];
    bool right = true;

    for (int i = 0; i < TIMERS; i++)
        pids[i] = start_role("timer", end_ms);
    for (int i = 0; i < TIMERS; i++)
        right = wait_role(pids[i], &result) && result.status == 0 && right;
    return right;
}

/* ---- Waits of all kinds and nearly without end, killed */

static int sleep_long(void *unused)
{
    (void)unused;
    return thread_sleep(LONG);
}

static int play_wait(uint32_t kind)
{
    struct process_result result;
    struct event event;
    int32_t status;

    switch (kind) {
    case 0:
        return thread_sleep(LONG);
    case 1:
        return event_wait(&event, LONG);
    case 2:
        start_tiny(false);
        return process_wait(ANY_CHILD, &result, LONG);
    case 3:
        return thread_join(thread_start(sleep_long, NULL, STACK_SIZE_MIN, MODE_USER), &status,
                           LONG);
    case 4:
        return port_find("nobody has this port", LONG);
    case 5:
        return message_receive(port_create("waits"), 0, 0, 0, NULL);
    case 6:
        return message_call(port_create("calls itself"), 0, 0, 0, NULL);
    default:
        return message_send(port_create("sends to itself"), 0, 0, 0, NULL);
    }
}

/* The children of those that are killed become init's; the tiny one ends when it is killed here. */
static void kill_tiny(void)
{
    struct process_status status = {.pid = 0};

    for (int pid = process_self()->pid; process_next(pid, &status) > 0; pid = status.pid)
        if (status.state != STATE_ENDED)
            process_kill(status.pid);
}

static bool judge_waits(void)
{
    bool right = true;

    for (uint32_t kind = 0; kind < 8; kind++) {
        struct process_result result = {.reason = 0};
        int pid = start_role("wait", kind);

        thread_sleep(5);
        kill_tiny();
        right = wait_role(pid, &result) && right;
    }
    return right;
}

const struct role wait_roles[] = {{"flood", play_flood},
                                  {"same", play_same_time},
                                  {"timer", play_timer},
                                  {"wait", play_wait},
                                  {NULL, NULL}};

const struct part wait_parts[] = {{"a flood of events", judge_flood},
                                  {"a timer and a time-out at once", judge_same_time},
                                  {"many timers", judge_timers},
                                  {"waits that are killed", judge_waits},
                                  {NULL, NULL}};
