/*
 * Overflows a stack: of its first thread or of another one, in ring 3 or in ring 0. The page below
 * a stack is never mapped, so the process ends with a report, and the machine goes on.
 */
#include <megha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

PROGRAM_RIGHTS(RIGHT_RING0);

#define PATH       "/apps/overflow"
#define STACK_SIZE 0x8000

/* Each call's frame stays in use until the inner one has returned, which it never does: `endless`
 * is not 0, which the compiler cannot know. */
__attribute__((noinline)) static int overflow(const volatile int *endless)
{
    volatile int frame[64];
    frame[0] = *endless;
    if (frame[0] == 0)
        return 0;
    return overflow(frame) + frame[0];
}

static int overflow_here(void *unused)
{
    volatile int endless = 1;
    (void)unused;
    printf("Overflowing a stack in ring %u, from 0x%08lX down.\n", ring_now(),
           (unsigned long)__builtin_frame_address(0));
    return overflow(&endless);
}

/* The first thread of a process begins in the ring that process_create was told. */
static int overflow_child(void)
{
    struct process_result result;
    int pid = process_create(PATH, "0", PRIORITY_NORMAL, QUANTUM_DEFAULT_MS, MODE_KERNEL);
    int error = pid < 0 ? pid : process_wait(pid, &result, WAIT_FOREVER);
    if (error >= 0)
        return result.reason == ENDED_FAULT ? EXIT_SUCCESS : EXIT_FAILURE;
    printf("overflow: a process in ring 0 cannot be run: %s.\n", error_text(error));
    return EXIT_FAILURE;
}

static int overflow_thread(uint32_t mode)
{
    int32_t status;
    int thread = thread_start(overflow_here, NULL, STACK_SIZE, mode);
    int error = thread < 0 ? thread : thread_join(thread, &status, WAIT_FOREVER);
    printf("overflow: a thread cannot be run: %s.\n", error_text(error));
    return EXIT_FAILURE;
}

static int print_usage(void)
{
    puts("usage: overflow [thread] [RING], where RING is 3 or 0: overflows the stack of the first "
         "thread, or of another one.");
    return EXIT_FAILURE;
}

int main(int count, char **arguments)
{
    int thread = count > 1 && strcmp(arguments[1], "thread") == 0;
    const char *ring = count > 1 + thread ? arguments[1 + thread] : "";

    if (count > 2 + thread || (*ring != '\0' && strcmp(ring, "0") != 0 && strcmp(ring, "3") != 0))
        return print_usage();
    if (thread)
        return overflow_thread(*ring == '0' ? MODE_KERNEL : MODE_USER);
    if (*ring == '0' && ring_now() != 0)
        return overflow_child();
    return overflow_here(NULL);
}
