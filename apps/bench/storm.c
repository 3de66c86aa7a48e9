/*
 * Hostile work: what a program without rights can do to keep the kernel busy for long. `./build.sh
 * bench` watches how long interrupts are off meanwhile, and how long a thread of higher priority
 * would have to wait.
 *
 * The storm is made of parts, one after the other. Most of what a part does it does in processes of
 * this program, which are started with the words "storm ROLE NUMBER NUMBER".
 */
#include "bench.h"

#include <megha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CROWD        5000
#define THREADS_EACH 500
#define PROCESSES    (CROWD / THREADS_EACH)
#define STACK        PAGE_SIZE
#define FOR_LONG     (WAIT_FOREVER - 1)
#define PATIENCE_MS  60000
#define SETTLED_MS   1500 /* all of a crowd wait by then */
#define PORT         "storm"
#define SENDERS      256
#define ORPHANS      1000
#define VICTIM_MOST  0x80000000u
#define LEFT_FREE    0x1000000u /* of memory, for what else is needed */
#define CHAIN        300
#define BYTES        MESSAGE_SIZE_MAX
#define CRASHES      600

static uint32_t now_ms(void)
{
    uint64_t now;

    check(clock_now(&now));
    return (uint32_t)((now + 999) / 1000);
}

/* ---- Processes of this program ------------------------------------------------------------------
 */

static int started[PROCESSES + 2];
static uint32_t started_count;

static int start(const char *role, uint32_t first, uint32_t second)
{
    char words[64];
    int pid;

    snprintf(words, sizeof(words), "storm %s %u %u", role, first, second);
    pid = process_create(OWN_PROGRAM, words, priority, QUANTUM_DEFAULT_MS, MODE_USER);
    if (pid >= 0)
        started[started_count++] = pid;
    return pid;
}

static int start_crowd(const char *role, uint32_t first, uint32_t second)
{
    int error = 0;

    for (uint32_t i = 0; i < PROCESSES && error >= 0; i++)
        error = start(role, first, second);
    return error;
}

static int end_all(void)
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

/* What each thread of a crowd does. */
static uint32_t given[2];

static int start_threads(int (*function)(void *), uint32_t count)
{
    int error = 0;

    for (uint32_t i = 0; i < count && error >= 0; i++)
        error = thread_start(function, (void *)i, STACK, MODE_USER);
    return error < 0 ? error : thread_sleep(FOR_LONG);
}

/* ---- Time-outs that come together --------------------------------------------------------------
 */

static int sleep_until(void *unused)
{
    (void)unused;
    return thread_sleep(given[0] - now_ms());
}

static int be_sleepers(void)
{
    return start_threads(sleep_until, THREADS_EACH - 1);
}

static int call_until(void *unused)
{
    uint32_t words[MESSAGE_WORDS] = {0};
    struct message_options options = {.timeout_ms =
                                          given[0] == 0 ? WAIT_FOREVER : given[0] - now_ms()};

    (void)unused;
    return message_exchange(CALL_message_call, (int32_t)given[1], words, &options);
}

static int be_callers(void)
{
    return start_threads(call_until, THREADS_EACH - 1);
}

/* Receives and never replies. */
static int be_server(void)
{
    char name[PORT_NAME_MAX];
    int port;

    snprintf(name, sizeof(name), PORT "%u", given[0]);
    port = port_create(name);
    while (port >= 0 && message_receive(port, 0, 0, 0, NULL) >= 0)
        ;
    return 1;
}

static int start_server_number(uint32_t number)
{
    char name[PORT_NAME_MAX];
    int pid = start("server", number, 0);

    snprintf(name, sizeof(name), PORT "%u", number);
    return pid < 0 ? pid : port_find(name, PATIENCE_MS);
}

static int let_sleepers_wake(void)
{
    int error = start_crowd("sleepers", now_ms() + SETTLED_MS, 0);

    if (error >= 0)
        error = thread_sleep(2 * SETTLED_MS);
    return error < 0 ? error : end_all();
}

