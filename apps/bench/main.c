/*
 * What the kernel's services cost: each row is measured many times by the time stamp counter, in a
 * new thread of the row's ring, and printed as median, least and most. Under `./build.sh bench` the
 * counter counts the machine's instructions, as the goals do; on a real machine it counts time, and
 * the goals say nothing.
 */
#include "bench.h"

#include <megha.h>
#include <stdio.h>
#include <string.h>

PROGRAM_RIGHTS(RIGHT_RING0 | RIGHT_MODULES);

#define STACK_TO_TOUCH STACK_SIZE_MAX
#define STACK_IN_RING0 0x4000 /* there, all of it is backed at once */
#define SETTLE_MS      50     /* for what the console still has to send */

struct figures {
    const char *reason; /* why there are none, or NULL */
    uint32_t median, least, most;
};

static const struct row *measured;
static struct figures found;
static uint32_t samples[SAMPLES_MAX];
static int failure;

void operation_failed(int error)
{
    failure = error;
}

static inline uint32_t time_stamp(void)
{
    uint32_t low;

    __asm__ volatile("rdtsc" : "=a"(low) : : "edx", "memory");
    return low;
}

static uint32_t time_of(operation *function)
{
    uint32_t start = time_stamp();

    function();
    return time_stamp() - start;
}

/* Most samples are equal, so that little is moved. */
static void sort(uint32_t *values, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++) {
        uint32_t value = values[i];
        uint32_t at = i;

        for (; at > 0 && values[at - 1] > value; at--)
            values[at] = values[at - 1];
        values[at] = value;
    }
}

static void take_samples(operation *function, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        samples[i] = time_of(function);
    sort(samples, count);
}

/* What a sample holds beside the operation is subtracted. Parts of an instruction count as whole.
 */
static uint32_t cost(uint32_t sample, uint32_t empty, uint32_t parts)
{
    return sample < empty ? 0 : (sample - empty + parts - 1) / parts;
}

static int measure(void *argument)
{
    const struct row *row = measured;
    uint32_t empty;

    (void)argument;
    thread_sleep(SETTLE_MS);
    take_samples(operation_empty, row->samples);
    empty = samples[0];
    found.reason = row->prepare == NULL ? NULL : row->prepare();
    if (found.reason != NULL)
        return 0;
    take_samples(row->operation, row->samples);
    if (row->finish != NULL)
        row->finish();
    found.median = cost(samples[row->samples / 2], empty, row->parts);
    found.least = cost(samples[0], empty, row->parts);
    found.most = cost(samples[row->samples - 1], empty, row->parts);
    return 0;
}

/* In a thread of its own: its stack is long enough to touch, its ring is the row's. */
static void measure_row(const struct row *row, struct figures *figures)
{
    uint32_t stack = row->mode == MODE_KERNEL ? STACK_IN_RING0 : STACK_TO_TOUCH;
    int32_t status;
    int thread;

    measured = row;
    failure = 0;
    found = (struct figures){0};
    thread = thread_start(measure, NULL, stack, row->mode);
    if (thread >= 0)
        thread = thread_join(thread, &status, WAIT_FOREVER);
    if (thread < 0)
        failure = thread;
    if (failure != 0)
        found.reason = error_text(failure);
    *figures = found;
}

static void print_row(const struct row *row, const struct figures *figures)
{
    char goal[12] = "-";

    if (row->goal != 0)
        snprintf(goal, sizeof(goal), "%u", row->goal);
    if (figures->reason != NULL)
        printf("%-34s not measured: %s\n", row->name, figures->reason);
    else
        printf("%-34s %8u %8u %8u %8s\n", row->name, figures->median, figures->least, figures->most,
               goal);
}

/* Returns main's result. */
static int measure_all(void)
{
    static struct figures figures[32];

    if (process_self()->tsc_khz == 0) {
        puts("bench measures by the CPU's time stamp counter, and this CPU has none.");
        return 1;
    }
    for (uint32_t i = 0; i < row_count && i < sizeof(figures) / sizeof(figures[0]); i++)
        measure_row(&rows[i], &figures[i]);
    printf("%-34s %8s %8s %8s %8s\n", "counts of the time stamp counter", "median", "least", "most",
           "goal");
    for (uint32_t i = 0; i < row_count; i++)
        print_row(&rows[i], &figures[i]);
    return 0;
}

int main(int count, char **arguments)
{
    if (count == 2 && strcmp(arguments[1], "load") == 0)
        return load_run();
    if (count == 2 && strcmp(arguments[1], "victim") == 0)
        return load_as_victim();
    if (count == 1)
        return measure_all();
    puts("bench measures what the kernel's services cost; bench load gives the kernel long work.");
    return 1;
}
