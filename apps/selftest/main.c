/*
 * Do rings, switches and stacks work? Ring-0 threads run beside ring-3 threads of other processes,
 * all of them yielding and being interrupted; then ring-0 stacks overflow, and the machine goes on.
 *
 * The argument is the part that a process plays:
 *   (none)         starts the others and judges
 *   beside         a ring-3 thread that yields and spins
 *   mixed          started in ring 0: its first thread, and a ring-3 thread, yield and spin
 *   overflow       started in ring 0: overflows the stack of its first thread
 *   overflow-thread  started in ring 3: overflows the stack of a ring-0 thread
 */
#include <megha.h>
#include <megha/check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exercise.h"

PROGRAM_RIGHTS(RIGHT_RING0);

#define PATH        "/apps/selftest"
#define STACK_SIZE  0x4000
#define PATIENCE_MS 60000
#define SETTLE_MS   1000
#define SLEEP_MS    20

static struct exercise first = {.data = {0}};
static struct exercise second = {.data = {0}};

/* Runs one exercise in a thread of its own, while the caller does another, if `mine` is not NULL.
 */
static int run_beside_thread(struct exercise *other, uint32_t mode, struct exercise *mine)
{
    int32_t status = EXERCISE_THREAD;
    other->ring = mode == MODE_KERNEL ? 0 : 3;
    int thread = thread_start(exercise_run, other, STACK_SIZE, mode);
    if (thread < 0)
        return EXERCISE_THREAD;
    int result = mine == NULL ? EXERCISE_FINE : exercise_run(mine);
    if (thread_join(thread, &status, PATIENCE_MS) < 0)
        return EXERCISE_THREAD;
    return result == EXERCISE_FINE ? status : result;
}

static int play_mixed(void)
{
    first.ring = 0;
    return run_beside_thread(&second, MODE_USER, &first);
}

/* `zero` is 0, which only the caller knows: without end, and every frame stays in use. */
__attribute__((noinline)) static int overflow(const volatile int *zero)
{
    volatile int frame[64];
    frame[0] = *zero;
    if (frame[0] != 0)
        return 0;
    return overflow(frame) + frame[0];
}

static int overflow_thread(void *unused)
{
    volatile int zero = 0;
    (void)unused;
    return overflow(&zero);
}

static int play_overflow_thread(void)
{
    int32_t status;
    int thread = thread_start(overflow_thread, NULL, STACK_SIZE, MODE_KERNEL);
    if (thread >= 0)
        thread_join(thread, &status, PATIENCE_MS);
    return EXIT_SUCCESS;
}

static int start_part(const char *part, uint32_t mode)
{
    int pid = process_create(PATH, part, PRIORITY_NORMAL, QUANTUM_DEFAULT_MS, mode);
    if (pid < 0)
        printf("selftest: the part %s cannot be started: %s.\n", part, error_text(pid));
    return pid;
}

/* Waits for a part; says what its exercise found. Returns whether it was fine. */
static bool wait_part(const char *part, int pid)
{
    struct process_result result;
    if (pid < 0 || process_wait(pid, &result, PATIENCE_MS) != pid)
        return false;
    if (result.reason == ENDED_EXIT && result.status == EXERCISE_FINE)
        return true;
    printf("selftest: the part %s failed: %s.\n", part,
           exercise_text(result.reason == ENDED_EXIT ? result.status : -1));
    return false;
}

static void check_rings(void)
{
    int beside = start_part("beside", MODE_USER);
    int result = run_beside_thread(&first, MODE_KERNEL, NULL);
    if (result != EXERCISE_FINE)
        printf("selftest: the ring-0 thread failed: %s.\n", exercise_text(result));
    check(result == EXERCISE_FINE, "a ring-0 thread keeps ring, registers, stack, data and CR3");
    check(wait_part("beside", beside), "so does a ring-3 thread of another process beside it");

    beside = start_part("beside", MODE_USER);
    int mixed = start_part("mixed", MODE_KERNEL);
    check(wait_part("mixed", mixed), "a ring-0 process runs with a ring-3 thread of its own");
    check(wait_part("beside", beside), "and a ring-3 process beside both");
}

static void check_overflow(const char *part, uint32_t mode, const char *sentence)
{
    struct process_result result = {.reason = 0};
    int pid = start_part(part, mode);
    int waited = pid < 0 ? pid : process_wait(pid, &result, PATIENCE_MS);
    check(waited == pid && pid > 0 && result.reason == ENDED_FAULT, sentence);
}

static void check_timer(const char *sentence)
{
    uint64_t start = 0, end = 0;
    clock_now(&start);
    thread_sleep(SLEEP_MS);
    clock_now(&end);
    check(end - start >= SLEEP_MS * 1000, sentence);
}

static bool same_memory(const struct memory_info *a, const struct memory_info *b)
{
    return a->free == b->free && a->user == b->user && a->tables == b->tables &&
           a->stacks == b->stacks && a->processes == b->processes && a->threads == b->threads;
}

/* What ended may be cleared away a little later. */
static void check_memory(const struct memory_info *before)
{
    struct memory_info after;
    int waited = 0;
    memory_info(&after);
    while (!same_memory(before, &after) && waited < SETTLE_MS) {
        thread_sleep(SLEEP_MS);
        waited += SLEEP_MS;
        memory_info(&after);
    }
    if (!check(same_memory(before, &after), "no page, process or thread is left over"))
        printf("selftest: free pages %lu before, %lu after; processes %lu, %lu; threads %lu, %lu\n",
               (unsigned long)before->free, (unsigned long)after.free,
               (unsigned long)before->processes, (unsigned long)after.processes,
               (unsigned long)before->threads, (unsigned long)after.threads);
}

/* The first round lets the kernel's own tables and heap grow; the second must not change memory. */
static int judge(void)
{
    struct memory_info before = {.total = 0};
    for (int round = 0; round < 2; round++) {
        check_rings();
        check_overflow("overflow", MODE_KERNEL, "a ring-0 process that overflows its stack ends");
        check_overflow("overflow-thread", MODE_USER, "so does one whose ring-0 thread does it");
        check_timer("the timer goes on");
        thread_sleep(SETTLE_MS / 10);
        if (round == 0) {
            memory_info(&before);
            puts("Once more: afterwards nothing may be left over.");
        }
    }
    check_memory(&before);
    return check_result();
}

int main(int count, char **arguments)
{
    const char *part = count > 1 ? arguments[1] : "";
    volatile int zero = 0;

    first.ring = 3;
    if (strcmp(part, "beside") == 0)
        return exercise_run(&first);
    if (strcmp(part, "mixed") == 0)
        return play_mixed();
    if (strcmp(part, "overflow") == 0)
        return overflow(&zero);
    if (strcmp(part, "overflow-thread") == 0)
        return play_overflow_thread();
    return judge();
}
