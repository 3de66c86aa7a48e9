/* Hostile work with messages: bytes that end too early, the largest ones, chains of servers. */
#include "storm.h"

#include <megha.h>
#include <stdio.h>
#include <string.h>

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
        error = storm_start("senders", 0, (uint32_t)port);
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

static int receive_too_little(void *unused)
{
    struct message_options options = {.timeout_ms = WAIT_FOREVER,
                                      .receive = (uint32_t)bytes_that_end_too_early,
                                      .receive_room = BYTES};
    uint32_t words[MESSAGE_WORDS] = {0};

    (void)unused;
    return message_exchange(CALL_message_receive, (int32_t)given[1], words, &options);
}

/* Its threads wait at its own port. */
int be_bad_receivers(void)
{
    int port = port_create(PORT);

    given[1] = (uint32_t)port;
    bytes_that_end_too_early = map(BYTES);
    if (port < 0 || bytes_that_end_too_early == NULL ||
        memory_unmap((uint32_t)bytes_that_end_too_early + BYTES - PAGE_SIZE, PAGE_SIZE) < 0)
        return 1;
    return start_threads(receive_too_little, SENDERS);
}

int send_to_bad_receivers(void)
{
    struct message_options options = {.timeout_ms = SETTLED_MS, .send_size = BYTES};
    uint32_t words[MESSAGE_WORDS] = {0};
    char *bytes = map(BYTES);
    int error = bytes == NULL ? ERR_NO_MEMORY : storm_start("receivers", 0, 0);
    int port = error < 0 ? error : port_find(PORT, PATIENCE_MS);

    options.send = (uint32_t)bytes;
    error = port < 0 ? port : thread_sleep(SETTLED_MS);
    if (error >= 0)
        error = message_exchange(CALL_message_send, port, words, &options);
    if (error == ERR_TIMED_OUT)
        error = memory_unmap((uint32_t)bytes, BYTES);
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
    int error = port < 0 ? port : storm_start("waiters", 0, (uint32_t)port);

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
    int error = room == NULL ? ERR_NO_MEMORY : storm_start("largest", 0, 0);
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

/* A caller of higher priority than the chain raises it, and lets it fall when its time is over. */
int time_out_before_a_chain(void)
{
    struct message_options options = {.timeout_ms = SETTLED_MS};
    uint32_t words[MESSAGE_WORDS] = {0};
    int error = storm_start_at("chain", priority - 1);
    int port = error < 0 ? error : port_find(PORT "0", PATIENCE_MS);

    error = port < 0 ? port : thread_sleep(SETTLED_MS);
    if (error >= 0)
        error = message_exchange(CALL_message_call, port, words, &options);
    return error != ERR_TIMED_OUT ? (error < 0 ? error : ERR_INVALID) : end_all();
}