static int let_callers_time_out(uint32_t servers)
{
    uint32_t deadline = now_ms() + SETTLED_MS;
    int error = 0;

    for (uint32_t i = 0; i < PROCESSES && error >= 0; i++) {
        static int port;

        if (i < servers)
            port = start_server_number(i);
        error = port < 0 ? port : start("callers", deadline, (uint32_t)port);
    }
    if (error >= 0)
        error = thread_sleep(2 * SETTLED_MS);
    return error < 0 ? error : end_all();
}

static int time_out_at_one_server(void)
{
    return let_callers_time_out(1);
}

static int time_out_at_many_servers(void)
{
    return let_callers_time_out(PROCESSES / 2);
}

/* ---- Callers that are killed, servers that end --------------------------------------------------
 */

static int gather_callers(void)
{
    int port = start_server_number(0);
    int error = port < 0 ? port : start_crowd("callers", 0, (uint32_t)port);

    return error < 0 ? error : thread_sleep(SETTLED_MS);
}

static int kill_callers(void)
{
    int error = gather_callers();

    for (uint32_t i = started_count; i > 1 && error >= 0; i--)
        error = process_kill(started[i - 1]);
    return error < 0 ? error : end_all();
}

static int kill_their_server(void)
{
    int error = gather_callers();

    if (error >= 0)
        error = process_kill(started[0]);
    if (error >= 0)
        error = thread_sleep(SETTLED_MS);
    return error < 0 ? error : end_all();
}

/* ---- Ports -------------------------------------------------------------------------------------
 */

static int find_in_vain(void *unused)
{
    (void)unused;
    return port_find("a port that nobody ever makes", WAIT_FOREVER);
}

static int be_finders(void)
{
    return start_threads(find_in_vain, THREADS_EACH - 1);
}

/* Names that differ in their last letters only, and a crowd that waits for another one. */
static int make_ports(void)
{
    char name[PORT_NAME_MAX];
    int error = start_crowd("finders", 0, 0);

    if (error >= 0)
        error = thread_sleep(SETTLED_MS);
    for (uint32_t i = 0; i < PORTS_MAX && error >= 0; i++) {
        snprintf(name, sizeof(name), "a name of thirty-one letters%03u", i);
        error = port_create(name);
    }
    if (error >= 0 || error == ERR_LIMIT)
        error = port_find("a name of thirty-one letters", 0) == ERR_TIMED_OUT ? 0 : ERR_INVALID;
    return error < 0 ? error : end_all();
}

static int be_port_maker(void)
{
    int error = make_ports();

    started_count = 0;
    return error < 0;
}

static int run_alone(const char *role)
{
    struct process_result result;
    int pid = start(role, 0, 0);
    int error = pid < 0 ? pid : process_wait(pid, &result, PATIENCE_MS);

    started_count = 0;
    if (error >= 0 && (result.reason != ENDED_EXIT || result.status != 0))
        error = result.status < 0 ? result.status : ERR_INVALID;
    return error;
}

static int fill_the_table_of_ports(void)
{
    return run_alone("ports");
}

/* ---- Messages ----------------------------------------------------------------------------------
 */

static char *bytes_that_end_too_early;

static int send_too_little(void *unused)
{
    struct message_options options = {
        .timeout_ms = WAIT_FOREVER, .send = (uint32_t)bytes_that_end_too_early, .send_size = BYTES};
    uint32_t words[MESSAGE_WORDS] = {0};

    (void)unused;
    return message_exchange(CALL_message_send, (int32_t)given[1], words, &options);
}

static char *map(uint32_t size)
{
    uint32_t address = memory_map(size, ACCESS_READ | ACCESS_WRITE);

    return address_is_error(address) ? NULL : (char *)address;
}

static int be_bad_senders(void)
{
    bytes_that_end_too_early = map(BYTES);
    if (bytes_that_end_too_early == NULL ||
        memory_unmap((uint32_t)bytes_that_end_too_early + BYTES - PAGE_SIZE, PAGE_SIZE) < 0)
        return 1;
    return start_threads(send_too_little, SENDERS);
}

