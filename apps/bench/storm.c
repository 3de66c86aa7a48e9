/*
 * Hostile work: what a program without rights can do to keep the kernel busy for long. `./build.sh
 * bench` watches how long interrupts are off meanwhile, and how long a thread of higher priority
 * would have to wait.
 *
 * The storm is made of parts, one after the other. Most of what a part does it does in processes of
 * this program, which are started with the words "storm ROLE NUMBER NUMBER".
 */
#include "storm.h"

#include <stdio.h>
#include <string.h>

uint32_t now_ms(void)
{
    uint64_t now;

    check(clock_now(&now));
    return (uint32_t)((now + 999) / 1000);
}

int started[PROCESSES + 2];
uint32_t started_count;
uint32_t given[2];

static int start_as(const char *words, uint32_t with_priority)
{
    int pid = process_create(OWN_PROGRAM, words, with_priority, QUANTUM_DEFAULT_MS, MODE_USER);

    if (pid >= 0)
        started[started_count++] = pid;
    return pid;
}

int storm_start(const char *role, uint32_t first, uint32_t second)
{
    char words[64];

    snprintf(words, sizeof(words), "storm %s %u %u", role, first, second);
    return start_as(words, priority);
}

int storm_start_at(const char *role, uint32_t with_priority)
{
    char words[64];

    snprintf(words, sizeof(words), "storm %s 0 0", role);
    return start_as(words, with_priority);
}

int start_crowd(const char *role, uint32_t first, uint32_t second)
{
    int error = 0;

    for (uint32_t i = 0; i < PROCESSES && error >= 0; i++)
        error = storm_start(role, first, second);
    return error;
}

int end_all(void)
{
    struct process_result result;
    int error = 0;

    for (uint32_t i = 0; i < started_count; i++)
        (void)process_kill(started[i]);
    for (uint32_t i = 0; i < started_count && error >= 0; i++)
        error = process_wait(started[i], &result, PATIENCE_MS);
    started_count = 0;
    return error;
}

int start_threads(int (*function)(void *), uint32_t count)
{
    int error = 0;

    for (uint32_t i = 0; i < count && error >= 0; i++)
        error = thread_start(function, (void *)i, STACK, MODE_USER);
    return error < 0 ? error : thread_sleep(FOR_LONG);
}

int run_alone(const char *role)
{
    struct process_result result;
    int pid = storm_start(role, 0, 0);
    int error = pid < 0 ? pid : process_wait(pid, &result, PATIENCE_MS);

    started_count = 0;
    if (error >= 0 && (result.reason != ENDED_EXIT || result.status != 0))
        error = result.status < 0 ? result.status : ERR_INVALID;
    return error;
}

char *map(uint32_t size)
{
    uint32_t address = memory_map(size, ACCESS_READ | ACCESS_WRITE);

    return address_is_error(address) ? NULL : (char *)address;
}

int wait_for_all(void)
{
    struct process_result result;
    int error = 0;

    for (uint32_t i = 0; i < started_count && error >= 0; i++)
        error = process_wait(started[i], &result, PATIENCE_MS);
    started_count = 0;
    return error;
}

/* ---- All of it ---------------------------------------------------------------------------------
 */

struct entry {
    const char *name;
    int (*work)(void);
};

static const struct entry roles[] = {
    {"sleepers", be_sleepers}, {"callers", be_callers},         {"server", be_server},
    {"finders", be_finders},   {"ports", be_port_maker},        {"senders", be_bad_senders},
    {"waiters", be_senders},   {"receivers", be_bad_receivers}, {"chain", be_chain},
    {"victim", be_victim},     {"regions", be_region_maker},    {"parent", be_parent},
    {"crash", be_crash},       {"largest", be_largest_server},
};

static const struct entry parts[] = {
    {"sleepers wake", let_sleepers_wake},
    {"callers of one server time out", time_out_at_one_server},
    {"callers of many servers time out", time_out_at_many_servers},
    {"callers are killed", kill_callers},
    {"a server with callers ends", kill_their_server},
    {"the table of ports", fill_the_table_of_ports},
    {"senders whose bytes end too early", receive_from_bad_senders},
    {"receivers whose room ends too early", send_to_bad_receivers},
    {"a full port is closed", close_a_full_port},
    {"the largest message", exchange_the_largest},
    {"a chain of servers", time_out_before_a_chain},
    {"a large process is killed", kill_a_large_victim},
    {"regions", change_many_regions},
    {"orphans", leave_orphans},
    {"the largest file", read_largest_file},
    {"the largest arguments", pass_largest_arguments},
    {"the largest code", start_largest_code},
};

int storm_play(const char *role, uint32_t first, uint32_t second)
{
    find_own_priority();
    given[0] = first;
    given[1] = second;
    for (uint32_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
        if (strcmp(role, roles[i].name) == 0)
            return roles[i].work();
    return 1;
}

int storm_run(const char *only)
{
    int failed = 0;

    find_own_priority();
    for (uint32_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        int error = only == NULL || strcmp(only, parts[i].name) == 0 ? parts[i].work() : 0;

        if (error >= 0)
            continue;
        printf("storm: %s: %s.\n", parts[i].name, error_text(error));
        (void)end_all();
        failed = 1;
    }
    return failed;
}
