/*
 * Life and death: waiting, killing wherever a thread is blocked, orphans, aborting, joins. The
 * arguments are the part that a child plays.
 */
#include <megha.h>
#include <megha/check.h>
#include <megha/counts.h>
#include <stdlib.h>
#include <string.h>

#include "blocked.h"
#include "joins.h"

PROGRAM_RIGHTS(RIGHTS_ALL);

#define PATH       "/apps/lifecycle"
#define INIT       1
#define STACK_SIZE 0x2000
#define PIDS       50

static int start(const char *arguments)
{
    return process_create(PATH, arguments, PRIORITY_NORMAL, QUANTUM_DEFAULT_MS, MODE_USER);
}

static struct process_result wait_for(int pid)
{
    struct process_result result = {.reason = 0};
    process_wait(pid, &result, WAIT_FOREVER);
    return result;
}

static int32_t parent_of(int pid)
{
    struct process_status status;
    return process_next(pid - 1, &status) == pid ? status.parent : -1;
}

static bool vanishes(int pid)
{
    for (int waited = 0; waited < 2000 && parent_of(pid) >= 0; waited += 10)
        thread_sleep(10);
    return parent_of(pid) < 0;
}

static uint32_t wait_event(void)
{
    struct event event = {.kind = 0};
    do {
        if (event_wait(&event, 5000) < 0)
            return 0;
    } while (event.kind != EVENT_USER);
    return event.value;
}

static void check_waits(void)
{
    struct process_result result = {.reason = 0};
    int one = start("exit 1"), two = start("exit 2");
    check(process_wait(two, &result, WAIT_FOREVER) == two && result.status == 2,
          "a wait for one child passes over the others");
    check(process_wait(ANY_CHILD, &result, WAIT_FOREVER) == one && result.status == 1,
          "a wait for any child takes what is left");
    check_error(process_wait(ANY_CHILD, &result, 0), ERR_NO_CHILD, "then there is no child");
    check_error(process_wait(INIT, &result, 0), ERR_NO_CHILD, "init is no child of ours");
    check_error(process_wait(-5, &result, 0), ERR_NO_CHILD, "there is no process -5");
}

static void check_kills(void)
{
    check_error(process_kill(INIT), ERR_NOT_ALLOWED, "init cannot be killed");
    check_error(process_kill(0), ERR_NOT_FOUND, "there is no process 0");
    check_error(process_kill(0x7FFFFFFF), ERR_NOT_FOUND, "there is no process 2147483647");
    check(wait_for(start("suicide")).reason == ENDED_KILLED, "a process can kill itself");
    int child = start("exit 3");
    thread_sleep(30);
    check_error(process_kill(child), 0, "to kill an ended child is no mistake");
    struct process_result result = wait_for(child);
    check(result.reason == ENDED_EXIT && result.status == 3, "and does not change its end");
    check(wait_for(start("abort")).reason == ENDED_ABORT, "a process that aborts says so");
    check(wait_for(start("last thread")).status == 8,
          "a process ends with its last thread, and with its status");
    check(wait_for(start("exit with threads")).status == 4, "exit ends all threads");
}

/* A child that sends its child's pid and ends. */
static void check_orphans(void)
{
    int child = start("leave");
    int orphan = (int)wait_event();
    check(wait_for(child).reason == ENDED_EXIT && orphan > 0, "a child leaves its own child");
    check(parent_of(orphan) == INIT, "the orphan is init's");
    event_send(orphan, 1);
    check(vanishes(orphan), "init waits for it when it ends");
    child = start("leave ended");
    orphan = (int)wait_event();
    wait_for(child);
    check(vanishes(orphan), "also when it has ended before");
}

static int start_child(void *unused)
{
    (void)unused;
    return start("exit 6");
}

static void check_thread_child(void)
{
    int32_t child = 0;
    int thread = thread_start(start_child, NULL, STACK_SIZE, MODE_KERNEL);
    thread_join(thread, &child, WAIT_FOREVER);
    check(parent_of(child) == process_self()->pid, "a thread's child belongs to its process");
    check(wait_for(child).status == 6, "which waits for it");
}

static void check_pids(void)
{
    bool right = true;
    int kept = start("exit 0"), last = kept;
    for (int i = 0; i < PIDS; i++) {
        int pid = start("exit 0");
        right = pid > last && right;
        last = pid;
        wait_for(pid);
    }
    check(right, "no pid is used twice");
    check(wait_for(kept).pid == kept, "least of all one that can still be waited for");
}

static int play_leave(bool ended)
{
    struct process_status status = {.state = 0};
    int child = start(ended ? "exit 0" : "stay");
    while (ended && status.state != STATE_ENDED) {
        thread_sleep(1);
        process_next(child - 1, &status);
    }
    event_send(process_self()->parent, (uint32_t)child);
    return 0;
}

static int sleep_then_8(void *unused)
{
    (void)unused;
    thread_sleep(30);
    return 8;
}

static int spin(void *unused)
{
    (void)unused;
    for (;;) {
    }
    return 0;
}

static int play_threads(bool exits)
{
    thread_start(sleep_then_8, NULL, STACK_SIZE, MODE_KERNEL);
    if (exits) {
        thread_start(spin, NULL, STACK_SIZE, MODE_USER);
        thread_start(spin, NULL, STACK_SIZE, MODE_KERNEL);
        thread_yield();
        return 4;
    }
    thread_exit(5);
    return 0;
}

static int play(int count, char **arguments)
{
    const char *part = arguments[1];
    if (strcmp(part, "block") == 0)
        return blocked_play(arguments[2]);
    if (strcmp(part, "exit") == 0)
        return count == 3 ? atoi(arguments[2]) : play_threads(true);
    if (strcmp(part, "last") == 0)
        return play_threads(false);
    if (strcmp(part, "leave") == 0)
        return play_leave(count == 3);
    if (strcmp(part, "stay") == 0)
        return (int)wait_event();
    if (strcmp(part, "suicide") == 0)
        process_kill(process_self()->pid);
    if (strcmp(part, "abort") == 0)
        process_abort();
    return 1;
}

int main(int count, char **arguments)
{
    if (count > 1)
        return play(count, arguments);
    check_waits();
    struct memory_info before = counts_take();
    check_kills();
    check_orphans();
    check_thread_child();
    check_pids();
    check(counts_same(&before), "and nothing of them is left");
    blocked_check();
    joins_check();
    return check_result();
}
