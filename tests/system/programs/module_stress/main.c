/* Ten thousand calls into a linked module by a hundred processes, and as many processes that are
 * killed in the middle of theirs: no call, handle or page is left behind. */
#include <megha.h>
#include <megha/check.h>
#include <string.h>

PROGRAM_RIGHTS(RIGHT_MODULES);

#define PATH        "/apps/module_stress"
#define NAME        "stress"
#define FILE_PATH   "/modules/broken"
#define CALLERS     8 /* at a time */
#define ROUNDS      25
#define CALLS_EACH  100
#define ENDLESS     1000000000
#define PATIENCE_MS 20000

/* What a child does: calls until it has done its share or is killed. */
static int call_often(uint32_t calls)
{
    int handle = module_open(NAME);
    int function = handle < 0 ? handle : module_find((uint32_t)handle, "broken_add");

    for (uint32_t i = 0; i < calls && function >= 0; i++) {
        if (module_call((uint32_t)handle, (uint32_t)function, i % 10, 0, 0) != (int)(i % 10))
            return 1;
        if (i % 16 == 0)
            thread_yield();
    }
    return function < 0;
}

static int32_t start(const char *what)
{
    return process_create(PATH, what, PRIORITY_LOWEST + 1, 0, MODE_USER);
}

static bool ends(int32_t pid, uint32_t reason)
{
    struct process_result result;

    return process_wait(pid, &result, PATIENCE_MS) == pid && result.reason == reason &&
           (reason != ENDED_EXIT || result.status == 0);
}

/* Every other child never ends by itself. */
static bool run_round(void)
{
    int32_t pids[CALLERS];
    bool right = true;

    for (unsigned i = 0; i < CALLERS; i++)
        pids[i] = start(i % 2 ? "endless" : "share");
    for (unsigned i = 0; i < CALLERS; i += 2)
        right = ends(pids[i], ENDED_EXIT) && right;
    for (unsigned i = 1; i < CALLERS; i += 2)
        right = process_kill(pids[i]) == 0 && ends(pids[i], ENDED_KILLED) && right;
    return right;
}

int main(int argc, char **argv)
{
    struct memory_info before, after;
    bool right = true;

    if (argc > 1)
        return call_often(strcmp(argv[1], "share") == 0 ? CALLS_EACH : ENDLESS);
    memory_info(&before);
    check_error(module_load(NAME, FILE_PATH), 0, "a module is loaded");
    for (unsigned round = 0; round < ROUNDS && right; round++)
        right = run_round();
    check(right, "a hundred processes call it a hundred times, a hundred more are killed");
    check_error(module_unload(NAME), 0, "nobody uses it any more");
    memory_info(&after);
    check(before.free == after.free && before.heap_bytes == after.heap_bytes &&
              before.stacks == after.stacks && before.tables == after.tables &&
              before.modules == after.modules && before.processes == after.processes &&
              before.threads == after.threads,
          "memory, processes and threads are as before");
    return check_result();
}