/* Room for the largest message, and for the largest reply. */
static int receive_from_bad_senders(void)
{
    struct message_options options = {.timeout_ms = SETTLED_MS, .receive_room = BYTES};
    uint32_t words[MESSAGE_WORDS] = {0};
    char *room = map(BYTES);
    int port = port_create(PORT);
    int error = port;

    options.receive = (uint32_t)room;
    if (room == NULL)
        return ERR_NO_MEMORY;
    if (error >= 0)
        error = start("senders", 0, (uint32_t)port);
    if (error >= 0)
        error = thread_sleep(SETTLED_MS);
    if (error >= 0)
        error = message_exchange(CALL_message_receive, port, words, &options);
    if (error == ERR_TIMED_OUT)
        error = port_close(port);
    if (error >= 0)
        error = memory_unmap((uint32_t)room, BYTES);
    return error < 0 ? error : end_all();
}

/* As many as wait at most, and the port is closed. */
static int wait_to_send(void *unused)
{
    uint32_t words[MESSAGE_WORDS] = {0};
    struct message_options options = {.timeout_ms = WAIT_FOREVER};

    (void)unused;
    return message_exchange(CALL_message_send, (int32_t)given[1], words, &options);
}

static int be_senders(void)
{
    return start_threads(wait_to_send, SENDERS);
}

static int close_a_full_port(void)
{
    int port = port_create(PORT);
    int error = port < 0 ? port : start("waiters", 0, (uint32_t)port);

    if (error >= 0)
        error = thread_sleep(SETTLED_MS);
    if (error >= 0)
        error = port_close(port);
    return error < 0 ? error : end_all();
}

static int be_largest_server(void)
{
    struct message_options options = {.timeout_ms = WAIT_FOREVER, .receive_room = BYTES};
    uint32_t words[MESSAGE_WORDS] = {0};
    char *room = map(BYTES + PAGE_SIZE);
    int port = room == NULL ? ERR_NO_MEMORY : port_create(PORT);
    int caller;

    options.receive = options.send = (uint32_t)room + 1;
    caller = port < 0 ? port : message_exchange(CALL_message_receive, port, words, &options);
    options.send_size = options.received;
    while (caller > 0)
        caller = message_exchange(CALL_message_reply_receive, caller, words, &options);
    return 1;
}

static int exchange_the_largest(void)
{
    char *room = map(BYTES + PAGE_SIZE);
    struct message_options options = {.timeout_ms = PATIENCE_MS,
                                      .send = (uint32_t)room + 7,
                                      .send_size = BYTES,
                                      .receive = (uint32_t)room + 7,
                                      .receive_room = BYTES};
    uint32_t words[MESSAGE_WORDS] = {0};
    int error = room == NULL ? ERR_NO_MEMORY : start("largest", 0, 0);
    int port = error < 0 ? error : port_find(PORT, PATIENCE_MS);

    error = port < 0 ? port : message_exchange(CALL_message_call, port, words, &options);
    if (error >= 0)
        error = memory_unmap((uint32_t)room, BYTES + PAGE_SIZE);
    return error < 0 ? error : end_all();
}

/* ---- Servers that wait for each other ----------------------------------------------------------
 */

static int chain_ports[CHAIN];

/* Server n has received a call at its port, and calls server n + 1; the last one only waits. */
static int be_link_of_chain(void *argument)
{
    uint32_t number = (uint32_t)argument;
    char name[PORT_NAME_MAX];
    int caller;

    snprintf(name, sizeof(name), PORT "%u", number);
    chain_ports[number] = port_create(name);
    caller = message_receive(chain_ports[number], 0, 0, 0, NULL);
    if (caller < 0 || number + 1 == CHAIN)
        return thread_sleep(FOR_LONG);
    while (chain_ports[number + 1] == 0)
        thread_sleep(1);
    return message_call(chain_ports[number + 1], 0, 0, 0, NULL);
}

static int be_chain(void)
{
    return start_threads(be_link_of_chain, CHAIN);
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
    memcpy(code, code_that_exits, (size_t)(code_that_exits_end - code_that_exits));
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
    *(volatile int *)0 = 1;
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
