/* The storm's parts about time-outs, ports and messages. */
#include "storm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PORT    "storm"
#define SENDERS 256
#define CHAIN   300
#define BYTES   MESSAGE_SIZE_MAX

/* ---- Time-outs that come together --------------------------------------------------------------
 */

static int sleep_until(void *unused)
{
    (void)unused;
    return thread_sleep(given[0] - now_ms());
}

int be_sleepers(void)
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

int be_callers(void)
{
    return start_threads(call_until, THREADS_EACH - 1);
}

/* Receives and never replies. */
int be_server(void)
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

int let_sleepers_wake(void)
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

int time_out_at_one_server(void)
{
    return let_callers_time_out(1);
}

int time_out_at_many_servers(void)
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

int kill_callers(void)
{
    int error = gather_callers();

    for (uint32_t i = started_count; i > 1 && error >= 0; i--)
        error = process_kill(started[i - 1]);
    return error < 0 ? error : end_all();
}

int kill_their_server(void)
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

int be_finders(void)
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

int be_port_maker(void)
{
    int error = make_ports();

    started_count = 0;
    return error < 0;
}

int fill_the_table_of_ports(void)
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

char *map(uint32_t size)
{
    uint32_t address = memory_map(size, ACCESS_READ | ACCESS_WRITE);

    return address_is_error(address) ? NULL : (char *)address;
}

int be_bad_senders(void)
{
    bytes_that_end_too_early = map(BYTES);
    if (bytes_that_end_too_early == NULL ||
        memory_unmap((uint32_t)bytes_that_end_too_early + BYTES - PAGE_SIZE, PAGE_SIZE) < 0)
        return 1;
    return start_threads(send_too_little, SENDERS);
}

/* Room for the largest message, and for the largest reply. */
int receive_from_bad_senders(void)
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

int be_senders(void)
{
    return start_threads(wait_to_send, SENDERS);
}

int close_a_full_port(void)
{
    int port = port_create(PORT);
    int error = port < 0 ? port : start("waiters", 0, (uint32_t)port);

    if (error >= 0)
        error = thread_sleep(SETTLED_MS);
    if (error >= 0)
        error = port_close(port);
    return error < 0 ? error : end_all();
}

int be_largest_server(void)
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

int exchange_the_largest(void)
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

int be_chain(void)
{
    return start_threads(be_link_of_chain, CHAIN);
}
