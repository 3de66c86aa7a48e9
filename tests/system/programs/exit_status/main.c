/* How a process ends, and what its parent reads. */
#include <megha.h>
#include <megha/check.h>
#include <stdlib.h>
#include <string.h>

PROGRAM_RIGHTS(RIGHT_RING0);

#define PATH       "/apps/exit_status"
#define STACK_SIZE 0x2000

static int end_late(void *unused)
{
    (void)unused;
    thread_sleep(30);
    return 42;
}

static int spin(void *unused)
{
    (void)unused;
    while (thread_yield() == 0)
        continue;
    return 1;
}

static int play(const char *part)
{
    if (strcmp(part, "exit") == 0)
        exit(7);
    if (strcmp(part, "negative") == 0)
        return -5;
    if (strcmp(part, "large") == 0)
        return 0x7FFFFFFF;
    if (strcmp(part, "with_threads") == 0) {
        thread_start(spin, NULL, STACK_SIZE, MODE_USER);
        thread_start(spin, NULL, STACK_SIZE, MODE_KERNEL);
        thread_sleep(20);
        return 9;
    }
    if (strcmp(part, "thread_exit") == 0)
        thread_exit(11);
    if (strcmp(part, "last_thread") == 0) {
        thread_start(end_late, NULL, STACK_SIZE, MODE_USER);
        thread_exit(12);
    }
    return 99;
}

static void expect(const char *part, uint32_t mode, int status, const char *sentence)
{
    struct process_result result = {.status = -1};
    int pid = process_create(PATH, part, PRIORITY_NORMAL, QUANTUM_DEFAULT_MS, mode);
    int waited = process_wait(pid, &result, WAIT_FOREVER);
    check(pid > 0 && waited == pid && result.pid == pid && result.reason == ENDED_EXIT &&
              result.status == status,
          sentence);
}

int main(int count, char **arguments)
{
    if (count > 1)
        return play(arguments[1]);
    expect("exit", MODE_USER, 7, "the argument of exit is the status");
    expect("negative", MODE_USER, -5, "the result of main is the status, also a negative one");
    expect("large", MODE_KERNEL, 0x7FFFFFFF, "in ring 0 as well, and all 32 bits of it");
    expect("with_threads", MODE_USER, 9, "exit ends the other threads");
    expect("with_threads", MODE_KERNEL, 9, "exit ends the other threads of a ring-0 process");
    expect("thread_exit", MODE_USER, 11, "a last thread's status is the process's");
    expect("last_thread", MODE_USER, 42, "the first thread may end before another");
    struct process_result result;
    check_error(process_wait(ANY_CHILD, &result, 0), ERR_NO_CHILD, "no child is left");
    return check_result();
}
