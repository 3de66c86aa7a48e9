/*
 * Rights: what a file declares, what a creator withholds, what is given up. The arguments are the
 * part that a child plays; it returns 0 where all is as it should be.
 */
#include <megha.h>
#include <megha/check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DECLARED (RIGHT_RING0 | RIGHT_POWER | RIGHT_KILL_ANY)
PROGRAM_RIGHTS(DECLARED);

#define PATH       "/apps/rights_test"
#define NO_NOTE    "/apps/waiting" /* a program that declares nothing */
#define STACK_SIZE 0x2000

static int nothing(void *unused)
{
    (void)unused;
    return 0;
}

static int sleep_short(void *unused)
{
    (void)unused;
    thread_sleep(40);
    return 0;
}

static int join(int thread)
{
    int32_t status;
    return thread < 0 ? thread : thread_join(thread, &status, WAIT_FOREVER);
}

static int start(const char *path, const char *part, uint32_t mode)
{
    return process_create(path, part, PRIORITY_NORMAL, QUANTUM_DEFAULT_MS, mode);
}

/* Runs a part in a child; its status, or an error. */
static int run(const char *part, uint32_t mode)
{
    struct process_result result = {.reason = 0};
    int pid = start(PATH, part, mode);
    int error = pid < 0 ? pid : process_wait(pid, &result, WAIT_FOREVER);
    return error < 0 ? error : result.status;
}

static uint32_t rights_of(int pid)
{
    struct process_status status = {.rights = 0xFF};
    process_next(pid - 1, &status);
    return status.rights;
}

static void check_declared(void)
{
    struct process_result result;
    check(rights_drop(0) == DECLARED, "a program has the rights that its file declares");
    check(process_self()->rights == DECLARED, "its information page tells them");
    check(rights_of(process_self()->pid) == DECLARED, "and the list of processes");
    int pid = start(NO_NOTE, "sleep 0 0", MODE_USER);
    check(rights_of(pid) == 0, "a file without a note has none");
    process_wait(pid, &result, WAIT_FOREVER);
    check_error(start(NO_NOTE, "sleep 0 0", MODE_KERNEL), ERR_NOT_ALLOWED,
                "and does not run in ring 0");
}

static void check_withheld(void)
{
    check(run("has 13", MODE_USER) == 0, "a child has what it declares and its creator holds");
    check(run("has 12", MODE_USER | MODE_WITHHOLD(RIGHT_RING0)) == 0,
          "but not what its creator withholds");
    check(run("pass 12", MODE_USER | MODE_WITHHOLD(RIGHT_RING0)) == 0, "nor do its own children");
    check(run("no ring0", MODE_USER | MODE_WITHHOLD(RIGHT_RING0)) == 0,
          "without RING0 there are no threads and processes in ring 0");
    check(run("no power", MODE_USER | MODE_WITHHOLD(RIGHT_POWER)) == 0,
          "without POWER the machine is not switched off");
    check(run("no kill", MODE_USER | MODE_WITHHOLD(RIGHT_KILL_ANY)) == 0,
          "without KILL_ANY only descendants are killed");
    check_error(run("has 13", MODE_KERNEL | MODE_WITHHOLD(RIGHT_RING0)), ERR_NOT_ALLOWED,
                "ring 0 without RING0 is refused");
    check_error(run("has 13", 2), ERR_INVALID, "there is no ring 1");
    check_error(run("has 13", 0x1000), ERR_INVALID, "there is no right number 4 to withhold");
}

static void check_orders(void)
{
    check_error(process_create(PATH, "", PRIORITY_NORMAL + 1, 0, MODE_USER), ERR_NOT_ALLOWED,
                "no child ranks above its creator");
    check_error(process_create(PATH, "", PRIORITY_LEVELS, 0, MODE_USER), ERR_INVALID,
                "there is no priority 16");
    check_error(process_create(PATH, "", 0, QUANTUM_MAX_MS + 1, MODE_USER), ERR_INVALID,
                "there is no quantum of 1001 ms");
}

static void check_dropped(void)
{
    int thread = thread_start(sleep_short, NULL, STACK_SIZE, MODE_KERNEL);
    check_error(rights_drop(RIGHT_RING0), ERR_BUSY, "RING0 stays while a thread in ring 0 lives");
    check(rights_drop(0) == DECLARED, "and so does all else");
    join(thread);
    check_error(rights_drop(RIGHT_MODULES | 0x100), ERR_INVALID, "an unknown right is told");
    check(rights_drop(RIGHT_MODULES) == DECLARED, "what is not held can be given up");
    check(rights_drop(RIGHT_POWER) == (DECLARED & ~RIGHT_POWER), "a right is given up");
    check_error(power(POWER_OFF), ERR_NOT_ALLOWED, "and missing from then on");
    check(run("has 9", MODE_USER) == 0, "for children too");
    check(run("busy", MODE_KERNEL) == 0, "a process in ring 0 cannot give up RING0");
    check(rights_drop(RIGHT_RING0) == RIGHT_KILL_ANY, "RING0 goes when no thread needs it");
    check_error(join(thread_start(nothing, NULL, STACK_SIZE, MODE_KERNEL)), ERR_NOT_ALLOWED,
                "then there is no thread in ring 0");
    check(run("has 8", MODE_USER) == 0, "and no child that may have one");
}

static bool has_no_ring0(void)
{
    return thread_start(nothing, NULL, STACK_SIZE, MODE_KERNEL) == ERR_NOT_ALLOWED &&
           start(PATH, "has 0", MODE_KERNEL) == ERR_NOT_ALLOWED;
}

/* Its own parent is no descendant; its child is. */
static bool kills_only_children(void)
{
    struct process_result result;
    if (process_kill(process_self()->parent) != ERR_NOT_ALLOWED)
        return false;
    int pid = start(PATH, "has 0", MODE_USER);
    return process_kill(pid) == 0 && process_wait(pid, &result, WAIT_FOREVER) == pid &&
           result.reason == ENDED_KILLED;
}

static bool play(char **arguments)
{
    const char *part = arguments[1], *detail = arguments[2] == NULL ? "" : arguments[2];
    char child[16];
    if (strcmp(part, "has") == 0)
        return rights_drop(0) == atoi(detail);
    if (strcmp(part, "busy") == 0)
        return rights_drop(RIGHT_RING0) == ERR_BUSY;
    if (strcmp(part, "pass") == 0) {
        snprintf(child, sizeof(child), "has %s", detail);
        return run(child, MODE_USER) == 0;
    }
    if (strcmp(detail, "ring0") == 0)
        return has_no_ring0();
    if (strcmp(detail, "power") == 0)
        return power(POWER_OFF) == ERR_NOT_ALLOWED && power(POWER_RESTART) == ERR_NOT_ALLOWED;
    return kills_only_children();
}

int main(int count, char **arguments)
{
    if (count > 1)
        return play(arguments) ? EXIT_SUCCESS : EXIT_FAILURE;
    check_declared();
    check_withheld();
    check_orders();
    check_dropped();
    return check_result();
}
