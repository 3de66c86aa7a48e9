/* Threads of one process, in both rings: they start, share memory, end and are joined. */
#include <megha.h>
#include <megha/check.h>
#include <megha/lock.h>
#include <stddef.h>

PROGRAM_RIGHTS(RIGHT_RING0);

#define STACK_SIZE  0x4000
#define MANY        8
#define ADDITIONS   2000
#define CYCLES      200
#define LARGE_STACK 0x10000
#define LARGE_FRAME (LARGE_STACK - 0x1000)

struct work {
    unsigned int ring;
    int number;
};

static struct lock lock;
static volatile int sum;

static int tell_ring(void *unused)
{
    (void)unused;
    return (int)ring_now() + 100;
}

static int square(void *argument)
{
    const struct work *work = argument;
    return ring_now() == work->ring ? work->number * work->number : -1;
}

static int add(void *unused)
{
    (void)unused;
    for (int i = 0; i < ADDITIONS; i++) {
        lock_take(&lock);
        int before = sum;
        if (i % 16 == 0)
            thread_yield();
        sum = before + 1;
        lock_release(&lock);
    }
    return 0;
}

static int use_large_stack(void *unused)
{
    volatile char frame[LARGE_FRAME];
    (void)unused;
    for (size_t i = 0; i < sizeof(frame); i += 512)
        frame[i] = (char)i;
    return frame[512] + 1;
}

static int sleep_long(void *milliseconds)
{
    thread_sleep(*(const uint32_t *)milliseconds);
    return 5;
}

static int join_self(void *id)
{
    volatile int *own = id;
    int32_t status;
    while (*own == 0)
        thread_yield();
    return thread_join(*own, &status, WAIT_FOREVER);
}

static int start_and_join(int (*function)(void *), void *argument, uint32_t size, uint32_t mode)
{
    int32_t status = -1000;
    int thread = thread_start(function, argument, size, mode);
    if (thread < 0)
        return thread;
    int error = thread_join(thread, &status, WAIT_FOREVER);
    return error < 0 ? error : status;
}

static void check_many(void)
{
    struct work work[MANY];
    int threads[MANY];
    bool right = true;
    for (int i = 0; i < MANY; i++) {
        work[i] = (struct work){.ring = i % 2 == 0 ? 3 : 0, .number = i};
        threads[i] =
            thread_start(square, &work[i], STACK_SIZE, i % 2 == 0 ? MODE_USER : MODE_KERNEL);
    }
    for (int i = 0; i < MANY; i++) {
        int32_t status = -1;
        right = thread_join(threads[i], &status, WAIT_FOREVER) >= 0 && status == i * i && right;
    }
    check(right, "eight threads of both rings give their results");
}

static void check_sharing(void)
{
    int32_t status;
    int one = thread_start(add, NULL, STACK_SIZE, MODE_USER);
    int two = thread_start(add, NULL, STACK_SIZE, MODE_KERNEL);
    add(NULL);
    thread_join(one, &status, WAIT_FOREVER);
    thread_join(two, &status, WAIT_FOREVER);
    check(sum == 3 * ADDITIONS, "three threads share a number behind a lock");
}

static void check_errors(void)
{
    static const uint32_t long_time = 60, no_time = 0;
    static volatile int own;
    int32_t status = 0;
    int thread = thread_start(sleep_long, (void *)(uintptr_t)&long_time, STACK_SIZE, MODE_USER);
    check_error(thread_join(thread, &status, 0), ERR_TIMED_OUT, "a join can give up at once");
    check_error(thread_join(thread, &status, 5), ERR_TIMED_OUT, "a join can give up later");
    check(thread_join(thread, &status, WAIT_FOREVER) >= 0 && status == 5, "and be repeated");
    check_error(thread_join(thread, &status, 0), ERR_NOT_FOUND, "a joined thread is gone");

    thread = thread_start(sleep_long, (void *)(uintptr_t)&no_time, STACK_SIZE, MODE_USER);
    thread_sleep(20);
    check(thread_join(thread, &status, 0) >= 0 && status == 5, "a thread that ended can be joined");

    thread = thread_start(join_self, (void *)(uintptr_t)&own, STACK_SIZE, MODE_USER);
    own = thread;
    status = 0;
    thread_join(thread, &status, WAIT_FOREVER);
    check_error(status, ERR_DEADLOCK, "a thread that joins itself is told");
}

static void check_cycles(void)
{
    struct memory_info before, after;
    int right = 0;
    start_and_join(tell_ring, NULL, STACK_SIZE, MODE_KERNEL);
    memory_info(&before);
    for (int i = 0; i < CYCLES; i++) {
        uint32_t mode = i % 2 == 0 ? MODE_USER : MODE_KERNEL;
        right += start_and_join(tell_ring, NULL, STACK_SIZE, mode) == (i % 2 == 0 ? 103 : 100);
    }
    thread_sleep(20);
    memory_info(&after);
    check(right == CYCLES, "200 threads run one after another");
    check(after.free == before.free && after.threads == before.threads, "and leave nothing behind");
}

int main(void)
{
    check(start_and_join(tell_ring, NULL, STACK_SIZE, MODE_USER) == 103, "a thread runs in ring 3");
    check(start_and_join(tell_ring, NULL, STACK_SIZE, MODE_KERNEL) == 100,
          "a thread runs in ring 0");
    check_many();
    check_sharing();
    check(start_and_join(use_large_stack, NULL, LARGE_STACK, MODE_USER) == 1,
          "60 KiB of a 64 KiB stack are used");
    check(start_and_join(use_large_stack, NULL, LARGE_STACK, MODE_KERNEL) == 1, "in ring 0 too");
    check_errors();
    check_cycles();
    return check_result();
}
