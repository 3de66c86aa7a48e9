/*
 * The same driver called in both ways: inside the kernel, as the linked module clock, and in a
 * process of its own, as the service clockd. Switches are counted by the kernel; the rest follows
 * from the rings.
 */
#include <abi/clock.h>
#include <megha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

PROGRAM_RIGHTS(RIGHT_MODULES | RIGHT_RING0);

#define MODULE_NAME  "clock"
#define MODULE_FILE  "/modules/clock"
#define SERVICE_FILE "/modules/clockd"
#define CALLS        500
#define READS        50
#define START_MS     1000
#define ANSWER_MS    5000

/* What one way costs, for each call. */
struct figures {
    uint32_t nothing;       /* counts of the time stamp counter, median */
    uint32_t time;          /* the same, for reading the clock */
    uint32_t entries;       /* into the kernel */
    uint32_t crossings;     /* of rings, there and back */
    uint32_t switches_x100; /* of address spaces: loads of CR3, hundredths */
};

static uint32_t handle, nothing_function, time_function;
static int port;
static int32_t service_pid; /* 0 where nobody knows it */
static uint32_t samples[CALLS];

static inline uint32_t time_stamp(void)
{
    uint32_t low;

    __asm__ volatile("rdtsc" : "=a"(low) : : "edx", "memory");
    return low;
}

/* ---- The two ways ------------------------------------------------------------------------------
 */

static int open_module(void)
{
    int error = module_load(MODULE_NAME, MODULE_FILE);
    int opened = error < 0 && error != ERR_EXISTS ? error : module_open(MODULE_NAME);
    int nothing = opened < 0 ? opened : module_find((uint32_t)opened, "clock_nothing");
    int time = nothing < 0 ? nothing : module_find((uint32_t)opened, "clock_time");

    handle = (uint32_t)opened;
    nothing_function = (uint32_t)nothing;
    time_function = (uint32_t)time;
    return time;
}

static int call_module(uint32_t question)
{
    struct clock_time time;

    return module_call(handle, question == CLOCK_ASK_TIME ? time_function : nothing_function,
                       (uint32_t)&time, 0, 0);
}

/* Uses the service that runs, or starts one for the time being. */
static int find_service(void)
{
    struct process_status status = {.pid = 0};
    int pid;

    port = port_find(CLOCK_PORT, 0);
    if (port == ERR_TIMED_OUT) {
        pid = process_create(SERVICE_FILE, "", PRIORITY_NORMAL, 0, MODE_KERNEL);
        port = pid < 0 ? pid : port_find(CLOCK_PORT, START_MS);
    }
    while (port >= 0 && process_next(status.pid, &status) > 0)
        if (strcmp(status.name, "clockd") == 0)
            service_pid = status.pid;
    return port;
}

static int call_service(uint32_t question)
{
    struct message_options options = {.timeout_ms = ANSWER_MS};
    uint32_t words[MESSAGE_WORDS] = {question};
    int error = message_exchange(CALL_message_call, port, words, &options);

    return error < 0 ? error : (int32_t)words[0];
}

/* ---- Measuring ---------------------------------------------------------------------------------
 */

static uint32_t median(uint32_t count)
{
    for (uint32_t i = 1; i < count; i++) {
        uint32_t value = samples[i];
        uint32_t at = i;

        for (; at > 0 && samples[at - 1] > value; at--)
            samples[at] = samples[at - 1];
        samples[at] = value;
    }
    return samples[count / 2];
}

/* How often this process and the service were switched to. */
static uint32_t switches(void)
{
    int32_t pids[2] = {process_self()->pid, service_pid};
    uint32_t sum = 0;

    for (int i = 0; i < 2; i++) {
        struct thread_status thread = {.id = 0};

        while (pids[i] != 0 && thread_next(pids[i], thread.id, &thread) > 0)
            sum += thread.switches;
    }
    return sum;
}

static int take_samples(int (*call)(uint32_t question), uint32_t question, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        uint32_t start = time_stamp();
        int error = call(question);

        samples[i] = time_stamp() - start;
        if (error < 0)
            return error;
    }
    return 0;
}

static int measure(int (*call)(uint32_t question), struct figures *figures)
{
    uint32_t before = switches();
    int error = take_samples(call, CLOCK_ASK_NOTHING, CALLS);

    figures->switches_x100 = (switches() - before) * 100 / CALLS;
    figures->nothing = median(CALLS);
    if (error == 0)
        error = take_samples(call, CLOCK_ASK_TIME, READS);
    figures->time = median(READS);
    return error;
}

/* ---- The table ---------------------------------------------------------------------------------
 */

static void print_row(const char *name, const struct figures *figures)
{
    printf("%-22s %9lu %9lu %8lu %9lu %5lu.%02lu\n", name, (unsigned long)figures->nothing,
           (unsigned long)figures->time, (unsigned long)figures->entries,
           (unsigned long)figures->crossings, (unsigned long)figures->switches_x100 / 100,
           (unsigned long)figures->switches_x100 % 100);
}

static int fail(const char *what, int error)
{
    printf("compare: %s: %s.\n", what, error_text(error));
    return EXIT_FAILURE;
}

int main(void)
{
    struct figures linked = {.entries = 1, .crossings = 2}, service = {.entries = 2};
    struct process_status server = {.mode = MODE_KERNEL};
    int error = open_module();

    if (process_self()->tsc_khz == 0) {
        puts("compare measures by the CPU's time stamp counter, and this CPU has none.");
        return EXIT_FAILURE;
    }
    if (error < 0)
        return fail("the linked module " MODULE_NAME " cannot be measured", error);
    error = measure(call_module, &linked);
    if (error < 0)
        return fail("the linked module " MODULE_NAME " does not answer", error);
    error = find_service();
    if (error >= 0)
        error = measure(call_service, &service);
    if (error < 0)
        return fail("the service clockd does not answer", error);
    process_next(service_pid - 1, &server);
    service.crossings = server.mode == MODE_KERNEL ? 2 : 4;

    puts("for each call            counts    counts    kernel      ring       CR3\n"
         "                      (nothing)   (clock)   entries crossings     loads");
    print_row("linked module clock", &linked);
    print_row("service clockd", &service);
    puts("Counts are the time stamp counter's, medians. The service answers from ring 0; in ring 3 "
         "it\n"
         "would cross rings twice more.");
    return EXIT_SUCCESS;
}
