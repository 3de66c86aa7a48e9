/* Two processes of one priority that yield take turns, in any pair of rings. */
#include <megha.h>
#include <megha/check.h>

PROGRAM_RIGHTS(RIGHT_RING0);

#define PATH   "/apps/yields"
#define YIELDS 500

/* Counts how often this process comes to run while the child yields YIELDS times. */
static int count_turns(uint32_t mode)
{
    struct process_result result;
    int turns = 0;
    int child = process_create(PATH, "yield", PRIORITY_NORMAL, QUANTUM_MAX_MS, mode);
    if (child < 0)
        return child;
    while (process_wait(child, &result, 0) == ERR_TIMED_OUT) {
        thread_yield();
        turns++;
    }
    return result.reason == ENDED_EXIT && result.status == 0 ? turns : 0;
}

static int thread_turns;

static int count_from_ring0(void *unused)
{
    (void)unused;
    thread_turns = ring_now() == 0 ? count_turns(MODE_KERNEL) : 0;
    return 0;
}

static int yield_often(void)
{
    for (int i = 0; i < YIELDS; i++)
        thread_yield();
    return 0;
}

/* An interrupt may now and then give one of them a turn more. A yield that does nothing would give
 * either of them thousands at a time. */
static bool is_fair(int turns)
{
    return turns >= YIELDS / 2 && turns <= YIELDS * 2;
}

int main(int count, char **arguments)
{
    int32_t status;
    (void)arguments;
    if (count > 1)
        return yield_often();
    check(is_fair(count_turns(MODE_USER)), "ring 3 and ring 3 take turns");
    check(is_fair(count_turns(MODE_KERNEL)), "ring 3 and ring 0 take turns");
    int thread = thread_start(count_from_ring0, NULL, 0x4000, MODE_KERNEL);
    thread_join(thread, &status, WAIT_FOREVER);
    check(is_fair(thread_turns), "ring 0 and ring 0 take turns");
    return check_result();
}
