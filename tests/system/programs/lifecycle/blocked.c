#include "blocked.h"

#include <megha.h>
#include <megha/check.h>
#include <megha/counts.h>
#include <stdio.h>
#include <string.h>

#define PATH       "/apps/lifecycle"
#define STACK_SIZE 0x2000

static const char *const places[] = {
    "sleep",      "join", "wait",    "wait for any", "console read",
    "event wait", "port", "message", "spin",         "thread",
};

#define PLACES (sizeof(places) / sizeof(places[0]))

static int sleep_long(void *unused)
{
    (void)unused;
    return thread_sleep(1000000);
}

static int spin(void *unused)
{
    (void)unused;
    for (;;) {
    }
    return 0;
}

static int start_sleeper(void)
{
    return process_create(PATH, "block sleep", PRIORITY_LOWEST + 1, QUANTUM_DEFAULT_MS, MODE_USER);
}

static int start_thread(int (*function)(void *), uint32_t mode)
{
    return thread_start(function, NULL, STACK_SIZE, mode);
}

static int receive(void)
{
    uint32_t words[MESSAGE_WORDS] = {0};
    return message_exchange(CALL_message_receive, port_create("lifecycle"), words, NULL);
}

int blocked_play(const char *where)
{
    struct process_result result;
    struct event event;
    int32_t status;
    char key;
    uint32_t mode = process_self()->mode;

    if (strcmp(where, "sleep") == 0)
        return sleep_long(NULL);
    if (strcmp(where, "join") == 0)
        return thread_join(start_thread(sleep_long, mode), &status, WAIT_FOREVER);
    if (strcmp(where, "wait") == 0)
        return process_wait(start_sleeper(), &result, WAIT_FOREVER);
    if (strcmp(where, "wait for any") == 0 && start_sleeper() > 0)
        return process_wait(ANY_CHILD, &result, WAIT_FOREVER);
    if (strcmp(where, "console read") == 0)
        return console_read(&key, 1, WAIT_FOREVER);
    if (strcmp(where, "event wait") == 0)
        return event_wait(&event, WAIT_FOREVER);
    if (strcmp(where, "port") == 0)
        return port_find("nobody makes it", WAIT_FOREVER);
    if (strcmp(where, "message") == 0)
        return receive();
    if (strcmp(where, "spin") == 0)
        return spin(NULL);
    /* Its other threads are of both rings, one of them never gives up the processor. */
    start_thread(sleep_long, MODE_USER);
    start_thread(spin, mode);
    return sleep_long(NULL);
}

/* Waits until the first thread of the child is where it shall be. */
static bool reaches(int pid, uint32_t state)
{
    struct thread_status thread;
    for (int waited = 0; waited < 5000; waited += 5) {
        if (thread_next(pid, 0, &thread) > 0 && thread.switches > 0 &&
            (thread.state == state || state == STATE_RUNNING))
            return true;
        thread_sleep(5);
    }
    return false;
}

static int grandchild_of(int pid)
{
    struct process_status status = {.pid = 0};
    while (process_next(status.pid, &status) > 0) {
        if (status.parent == pid)
            return status.pid;
    }
    return 0;
}

static void check_place(const char *where, uint32_t mode)
{
    struct process_result result = {.reason = 0};
    char text[64];
    bool spins = strcmp(where, "spin") == 0;

    snprintf(text, sizeof(text), "block '%s'", where);
    int pid = process_create(PATH, text, PRIORITY_LOWEST + 1, QUANTUM_DEFAULT_MS, mode);
    bool there = pid > 0 && reaches(pid, spins ? STATE_RUNNING : STATE_BLOCKED);
    thread_sleep(5);
    int grandchild = grandchild_of(pid);
    int error = process_kill(pid);
    int waited = process_wait(pid, &result, WAIT_FOREVER);
    if (grandchild > 0)
        process_kill(grandchild);
    snprintf(text, sizeof(text), "killed in ring %d: %s", mode == MODE_KERNEL ? 0 : 3, where);
    check(there && error == 0 && waited == pid && result.reason == ENDED_KILLED, text);
}

void blocked_check(void)
{
    check_place("sleep", MODE_USER);
    struct memory_info before = counts_take();
    for (size_t i = 0; i < PLACES; i++) {
        check_place(places[i], MODE_USER);
        check_place(places[i], MODE_KERNEL);
    }
    check(counts_same(&before), "and nothing of them is left");
}
