/*
 * What the kernel's services cost: each row is measured many times by the time stamp counter, in a
 * new thread of the row's ring, and printed as median, least and most. Under `./build.sh bench` the
 * counter counts the machine's instructions, as the goals do; on a real machine it counts time, and
 * the goals say nothing.
 */
#include "bench.h"

#include <megha.h>
#include <stdio.h>
#include <stdlib.h>
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
enum { FLOOR_CALL, FLOOR_SWITCH, FLOOR_PAGE, FLOORS };

/* In ring 0: an entry from there costs as many instructions as one from ring 3. */
static const struct row floor_rows[FLOORS] = {
    [FLOOR_CALL] =
        {NULL, 0, 1000, 1, MODE_KERNEL, operation_bare_call, floors_prepare, floors_finish, {0}},
    [FLOOR_SWITCH] =
        {NULL, 0, 1000, 1, MODE_KERNEL, operation_bare_switch, floors_prepare, floors_finish, {0}},
    [FLOOR_PAGE] =
        {NULL, 0, 300, 1, MODE_KERNEL, operation_bare_page, floors_prepare, floors_finish, {0}},
};
static struct figures bare[FLOORS];

static const struct crowd crowds[] = {
    {10, CROWD_THREADS},   {100, CROWD_THREADS},   {1000, CROWD_THREADS},
    {10, CROWD_PROCESSES}, {100, CROWD_PROCESSES}, {1000, CROWD_PROCESSES},
};
static const struct crowd own_crowd = {400, CROWD_OWN_THREADS};
#define CROWDS (sizeof(crowds) / sizeof(crowds[0]))
static struct figures figures_alone[ROWS_MAX], figures_crowded[ROWS_MAX][CROWDS + 1];

static uint32_t samples[SAMPLES_MAX];
static int failure;

void operation_failed(int error)
{
    failure = error;
}

/* For tools/bench_events.c, which watches the machine from outside: instructions that change
 * nothing but flags. */
#define MARK(number) __asm__ volatile("testl %0, %%eax" : : "i"(0x4D454700 + (number)) : "cc")
#define MARK_ROW     0
#define MARK_START   1
#define MARK_END     2

#define MARK_ROW_OF_TWO 3 /* parts */
#define MARK_ROW_END    4

static inline uint32_t time_stamp(void)
{
    uint32_t low;

    __asm__ volatile("rdtsc" : "=a"(low) : : "edx", "memory");
    return low;
}

static uint32_t time_of(operation *function)
{
    uint32_t start, end;

    MARK(MARK_START);
    start = time_stamp();
    function();
    end = time_stamp();
    MARK(MARK_END);
    return end - start;
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
    if (row->name != NULL && row->parts == 2)
        MARK(MARK_ROW_OF_TWO);
    else if (row->name != NULL)
        MARK(MARK_ROW);
    take_samples(row->operation, row->samples);
    MARK(MARK_ROW_END);
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

/* 0 where it is not known. */
static uint32_t floor_of(const struct floor *floor)
{
    if (bare[FLOOR_CALL].median == 0)
        return 0;
    return floor->calls * bare[FLOOR_CALL].median + floor->switches * bare[FLOOR_SWITCH].median +
           floor->pages * bare[FLOOR_PAGE].median + floor->words;
}

static void number_or_dash(char text[12], uint32_t number)
{
    snprintf(text, 12, number != 0 ? "%u" : "-", number);
}

static void print_row(const char *name, const struct row *row, uint32_t goal_count,
                      const struct figures *figures)
{
    char goal[12], least[12];

    number_or_dash(goal, goal_count);
    number_or_dash(least, floor_of(&row->floor));
    if (figures->reason != NULL)
        printf("%-40s not measured: %s\n", name, figures->reason);
    else
        printf("%-40s %8u %8u %8u %8s %8s\n", name, figures->median, figures->least, figures->most,
               goal, least);
}

static void measure_crowded_row(const struct row *row, const struct crowd *crowd,
                                struct figures *figures)
{
    failure = 0;
    figures->reason = crowd_gather(crowd);
    if (figures->reason == NULL)
        measure_row(row, figures);
    crowd_leave();
}

static void measure_crowded_rows(void)
{
    const char *reason;

    for (uint32_t i = 0; i < row_count; i++)
        for (uint32_t c = 0; c < CROWDS && rows[i].crowded; c++)
            measure_crowded_row(&rows[i], &crowds[c], &figures_crowded[i][c]);
    reason = crowd_gather(&own_crowd);
    for (uint32_t i = 0; i < row_count; i++) {
        figures_crowded[i][CROWDS].reason = reason;
        if (reason == NULL && rows[i].crowded)
            measure_row(&rows[i], &figures_crowded[i][CROWDS]);
    }
}

/* A row that must not grow: its goal is what it costs alone, and a tenth more. */
static void print_crowded_row(uint32_t row, uint32_t number, const struct crowd *crowd)
{
    static const char *const members[] = {
        [CROWD_THREADS] = "threads",
        [CROWD_PROCESSES] = "processes",
        [CROWD_OWN_THREADS] = "own threads",
    };
    uint32_t alone = figures_alone[row].median;
    char name[64];

    snprintf(name, sizeof(name), "%s, %u %s", rows[row].name, crowd->size, members[crowd->kind]);
    print_row(name, &rows[row], alone + alone / 10, &figures_crowded[row][number]);
}

static void print_crowded_rows(void)
{
    for (uint32_t i = 0; i < row_count; i++)
        for (uint32_t c = 0; c < CROWDS && rows[i].crowded; c++)
            print_crowded_row(i, c, &crowds[c]);
    for (uint32_t i = 0; i < row_count; i++)
        if (rows[i].crowded)
            print_crowded_row(i, CROWDS, &own_crowd);
}

/* Returns main's result. Prints at the end, so that no text is sent while it measures. */
static int measure_all(void)
{
    if (process_self()->tsc_khz == 0) {
        puts("bench measures by the CPU's time stamp counter, and this CPU has none.");
        return 1;
    }
    for (uint32_t i = 0; i < FLOORS; i++)
        measure_row(&floor_rows[i], &bare[i]);
    for (uint32_t i = 0; i < row_count; i++)
        measure_row(&rows[i], &figures_alone[i]);
    measure_crowded_rows();
    printf("%-40s %8s %8s %8s %8s %8s\n", "counts of the time stamp counter", "median", "least",
           "most", "goal", "floor");
    for (uint32_t i = 0; i < row_count; i++)
        print_row(rows[i].name, &rows[i], rows[i].goal, &figures_alone[i]);
    print_crowded_rows();
    return 0;
}

int main(int count, char **arguments)
{
    if (count == 2 && strcmp(arguments[1], "load") == 0)
        return load_run();
    if (count == 2 && strcmp(arguments[1], "victim") == 0)
        return load_as_victim();
    if (count == 2 && strcmp(arguments[1], "server") == 0)
        return serve_bytes();
    if (count == 2 && strcmp(arguments[1], "echo") == 0)
        return echo_events();
    if (count == 3 && strcmp(arguments[1], "crowd") == 0)
        return crowd_live((uint32_t)atoi(arguments[2]));
    if (count == 1)
        return measure_all();
    puts("bench measures what the kernel's services cost; bench load gives the kernel long work.");
    return 1;
}
