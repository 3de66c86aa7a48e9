/*
 * Threads of both rings in one process: each has a stack of its own and adds up a part of the
 * numbers in memory that all of them share; the first thread joins them and adds up the parts.
 */
#include <megha.h>
#include <stdio.h>
#include <stdlib.h>

PROGRAM_RIGHTS(RIGHT_RING0);

#define THREADS    4
#define PART       250
#define STACK_SIZE 0x4000

static int numbers[THREADS * PART];

static int add_part(void *argument)
{
    const int *part = argument;
    int sum = 0;
    for (int i = 0; i < PART; i++)
        sum += part[i];
    printf("  ring %u, stack at 0x%08lX: %d to %d add up to %d\n", ring_now(),
           (unsigned long)__builtin_frame_address(0), part[0], part[PART - 1], sum);
    return sum;
}

/* A thread of the ring asked for, or, where the right to ring 0 is missing, of ring 3. */
static int start(int *part, uint32_t mode)
{
    int thread = thread_start(add_part, part, STACK_SIZE, mode);
    if (thread != ERR_NOT_ALLOWED)
        return thread;
    puts("  (Ring 0 is not allowed to this program; this thread runs in ring 3.)");
    return thread_start(add_part, part, STACK_SIZE, MODE_USER);
}

int main(void)
{
    int threads[THREADS];
    int sum = 0;

    for (int i = 0; i < THREADS * PART; i++)
        numbers[i] = i + 1;
    printf("The first thread: ring %u, stack at 0x%08lX. It starts %d more:\n", ring_now(),
           (unsigned long)__builtin_frame_address(0), THREADS);
    for (int i = 0; i < THREADS; i++)
        threads[i] = start(&numbers[i * PART], i % 2 == 0 ? MODE_USER : MODE_KERNEL);
    for (int i = 0; i < THREADS; i++) {
        int32_t part = 0;
        int error = threads[i] < 0 ? threads[i] : thread_join(threads[i], &part, WAIT_FOREVER);
        if (error < 0) {
            printf("A thread could not be run: %s.\n", error_text(error));
            return EXIT_FAILURE;
        }
        sum += part;
    }
    printf("All have been joined; 1 to %d add up to %d.\n", THREADS * PART, sum);
    return EXIT_SUCCESS;
}
