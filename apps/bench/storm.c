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
#include <stdlib.h>
#include <string.h>

#define STACK       PAGE_SIZE
#define ORPHANS     1000
#define VICTIM_MOST 0x80000000u
#define LEFT_FREE   0x1000000u /* of memory, for what else is needed */
#define CRASHES     600

uint32_t now_ms(void)
{
    uint64_t now;

    check(clock_now(&now));
    return (uint32_t)((now + 999) / 1000);
}

/* ---- Processes of this program ------------------------------------------------------------------
 */

int started[PROCESSES + 2];
uint32_t started_count;

int start(const char *role, uint32_t first, uint32_t second)
{
    char words[64];
    int pid;

    snprintf(words, sizeof(words), "storm %s %u %u", role, first, second);
    pid = process_create(OWN_PROGRAM, words, priority, QUANTUM_DEFAULT_MS, MODE_USER);
    if (pid >= 0)
        started[started_count++] = pid;
    return pid;
}

int start_crowd(const char *role, uint32_t first, uint32_t second)
{
    int error = 0;

    for (uint32_t i = 0; i < PROCESSES && error >= 0; i++)
        error = start(role, first, second);
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

int run_alone(const char *role)
{
    struct process_result result;
    int pid = start(role, 0, 0);
    int error = pid < 0 ? pid : process_wait(pid, &result, PATIENCE_MS);

    started_count = 0;
    if (error >= 0 && (result.reason != ENDED_EXIT || result.status != 0))
        error = result.status < 0 ? result.status : ERR_INVALID;
    return error;
}

/* What each thread of a crowd does. */
uint32_t given[2];

int start_threads(int (*function)(void *), uint32_t count)
{
    int error = 0;

    for (uint32_t i = 0; i < count && error >= 0; i++)
        error = thread_start(function, (void *)i, STACK, MODE_USER);
    return error < 0 ? error : thread_sleep(FOR_LONG);
}

/* ---- Processes ---------------------------------------------------------------------------------
 */

/* As much memory as there is, in one piece, then with a hole behind each page of its end. */
static int take_memory(void)
{
    struct memory_info info;
    uint32_t size, address;
    int error = memory_info(&info);

    size = info.free * PAGE_SIZE - LEFT_FREE;
    if (info.free > VICTIM_MOST / PAGE_SIZE)
        size = VICTIM_MOST;
    address = error < 0 ? (uint32_t)error : memory_map(size, ACCESS_READ | ACCESS_WRITE);
    if (address_is_error(address))
        return (int)address;
    for (uint32_t i = 1; i <= 2000 && error >= 0; i += 2)
        error = memory_unmap(address + size - i * PAGE_SIZE, PAGE_SIZE);
    given[0] = address;
    return error;
}

static int wait_for_child(void *unused)
{
    struct process_result result;

    (void)unused;
    return process_wait(ANY_CHILD, &result, WAIT_FOREVER);
}

/* 512 threads, one of them the first. They wait for a child that ends. */
static int be_victim(void)
{
    int error = take_memory();
    int pid = start_code(code_that_sleeps, code_that_sleeps_end);

    for (uint32_t i = 1; i < 512 && error >= 0; i++)
        error = thread_start(wait_for_child, NULL, STACK, MODE_USER);
    if (error >= 0)
        error = thread_sleep(100);
    if (error >= 0)
        error = process_kill(pid);
    event_send(process_self()->parent, error < 0 ? (uint32_t)error : given[0]);
    return thread_sleep(FOR_LONG);
}

static int ask_for_regions(int pid, uint32_t address)
{
    struct region_status region;
    struct thread_status thread;
    int error = 0;

    while (address < 0xC0000000u && error >= 0) {
        error = region_next(pid, address, &region);
        address = region.end;
    }
    return thread_next(pid, 0x7FFFFFFE, &thread) == ERR_NOT_FOUND ? 0 : error;
}

static int kill_a_large_victim(void)
{
    struct event event;
    int pid = start("victim", 0, 0);
    int error = pid;

    do
        error = error < 0 ? error : event_wait(&event, PATIENCE_MS);
    while (error >= 0 && event.kind != EVENT_USER);
    if (error >= 0)
        error =
            address_is_error(event.value) ? (int)event.value : ask_for_regions(pid, event.value);
    return error < 0 ? error : end_all();
}

/* Its children end soon after it, all of them together. */
static int be_parent(void)
{
    int error = 0;

    for (uint32_t i = 0; i < ORPHANS && error >= 0; i++)
        error = start_code(code_that_naps, code_that_naps_end);
    return error < 0;
}

static int leave_orphans(void)
{
    int error = run_alone("parent");

    return error < 0 ? error : thread_sleep(SETTLED_MS);
}

/* ---- Files and arguments -----------------------------------------------------------------------
 */

static int read_largest_file(void)
{
    struct file_info info, largest = {.size = 0};
    uint32_t number = 0;
    char *room;
    int error;

    for (uint32_t i = 0; file_info(i, &info) >= 0; i++)
        if (info.size > largest.size) {
            largest = info;
            number = i;
        }
    room = map(largest.size);
    if (room == NULL)
        return ERR_NO_MEMORY;
    error = file_read(number, 0, room, largest.size);
    return error < 0 ? error : memory_unmap((uint32_t)room, largest.size);
}

static int pass_largest_arguments(void)
{
    struct process_result result;
    char arguments[ARGUMENTS_MAX];
    int pid;

    memset(arguments, 'a', sizeof(arguments) - 1);
    arguments[sizeof(arguments) - 1] = '\0';
    pid = process_create("/apps/tiny", arguments, priority, QUANTUM_DEFAULT_MS, MODE_USER);
    return pid < 0 ? pid : process_wait(pid, &result, PATIENCE_MS);
}

static int start_largest_code(void)
{
    struct code_order order = {
        .name = (uint32_t) "largest", .arguments = (uint32_t) "", .code_size = CODE_SIZE_MAX};
    char *code = map(CODE_SIZE_MAX);
    struct process_result result;
    int pid;

    if (code == NULL)
        return ERR_NO_MEMORY;
    memcpy(code, code_that_exits, (uintptr_t)code_that_exits_end - (uintptr_t)code_that_exits);
    order.code = (uint32_t)code;
    pid = process_create_code(&order);
    if (pid >= 0)
        pid = process_wait(pid, &result, PATIENCE_MS);
    return pid < 0 ? pid : memory_unmap((uint32_t)code, CODE_SIZE_MAX);
}

/* ---- Crashes -----------------------------------------------------------------------------------
 */

static int be_crash(void)
{
    *(volatile int *)PROCESS_INFO_VA = 1; /* it is read-only */
    return 0;
}

static int wait_for_all(void)
{
    struct process_result result;
    int error = 0;

    for (uint32_t i = 0; i < started_count && error >= 0; i++)
        error = process_wait(started[i], &result, PATIENCE_MS);
    started_count = 0;
    return error;
}

int storm_of_crashes(void)
{
    int error = 0;

    find_own_priority();
    for (uint32_t i = 0; i < CRASHES && error >= 0; i += PROCESSES) {
        error = start_crowd("crash", 0, 0);
        if (error >= 0)
            error = wait_for_all();
    }
    return error < 0;
}

/* ---- All of it ---------------------------------------------------------------------------------
 */

static const struct {
    const char *name;
    int (*work)(void);
} roles[] = {
    {"sleepers", be_sleepers}, {"callers", be_callers},  {"server", be_server},
    {"finders", be_finders},   {"ports", be_port_maker}, {"senders", be_bad_senders},
    {"waiters", be_senders},   {"chain", be_chain},      {"victim", be_victim},
    {"parent", be_parent},     {"crash", be_crash},      {"largest", be_largest_server},
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

static const struct {
    const char *name;
    int (*work)(void);
} parts[] = {
    {"sleepers wake", let_sleepers_wake},
    {"callers of one server time out", time_out_at_one_server},
    {"callers of many servers time out", time_out_at_many_servers},
    {"callers are killed", kill_callers},
    {"a server with callers ends", kill_their_server},
    {"the table of ports", fill_the_table_of_ports},
    {"senders whose bytes end too early", receive_from_bad_senders},
    {"a full port is closed", close_a_full_port},
    {"the largest message", exchange_the_largest},
    {"a large process is killed", kill_a_large_victim},
    {"orphans", leave_orphans},
    {"the largest file", read_largest_file},
    {"the largest arguments", pass_largest_arguments},
    {"the largest code", start_largest_code},
};

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
