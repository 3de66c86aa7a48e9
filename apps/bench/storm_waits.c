/* Hostile work with waits: time-outs that come together, callers that end together, ports. */
#include "storm.h"

#include <megha.h>
#include <stdio.h>
#include <string.h>

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
    int pid = storm_start("server", number, 0);

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
        error = port < 0 ? port : storm_start("callers", deadline, (uint32_t)port);
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
