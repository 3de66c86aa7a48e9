/* The system calls of ports, messages and modules, led through their points. */
#include "stage.h"

#define CROWD 18 /* more threads than are woken between two points */

/* ---- Messages ----------------------------------------------------------------------------------
 */

static int create_port(void)
{
    char *place = across();

    put(place, "stage 2");
    return port_create(place);
}

static int look_for_it(void *unused)
{
    (void)unused;
    return port_find("stage 2", 10 * MOMENT_MS);
}

static int send_to_stage(void *unused)
{
    (void)unused;
    return message(CALL_message_send, stage.port, 10 * MOMENT_MS);
}

/* Many threads that wait, more than are woken between two points. */
static int start_crowd(int (*member)(void *))
{
    for (int i = 0; i < CROWD; i++)
        thread_start(member, NULL, STACK_SIZE_MIN, MODE_USER);
    thread_sleep(1);
    return 0;
}

static int crowd_of_finders(void)
{
    return start_crowd(look_for_it);
}

static int crowd_of_senders(void)
{
    return start_crowd(send_to_stage);
}

static int close_port(void)
{
    return port_close(stage.port);
}

static int find_port(void)
{
    char *place = across();

    put(place, "nobody");
    return port_find(place, MOMENT_MS);
}

static int exchange(uint32_t call, int32_t number, uint32_t size)
{
    struct message_options options = {.timeout_ms = MOMENT_MS,
                                      .send = stage.range + PAGE_SIZE / 2,
                                      .send_size = size,
                                      .receive = stage.range + 4 * PAGE_SIZE - 8,
                                      .receive_room = size};
    struct message_options *place = across();
    uint32_t words[MESSAGE_WORDS] = {0};

    *place = options;
    return message_exchange(call, number, words, place);
}

static int send_own(void)
{
    return exchange(CALL_message_send, stage.port, 0);
}

static int call_own(void)
{
    return exchange(CALL_message_call, stage.port, 0);
}

static int call_own_with_bytes(void)
{
    return exchange(CALL_message_call, stage.port, 2 * PAGE_SIZE);
}

static int call_server(void)
{
    return exchange(CALL_message_call, stage.server, 2 * PAGE_SIZE);
}

/* Without options: the fast way. */
static int call_server_fast(void)
{
    uint32_t words[MESSAGE_WORDS] = {0};

    return message_exchange(CALL_message_call, stage.server, words, NULL);
}

static int receive(void)
{
    return exchange(CALL_message_receive, stage.port, 2 * PAGE_SIZE);
}

static int receive_call(void)
{
    stage.caller = message(CALL_message_receive, stage.port, PATIENT_MS);
    return stage.caller > 0 ? 0 : stage.caller;
}

static int reply(void)
{
    return exchange(CALL_message_reply, stage.caller, 16);
}

static int reply_receive(void)
{
    return exchange(CALL_message_reply_receive, stage.caller, 16);
}

/* ---- Modules -----------------------------------------------------------------------------------
 */

static int load(void)
{
    char *place = across();

    put(place, "calendar");
    return module_load(place, "/modules/calendar");
}

static int load_calendar(void)
{
    return module_load("calendar", "/modules/calendar");
}

static int unload(void)
{
    char *place = across();

    put(place, "calendar");
    return module_unload(place);
}

static int open(void)
{
    char *place = across();

    put(place, "clock");
    return module_open(place);
}

static int find_function(void)
{
    char *place = across();

    put(place, "clock_time");
    return module_find((uint32_t)stage.module, place);
}

static int tell_module(void)
{
    return module_info(0, across());
}

static int function;

static int find_clock(void)
{
    return function = module_find((uint32_t)stage.module, "clock_time");
}

static int call_module(void)
{
    return module_call((uint32_t)stage.module, (uint32_t)function, (uint32_t)across(), 0, 0);
}

const struct host message_hosts[] = {
    {"create_port", "port_create", NULL, create_port, 0, 0},
    {"create_sought_port", "port_create", crowd_of_finders, create_port, 0, 0},
    {"close_crowded_port", "port_close", crowd_of_senders, close_port, 0, 0},
    {"find_port", "port_find", NULL, find_port, 0, WAITS},
    {"send_own", "message_send", NULL, send_own, 0, WAITS},
    {"call_own", "message_call", NULL, call_own, 0, WAITS},
    {"call_own_with_bytes", "message_call", NULL, call_own_with_bytes, 0, WAITS | E(TOO_LONG)},
    {"call_server", "message_call", NULL, call_server, WANTS_SERVER, WAITS},
    {"call_server_fast", "message_call", NULL, call_server_fast, WANTS_SERVER, WAITS},
    {"receive", "message_receive", NULL, receive, WANTS_CLIENT, WAITS},
    {"reply", "message_reply", receive_call, reply, WANTS_CLIENT, E(NOT_FOUND)},
    {"reply_receive", "message_reply_receive", receive_call, reply_receive, WANTS_CLIENT,
     WAITS | E(NOT_FOUND)},
    {"load", "module_load", NULL, load, 0, 0},
    {"unload", "module_unload", load_calendar, unload, 0, 0},
    {"open", "module_open", NULL, open, WANTS_MODULE, 0},
    {"find_function", "module_find", NULL, find_function, WANTS_MODULE, 0},
    {"tell_module", "module_info", NULL, tell_module, WANTS_MODULE, 0},
    {"call_module", "module_call", find_clock, call_module, WANTS_MODULE, 0},
};
const unsigned message_host_count = sizeof(message_hosts) / sizeof(message_hosts[0]);
