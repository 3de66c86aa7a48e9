/*
 * Is the machine as it was? Checks clock and timer, creation of processes and threads in both
 * rings, memory and fresh x87 registers, and prints the counters of memory_info, which the tests
 * compare with those before.
 */
#include <megha.h>
#include <megha/check.h>
#include <stdio.h>
#include <string.h>

PROGRAM_RIGHTS(RIGHT_RING0);

#define PATH        "/apps/canary"
#define SLEEP_MS    20
#define PATIENCE_MS 10000
#define PAGES       64
#define X87_CONTROL 0x037F
#define SETTLE_MS   3000

static int alive = 1;

static bool timer_works(void)
{
    uint64_t start = 0, end = 0;

    clock_now(&start);
    thread_sleep(SLEEP_MS);
    clock_now(&end);
    return end - start >= SLEEP_MS * 1000;
}

static bool process_works(uint32_t mode)
{
    struct process_result result = {.reason = 0};
    int pid = process_create(PATH, "child", PRIORITY_NORMAL, QUANTUM_DEFAULT_MS, mode);

    return pid > 0 && process_wait(pid, &result, PATIENCE_MS) == pid &&
           result.reason == ENDED_EXIT && result.status == (mode == MODE_USER ? 3 : 0);
}

static int thread_main(void *ring)
{
    return (int)ring_now() == (int)ring ? 7 : 8;
}

static bool thread_works(uint32_t mode)
{
    int32_t status = 0;
    int thread = thread_start(thread_main, (void *)(mode == MODE_USER ? 3 : 0), 0x2000, mode);

    return thread > 0 && thread_join(thread, &status, PATIENCE_MS) == 0 && status == 7;
}

static bool memory_works(void)
{
    uint32_t size = PAGES * PAGE_SIZE;
    uint32_t address = memory_map(size, ACCESS_READ | ACCESS_WRITE);
    uint32_t sum = 0;

    if (address_is_error(address))
        return false;
    for (uint32_t at = 0; at < size; at += 4)
        sum |= *(uint32_t *)(address + at);
    memset((void *)address, 0x5A, size);
    return sum == 0 && memory_unmap(address, size) == 0;
}

static bool x87_works(void)
{
    uint16_t control = 0, status = 1;

    __asm__ volatile("fnstcw %0\n fnstsw %1" : "=m"(control), "=m"(status));
    return control == X87_CONTROL && status == 0;
}

static bool is_quiet(const struct memory_info *a, const struct memory_info *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

/* What ended may be cleared away a little later. */
static void print_counters(void)
{
    struct memory_info before, now;

    memory_info(&now);
    for (int waited = 0; waited < SETTLE_MS; waited += SLEEP_MS) {
        before = now;
        thread_sleep(SLEEP_MS);
        memory_info(&now);
        if (is_quiet(&before, &now))
            break;
    }
    printf("canary: free %u kernel %u files %u stacks %u tables %u user %u heap %u processes %u "
           "threads %u\n",
           (unsigned int)now.free, (unsigned int)now.kernel, (unsigned int)now.files,
           (unsigned int)now.stacks, (unsigned int)now.tables, (unsigned int)now.user,
           (unsigned int)now.heap_bytes, (unsigned int)now.processes, (unsigned int)now.threads);
}

int main(int count, char **arguments)
{
    (void)arguments;
    if (count > 1)
        return alive ? (int)ring_now() : -1;
    check(x87_works(), "x87 registers are fresh");
    check(timer_works(), "the timer goes on");
    check(process_works(MODE_USER), "a process in ring 3 runs");
    check(process_works(MODE_KERNEL), "a process in ring 0 runs");
    check(thread_works(MODE_USER), "a thread in ring 3 runs");
    check(thread_works(MODE_KERNEL), "a thread in ring 0 runs");
    check(memory_works(), "memory comes zeroed and goes back");
    print_counters();
    return check_result();
}
