/*
 * Calls at random: numbers, values and addresses of every kind, by both ways. Each child makes some
 * hundred of them; what it does to itself (faults in its threads, waits without end) is its own
 * affair.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

#define CALLS_A_CHILD 500
#define PATIENCE_MS   20000
#define WATCH_MS      30

/* Left out: they end the child, write all over the console, or make others fail. */
static const char *const left_out[] = {"process_exit",  "thread_exit",      "process_abort",
                                       "console_write", "test_fail_memory", "test_meeting",
                                       "console_read"};

static uint32_t state;
static volatile uint32_t made;
static struct fuzz_pointer bad[FUZZ_POINTERS_MAX];
static uint32_t bad_count;
static int32_t port;

static int end_thread(void *status)
{
    return (int)status;
}

/* Two in three are addresses that the kernel has to refuse. */
static uint32_t random_address(void)
{
    static const uint32_t good[] = {(uint32_t)fuzz_page, (uint32_t)fuzz_page + PAGE_SIZE - 8,
                                    (uint32_t)fuzz_path, (uint32_t)end_thread,
                                    (uint32_t) "quiet",  (uint32_t) "hostile_port",
                                    PROCESS_INFO_VA};

    if (fuzz_random(&state) % 3 == 0)
        return good[fuzz_random(&state) % (sizeof(good) / sizeof(good[0]))];
    return bad[fuzz_random(&state) % bad_count].address;
}

static uint32_t random_value(void)
{
    uint32_t value = fuzz_random(&state);

    switch (value % 8) {
    case 0:
        return value >> 3;
    case 1:
        return 1u << (value >> 8) % 32;
    case 2:
        return (1u << (value >> 8) % 32) - 1;
    case 3:
        return (uint32_t)process_self()->pid + (value >> 8) % 4;
    case 4:
        return (uint32_t)port;
    case 5:
        return random_address();
    default:
        return (value >> 8) % 20;
    }
}

static uint32_t random_argument(const struct fuzz_call *call, uint32_t argument)
{
    switch (call->arguments[argument].kind) {
    case FUZZ_VALUE:
        return random_value();
    case FUZZ_TIME:
        return fuzz_random(&state) % 16 == 0;
    default:
        return random_address();
    }
}

static bool is_left_out(const struct fuzz_call *call)
{
    for (size_t i = 0; i < sizeof(left_out) / sizeof(left_out[0]); i++)
        if (strcmp(call->name, left_out[i]) == 0)
            return true;
    return false;
}

static void make_call(void)
{
    const struct fuzz_call *call = &fuzz_calls[fuzz_random(&state) % fuzz_call_count];
    uint32_t arguments[FUZZ_ARGUMENTS];
    uint32_t number = call->number;

    if (is_left_out(call))
        number = fuzz_call_count + fuzz_random(&state) % 0x7FFFFFFF;
    for (uint32_t i = 0; i < FUZZ_ARGUMENTS; i++)
        arguments[i] = i < call->count ? random_argument(call, i) : random_value();
    if (fuzz_random(&state) % 2)
        fuzz_by_interrupt(number, arguments);
    else
        fuzz_by_stub(number, arguments);
}

/* A call that waits for ever ends the child, with what it has made so far. */
static int watch(void *unused)
{
    uint32_t before;

    (void)unused;
    do {
        before = made;
        thread_sleep(WATCH_MS);
    } while (before != made);
    process_exit((int32_t)made);
    return 0;
}

/* SEED CALLS: the exit status is how many it made. */
int fuzz_series_child(char **words)
{
    uint32_t calls = (uint32_t)atoi(words[2]);

    state = strtoul(words[1], NULL, 10) * 2654435761u | 1;
    bad_count = fuzz_bad_pointers(bad);
    port = port_create(words[1]);
    thread_start(watch, NULL, 0x2000, MODE_USER);
    while (made < calls) {
        make_call();
        made++;
    }
    return (int)made;
}

/* Runs children until they have made that many calls; one that ends by a fault counts for nothing.
 */
int fuzz_series(uint32_t seed, uint32_t calls)
{
    uint32_t done = 0, children = 0;

    while (done < calls && children < 8 * (calls / CALLS_A_CHILD + 1)) {
        struct process_result result = {.reason = 0};
        char words[ARGUMENTS_MAX];
        int pid;

        snprintf(words, sizeof(words), "series %lu %u", (unsigned long)(seed + children),
                 CALLS_A_CHILD);
        children++;
        pid = process_create(fuzz_path, words, PRIORITY_NORMAL - 1, QUANTUM_DEFAULT_MS,
                             MODE_USER | MODE_WITHHOLD(RIGHTS_ALL & ~RIGHT_RING0));
        if (pid < 0 || process_wait(pid, &result, PATIENCE_MS) != pid) {
            printf("WRONG: the series %lu does not end\n", (unsigned long)(seed + children - 1));
            return 1;
        }
        if (result.reason == ENDED_EXIT && result.status > 0)
            done += (uint32_t)result.status;
    }
    printf("%lu random calls by %lu children\n", (unsigned long)done, (unsigned long)children);
    return done >= calls ? 0 : 1;
}
