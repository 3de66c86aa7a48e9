/*
 * Process groups: who is in which, who may end one, and that all of it ends at the first try,
 * however it multiplies, waits or computes. The arguments are the part that a process plays.
 */
#include <megha.h>
#include <megha/check.h>
#include <megha/counts.h>
#include <stdio.h>
#include <string.h>

#include "parts.h"

PROGRAM_RIGHTS(RIGHT_MODULES);

#define PATIENCE_MS 5000
#define GROW_MS     100 /* how long it multiplies */
#define CREATIONS   20
#define LOW         (PRIORITY_NORMAL - 1) /* interrupted whatever they do, by this process */

static struct process_status status_of(int pid)
{
    struct process_status status = {.group = -1};

    process_next(pid - 1, &status);
    return status;
}

static struct process_result wait_for(int pid)
{
    struct process_result result = {.reason = 0};

    process_wait(pid, &result, PATIENCE_MS);
    return result;
}

static int result_of(const char *part, int32_t number)
{
    char text[32];

    snprintf(text, sizeof(text), "%s %ld", part, (long)number);
    return wait_for(start(text)).status;
}

/* Of the group, and of none inside it. */
static uint32_t count_alive(int32_t group)
{
    struct process_status status = {.pid = 0};
    uint32_t count = 0;

    while (process_next(status.pid, &status) > 0)
        count += status.group == group && status.state != STATE_ENDED;
    return count;
}

static bool grows_to(int32_t group, uint32_t count)
{
    for (int i = 0; i < PATIENCE_MS && count_alive(group) != count; i++)
        thread_sleep(1);
    return count_alive(group) == count;
}

static bool empties(int32_t group)
{
    return grows_to(group, 0);
}

/* ---- Who is in which ---------------------------------------------------------------------------
 */

static void check_membership(void)
{
    int own = status_of(process_self()->pid).group;
    int child = start("stay");
    int first = start_group("leave stay", PRIORITY_NORMAL);

    check(own == process_self()->pid, "the shell makes a program the first of a group");
    check(status_of(child).group == own, "a child is in its creator's group");
    check(status_of(first).group == first, "or the first of one that has its number");
    check(wait_for(first).reason == ENDED_EXIT && count_alive(first) == 1,
          "an orphan stays in its group");
    check(status_of(INIT_PID).group == 0, "init is in none");
    check(status_of(process_self()->parent).group == 0, "nor is the shell");
    check_error(group_kill(first), 0, "who made a group may end it when its first process is gone");
    check(empties(first), "the orphan has ended");
    check_error(group_kill(first), ERR_NOT_FOUND, "then there is no such group");
    process_kill(child);
    wait_for(child);
}

static void check_depth(void)
{
    int levels = wait_for(start_group("deeper", PRIORITY_NORMAL)).status;

    check(levels == GROUPS_NESTED_MAX - 2, "groups fit inside each other up to a limit");
    check_error(process_create(GROUPS_PATH, "brief", PRIORITY_NORMAL, 0, 0x40000000), ERR_INVALID,
                "a bit of the mode that means nothing is refused");
}

/* ---- Who may end one ---------------------------------------------------------------------------
 */

static void check_rights(void)
{
    struct event event = {0};
    int maker = start("maker");
    int group;

    while (event.kind != EVENT_USER && event_wait(&event, PATIENCE_MS) == 0)
        ;
    group = (int)event.value;
    check_error(group_kill(INIT_PID), ERR_INVALID, "init's group cannot be ended: it has none");
    check_error(group_kill(process_self()->parent), ERR_INVALID, "nor can the shell's");
    check_error(group_kill(0), ERR_NOT_FOUND, "there is no group 0");
    check_error(group_kill(-1), ERR_NOT_FOUND, "there is no group -1");
    check_error(group_kill(process_self()->pid), ERR_NOT_ALLOWED, "a program cannot end its own");
    check_error(result_of("kill", process_self()->pid), ERR_NOT_ALLOWED, "nor can its child");
    check_error(result_of("kill", group), ERR_NOT_ALLOWED, "nor anybody else that of another");
    check(count_alive(group) == 1, "that goes on");
    check_error(group_kill(group), 0, "an ancestor of its first process can");
    check(empties(group), "and it has ended");
    process_kill(maker);
    wait_for(maker);
}

static void check_inside(void)
{
    int outer = start_group("maker", PRIORITY_NORMAL);
    struct process_status status = {.pid = 0};
    int inner = 0;

    while (inner == 0) {
        thread_sleep(1);
        for (status.pid = 0; process_next(status.pid, &status) > 0;)
            if (status.parent == outer)
                inner = status.group;
    }
    check(inner != outer && count_alive(inner) == 1, "a group is made inside another one");
    check_error(group_kill(inner), 0, "the inner one is ended");
    check(empties(inner) && count_alive(outer) == 1, "the outer one goes on");
    group_kill(outer);
    wait_for(outer);
    outer = start_group("keep maker", PRIORITY_NORMAL);
    check(grows_to(outer, 2), "another one");
    thread_sleep(10);
    check(group_kill(outer) == 0 && empties(outer), "the outer one is ended");
    wait_for(outer);
}

/* ---- That all of it ends -----------------------------------------------------------------------
 */

static void check_end(const char *part, const char *sentence)
{
    struct memory_info before = counts_take();
    int group = start_group(part, LOW);

    thread_sleep(GROW_MS);
    check(group_kill(group) == 0 && wait_for(group).pid == group && empties(group), sentence);
    check(counts_same(&before), "nothing of it is left");
}

static void check_creation(void)
{
    struct memory_info before = counts_take();
    bool right = true;

    for (uint32_t i = 0; right && i < CREATIONS; i++) {
        int group = start_group("slow", LOW);

        right = grows_to(group, 2) && grows_to(group, 1);
        thread_sleep(i % 5);
        right = group_kill(group) == 0 && wait_for(group).pid == group && empties(group) && right;
    }
    check(right, "what is in the middle of a creation is ended, and creates nothing");
    check(counts_same(&before), "nothing of it is left");
}

static void check_waits(void)
{
    struct memory_info before = counts_take();
    int group = start_group("waits", PRIORITY_NORMAL);
    bool waiting = grows_to(group, ways_to_wait + 2); /* one of them has a child */

    thread_sleep(GROW_MS);
    check(waiting && count_alive(group) == ways_to_wait + 2, "processes wait in all ways");
    check(group_kill(group) == 0, "while one computes; their group is ended");
    check(wait_for(group).reason == ENDED_KILLED && empties(group), "and all have ended");
    check(counts_same(&before), "nothing of them is left");
}

int main(int count, char **arguments)
{
    struct memory_info before;

    if (count > 1)
        return play(arguments[1], count > 2 ? arguments[2] : "");
    check_membership();
    before = counts_take();
    check_depth();
    check_rights();
    check_inside();
    check(counts_same(&before), "memory, processes and threads are as before");
    check_end("chain", "a program that starts itself anew for ever is ended");
    check_end("leave chain", "also when the first of it has ended");
    check_end("crowd", "many threads that start processes are ended");
    check_end("bomb", "processes that multiply are ended");
    check_creation();
    check_error(module_load(MODULE, MODULE_FILE), 0,
                "a module with a function that waits is there");
    check_waits();
    check_error(module_unload(MODULE), 0, "nobody is inside the module any more");
    return check_result();
}
