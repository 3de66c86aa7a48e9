#include "joins.h"

#include <megha.h>
#include <megha/check.h>
#include <stddef.h>

#define STACK_SIZE 0x2000

static volatile int target;

static int sleep_short(void *unused)
{
    (void)unused;
    thread_sleep(60);
    return 9;
}

static int join_target(void *unused)
{
    int32_t status = 0;
    (void)unused;
    int error = thread_join(target, &status, WAIT_FOREVER);
    return error < 0 ? error : status;
}

static int join_self(void *unused)
{
    int32_t status;
    (void)unused;
    while (target == 0)
        thread_yield();
    return thread_join(target, &status, WAIT_FOREVER);
}

static int stranger(void)
{
    struct thread_status thread;
    return thread_next(1, 0, &thread); /* init's first */
}

static int join(int thread)
{
    int32_t status = 0;
    int error = thread_join(thread, &status, WAIT_FOREVER);
    return error < 0 ? error : status;
}

void joins_check(void)
{
    int32_t status;

    target = thread_start(sleep_short, NULL, STACK_SIZE, MODE_USER);
    int other = thread_start(join_target, NULL, STACK_SIZE, MODE_KERNEL);
    thread_sleep(10);
    check_error(thread_join(target, &status, WAIT_FOREVER), ERR_BUSY,
                "a second join of a thread that is waited for is told");
    check(join(other) == 9, "the first one gets the status");
    check_error(join(target), ERR_NOT_FOUND, "a joined thread cannot be joined again");

    target = 0;
    other = thread_start(join_self, NULL, STACK_SIZE, MODE_USER);
    target = other;
    check_error(join(other), ERR_DEADLOCK, "a thread that joins itself is told");

    check(stranger() > 0, "init has a thread");
    check_error(join(stranger()), ERR_NOT_FOUND, "a stranger's thread cannot be joined");
    check_error(join(0), ERR_NOT_FOUND, "there is no thread 0");
    check_error(join(-1), ERR_NOT_FOUND, "there is no thread -1");
    check_error(join(0x7FFFFFFF), ERR_NOT_FOUND, "there is no thread 2147483647");
}
