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
#define FLOOR_ROW(count, function)                                                                 \
    {                                                                                              \
        NULL, 0, (count), 1, MODE_KERNEL, (function), .prepare = floors_prepare,                   \
                                                      .finish = floors_finish                      \
    }
static const struct row floor_rows[FLOORS] = {
    [FLOOR_CALL] = FLOOR_ROW(1000, operation_bare_call),
    [FLOOR_SWITCH] = FLOOR_ROW(1000, operation_bare_switch),
    [FLOOR_PAGE] = FLOOR_ROW(300, operation_bare_page),
};
static struct figures bare[FLOORS];

#define CROWD_LARGEST 1000

/* Our own threads stay: they come last. */
static const struct crowd crowds[] = {
    {10, CROWD_THREADS},      {100, CROWD_THREADS},   {CROWD_LARGEST, CROWD_THREADS},
    {10, CROWD_PROCESSES},    {100, CROWD_PROCESSES}, {CROWD_LARGEST, CROWD_PROCESSES},
    {400, CROWD_OWN_THREADS},
};
#define CROWDS (sizeof(crowds) / sizeof(crowds[0]))
static struct figures figures_alone[ROWS_MAX], figures_crowded[ROWS_MAX][CROWDS];

static uint32_t samples[SAMPLES_MAX];
static int failure;

void operation_failed(int error)
{
    failure = error;
}

void forget_events(void)
{
    struct event event;

    while (event_wait(&event, 0) >= 0)
        ;
}

uint32_t time_of(operation *function)
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

static void take_empty_samples(uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        samples[i] = time_of(operation_empty);
    sort(samples, count);
}

static void take_samples(const struct row *row)
{
    for (uint32_t i = 0; i < row->samples; i++) {
        if (row->before != NULL)
            row->before();
        samples[i] = row->sample != NULL ? row->sample() : time_of(row->operation);
    }
    sort(samples, row->samples);
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
    forget_events();
    take_empty_samples(row->samples);
    empty = samples[0];
    found.reason = row->prepare == NULL ? NULL : row->prepare();
    if (found.reason != NULL)
        return 0;
    if (row->name != NULL && row->parts == 2)
        MARK(MARK_ROW_OF_TWO);
    else if (row->name != NULL)
        MARK(MARK_ROW);
    take_samples(row);
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
           floor->pages * bare[FLOOR_PAGE].median + floor->words + floor->ports;
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

/* The largest crowds are for all rows whose figure is work. */
static bool is_for(const struct crowd *crowd, const struct row *row)
{
    return row->crowded || (crowd->size == CROWD_LARGEST && !row->idles);
}

static void measure_in_crowd(uint32_t number)
{
    const char *reason;

    failure = 0;
    reason = crowd_gather(&crowds[number]);
    for (uint32_t i = 0; i < row_count; i++) {
        figures_crowded[i][number].reason = reason;
        if (reason == NULL && is_for(&crowds[number], &rows[i]))
            measure_row(&rows[i], &figures_crowded[i][number]);
    }
    crowd_leave();
}

/* A row that must not grow: its goal is what it costs alone, and a tenth more. */
static void print_crowded_row(uint32_t row, uint32_t number)
{
    static const char *const members[] = {
        [CROWD_THREADS] = "threads",
        [CROWD_PROCESSES] = "processes",
        [CROWD_OWN_THREADS] = "own threads",
    };
    const struct crowd *crowd = &crowds[number];
    uint32_t alone = figures_alone[row].median;
    char name[64];

    snprintf(name, sizeof(name), "%s, %u %s", rows[row].name, crowd->size, members[crowd->kind]);
    print_row(name, &rows[row], alone + alone / 10, &figures_crowded[row][number]);
}

static void print_crowded_rows(void)
{
    for (uint32_t c = 0; c < CROWDS; c++)
        for (uint32_t i = 0; i < row_count; i++)
            if (is_for(&crowds[c], &rows[i]))
                print_crowded_row(i, c);
}

/* Returns main's result. Prints at the end, so that no text is sent while it measures. */
static int measure_all(void)
{
    if (process_self()->tsc_khz == 0) {
        puts("bench measures by the CPU's time stamp counter, and this CPU has none.");
        return 1;
    }
    find_own_priority();
    for (uint32_t i = 0; i < FLOORS; i++)
        measure_row(&floor_rows[i], &bare[i]);
    for (uint32_t i = 0; i < row_count; i++)
        measure_row(&rows[i], &figures_alone[i]);
    for (uint32_t c = 0; c < CROWDS; c++)
        measure_in_crowd(c);
    printf("%-40s %8s %8s %8s %8s %8s\n", "counts of the time stamp counter", "median", "least",
           "most", "goal", "floor");
    for (uint32_t i = 0; i < row_count; i++)
        print_row(rows[i].name, &rows[i], rows[i].goal, &figures_alone[i]);
    print_crowded_rows();
    return 0;
}

/* What this program's own processes do. */
static const struct {
    const char *name;
    int (*work)(void);
} parts[] = {
    {"partner", yield_for_long}, {"server", serve_bytes},    {"echo", echo_events},
    {"keys", press_keys},        {"victim", load_as_victim},
};

static int play_part(int count, char **arguments)
{
    for (uint32_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        if (count == 2 && strcmp(arguments[1], parts[i].name) == 0)
            return parts[i].work();
    if (count == 3 && strcmp(arguments[1], "crowd") == 0)
        return crowd_live((uint32_t)atoi(arguments[2]));
    if (count == 5 && strcmp(arguments[1], "storm") == 0)
        return storm_play(arguments[2], (uint32_t)atoi(arguments[3]), (uint32_t)atoi(arguments[4]));
    return 1;
}

int main(int count, char **arguments)
{
    if (count == 1)
        return measure_all();
    if (process_is_own_child())
        return play_part(count, arguments);
    if (count == 2 && strcmp(arguments[1], "load") == 0)
        return load_run();
    if (count == 2 && strcmp(arguments[1], "crashes") == 0)
        return storm_of_crashes();
    if (count <= 3 && strcmp(arguments[1], "storm") == 0)
        return storm_run(count == 3 ? arguments[2] : NULL);
    puts("bench measures what the kernel's services cost; bench load gives the kernel long work.");
    return 1;
}
