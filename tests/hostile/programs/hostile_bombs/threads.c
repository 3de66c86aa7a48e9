/* Threads without end: bombs, threads that nobody joins, stacks to their last byte, circles. */
#include <stdio.h>

#include "bombs.h"

#define SMALL_STACK  STACK_SIZE_MIN
#define CROWD        12
#define CROWD_MS     100
#define DEEP_THREADS 6
#define STEP         256 /* bytes of stack that one call takes at least */

static int sleep_for_ever(void *unused)
{
    (void)unused;
    return thread_sleep(WAIT_FOREVER - 1);
}

static int end_at_once(void *unused)
{
    (void)unused;
    return 0;
}

/* Starts threads until the kernel refuses one; the error, as a positive number. */
static int until_refused(int (*function)(void *))
{
    int result;

    do {
        result = thread_start(function, NULL, SMALL_STACK, MODE_USER);
        if (function == end_at_once)
            thread_yield();
    } while (result > 0);
    return -result;
}

/* ---- One process with all the threads that it may have */

static int play_threads(uint32_t ends)
{
    return until_refused(ends ? end_at_once : sleep_for_ever);
}

static bool is_full(int error)
{
    return error == -ERR_LIMIT || error == -ERR_NO_MEMORY;
}

static bool judge_sleepers(void)
{
    return is_full(run_role("threads", 0));
}

static bool judge_unjoined(void)
{
    return is_full(run_role("threads", 1));
}

/* ---- Many processes with that many */

static int play_crowd(uint32_t unused)
{
    int error = until_refused(sleep_for_ever);

    (void)unused;
    thread_sleep(CROWD_MS);
    return error;
}

static bool judge_crowd(void)
{
    int pids[CROWD];
    struct process_result result;
    bool right = true;

    for (int i = 0; i < CROWD; i++)
        pids[i] = start_role("crowd", 0);
    for (int i = 0; i < CROWD; i++)
        right = (pids[i] < 0 || wait_role(pids[i], &result)) && right;
    return right;
}

/* ---- Each thread starts more of its kind */

static int multiply(void *end_ms)
{
    while (clock_ms() < (uint32_t)end_ms) {
        int thread = thread_start(multiply, end_ms, SMALL_STACK, MODE_USER);
        int32_t status;

        if (thread < 0)
            thread_yield();
        else if (thread % 3 == 0)
            thread_join(thread, &status, 1);
    }
    return 0;
}

static int play_multiply(uint32_t end_ms)
{
    return multiply((void *)end_ms);
}

static bool judge_multiply(void)
{
    return run_role("multiply", clock_ms() + BOMB_MS) == 0;
}

/* ---- Stacks */

/* `zero` is 0, which only the caller knows. */
__attribute__((noinline)) static int dig(uint32_t depth, const volatile int *zero)
{
    volatile char frame[STEP];

    frame[0] = (char)*zero;
    return depth == 0 ? frame[0] : dig(depth - 1, zero) + frame[0];
}

static int dig_deep(void *depth)
{
    volatile int zero = 0;

    return dig((uint32_t)depth, &zero);
}

/* Uses most of each stack, as far as there is memory, then one to its end and beyond. */
static int play_deep(uint32_t unused)
{
    uint32_t depth = STACK_SIZE_MAX / (STEP + 64) - 16;
    int threads[DEEP_THREADS];
    int32_t status;

    (void)unused;
    for (int i = 0; i < DEEP_THREADS; i++)
        threads[i] = thread_start(dig_deep, (void *)depth, STACK_SIZE_MAX, MODE_USER);
    for (int i = 0; i < DEEP_THREADS; i++)
        thread_join(threads[i], &status, BOMB_PATIENCE_MS);
    return dig_deep((void *)0x7FFFFFFF);
}

static bool judge_deep(void)
{
    struct process_result result;

    return wait_role(start_role("deep", 0), &result) && result.reason == ENDED_FAULT;
}

/* ---- Circles: each waits for the other */

static int circle[2];

static int join_other(void *mine)
{
    int32_t status;

    while (circle[1] == 0)
        thread_yield();
    return thread_join(circle[(int)mine ^ 1], &status, WAIT_FOREVER);
}

static int play_circle(uint32_t unused)
{
    int32_t status;

    (void)unused;
    circle[0] = thread_start(join_other, (void *)0, SMALL_STACK, MODE_USER);
    circle[1] = thread_start(join_other, (void *)1, SMALL_STACK, MODE_USER);
    return thread_join(circle[0], &status, WAIT_FOREVER);
}

static bool judge_circle(void)
{
    struct process_result result;
    int pid = start_role("circle", 0);

    thread_sleep(20);
    process_kill(pid);
    return wait_role(pid, &result) &&
           (result.reason == ENDED_KILLED || result.reason == ENDED_EXIT);
}

const struct role thread_roles[] = {{"threads", play_threads},   {"crowd", play_crowd},
                                    {"multiply", play_multiply}, {"deep", play_deep},
                                    {"circle", play_circle},     {NULL, NULL}};

const struct part thread_parts[] = {{"all the threads of a process", judge_sleepers},
                                    {"threads that nobody joins", judge_unjoined},
                                    {"many processes with many threads", judge_crowd},
                                    {"threads that multiply", judge_multiply},
                                    {"stacks to their end", judge_deep},
                                    {"threads that wait in a circle", judge_circle},
                                    {NULL, NULL}};
