/* A program that never gives up the processor does not stop the others, whatever its ring. */
#include <megha.h>
#include <megha/check.h>
#include <string.h>

PROGRAM_RIGHTS(RIGHT_RING0);

#define PATH        "/apps/preempt"
#define WORK        500000u /* turns, less than a second on the slowest machine */
#define PATIENCE_US 30000000u

static volatile uint32_t turns;

static _Noreturn void spin(void)
{
    for (;;)
        turns++;
}

static int spin_thread(void *unused)
{
    (void)unused;
    spin();
}

static bool sleeps_on_time(void)
{
    uint64_t start = 0, end = 0;
    clock_now(&start);
    for (int i = 0; i < 5; i++)
        thread_sleep(10);
    clock_now(&end);
    return end - start >= 50000;
}

/* Starts a spinning child, works beside it, and kills it. */
static void check_beside(const char *part, uint32_t mode, const char *works, const char *dies)
{
    struct process_result result = {.reason = 0};
    int child = process_create(PATH, part, PRIORITY_NORMAL, QUANTUM_DEFAULT_MS, mode);
    check(child > 0 && sleeps_on_time(), works);
    process_kill(child);
    check(process_wait(child, &result, WAIT_FOREVER) == child && result.reason == ENDED_KILLED,
          dies);
}

/* Nobody sleeps or yields here: only the end of a quantum lets the other run. */
static void check_quantum(uint32_t mode, const char *sentence)
{
    struct process_result result = {.status = -1};
    uint64_t start = 0, now = 0;
    int ended = ERR_TIMED_OUT;
    int child = process_create(PATH, "work", PRIORITY_NORMAL, QUANTUM_DEFAULT_MS, mode);
    clock_now(&start);
    for (now = start; ended == ERR_TIMED_OUT && now - start < PATIENCE_US; clock_now(&now))
        ended = process_wait(child, &result, 0);
    check(ended == child && result.status == 0, sentence);
    if (ended == ERR_TIMED_OUT)
        process_kill(child);
}

/* A thread of this very process spins; the kernel has to take the processor from it. */
static void check_thread(uint32_t mode, const char *sentence)
{
    uint32_t before = turns;
    int thread = thread_start(spin_thread, NULL, 0x2000, mode);
    check(thread > 0 && sleeps_on_time() && turns != before, sentence);
}

static int play(const char *part)
{
    if (strcmp(part, "work") == 0) {
        while (turns < WORK)
            turns++;
        return 0;
    }
    if (strcmp(part, "thread") == 0) {
        int32_t status;
        int thread = thread_start(spin_thread, NULL, 0x2000, MODE_KERNEL);
        thread_join(thread, &status, WAIT_FOREVER);
    }
    spin();
}

int main(int count, char **arguments)
{
    if (count > 1)
        return play(arguments[1]);
    check_beside("spin", MODE_USER, "a ring-3 process spins, this one works",
                 "and is killed while it spins");
    check_beside("spin", MODE_KERNEL, "a ring-0 process spins, this one works",
                 "and is killed as well");
    check_beside("thread", MODE_USER, "a ring-0 thread of a ring-3 process spins, this one works",
                 "and is killed with its process");
    check_quantum(MODE_USER, "a ring-3 process works while this one asks without a pause");
    check_quantum(MODE_KERNEL, "a ring-0 process works while this one asks without a pause");
    check_thread(MODE_USER, "a ring-3 thread of this process spins, this one works");
    check_thread(MODE_KERNEL, "a ring-0 thread beside it spins, this one works");
    return check_result();
}
