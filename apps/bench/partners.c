/* The threads and processes that a row needs beside the one that measures. */
#include "bench.h"

#include <megha.h>
#include <stddef.h>

#define THREAD_STACK       0x4000
#define SERVER_PORT        "bench" /* as operations.asm names it */
#define BYTES_MOST         4096
#define SERVER_PATIENCE_MS 5000

int32_t partner;
uint32_t priority = PRIORITY_NORMAL;
static char bytes_to_send[BYTES_MOST], bytes_received[BYTES_MOST];
static struct message_options options;

void find_own_priority(void)
{
    struct process_status status;

    if (process_next(process_self()->pid - 1, &status) == process_self()->pid)
        priority = status.priority;
}

int start_code(const char *code, const char *end)
{
    struct code_order order = {
        .code = (uint32_t)code,
        .code_size = (uint32_t)(end - code),
        .name = (uint32_t) "bench-code",
        .arguments = (uint32_t) "",
        .priority = priority,
        .mode = MODE_USER,
    };

    return process_create_code(&order);
}

void wait_for(int pid)
{
    struct process_result result;

    check(pid);
    check(process_wait(pid, &result, WAIT_FOREVER));
}

const char *start_thread_partner(void)
{
    partner_wanted = 1;
    partner =
        thread_start(partner_loop, NULL, THREAD_STACK, ring_now() == 0 ? MODE_KERNEL : MODE_USER);
    return partner < 0 ? error_text(partner) : NULL;
}

void end_thread_partner(void)
{
    int32_t status;

    partner_wanted = 0;
    check(thread_join(partner, &status, WAIT_FOREVER));
}

const char *start_server(void)
{
    partner = start_code(code_that_replies, code_that_replies_end);
    message_port = partner < 0 ? partner : port_find(SERVER_PORT, SERVER_PATIENCE_MS);
    return message_port < 0 ? error_text(message_port) : NULL;
}

const char *start_bench_as(const char *argument, uint32_t with_priority, uint32_t mode)
{
    partner = process_create(OWN_PROGRAM, argument, with_priority, QUANTUM_DEFAULT_MS, mode);
    return partner < 0 ? error_text(partner) : NULL;
}

/* In our ring. Machine code without a file has no right to ring 0. */
const char *start_process_partner(void)
{
    if (ring_now() == 0)
        return start_bench_as("partner", priority, MODE_KERNEL);
    partner = start_code(code_that_yields, code_that_yields_end);
    return partner < 0 ? error_text(partner) : NULL;
}

const char *start_byte_server(void)
{
    const char *reason = start_bench_as("server", priority, MODE_USER);

    message_port = reason != NULL ? 0 : port_find(SERVER_PORT, SERVER_PATIENCE_MS);
    return reason != NULL ? reason : message_port < 0 ? error_text(message_port) : NULL;
}

const char *start_echo(void)
{
    return start_bench_as("echo", priority, MODE_USER);
}

void end_process_partner(void)
{
    check(process_kill(partner));
    wait_for(partner);
}

/* ---- What the partners do ----------------------------------------------------------------------
 */

static void exchange(uint32_t size)
{
    uint32_t words[MESSAGE_WORDS] = {0};

    options = (struct message_options){
        .timeout_ms = WAIT_FOREVER,
        .send = (uint32_t)bytes_to_send,
        .send_size = size,
        .receive = (uint32_t)bytes_received,
        .receive_room = size,
    };
    check(message_exchange(CALL_message_call, message_port, words, &options));
}

void exchange_16(void)
{
    exchange(16);
}

void exchange_4096(void)
{
    exchange(BYTES_MOST);
}

int yield_for_long(void)
{
    partner_wanted = 1;
    return partner_loop(NULL);
}

int serve_bytes(void)
{
    uint32_t words[MESSAGE_WORDS] = {0};
    int port = port_create(SERVER_PORT);
    int caller;

    options = (struct message_options){
        .timeout_ms = WAIT_FOREVER,
        .send = (uint32_t)bytes_to_send,
        .receive = (uint32_t)bytes_received,
        .receive_room = BYTES_MOST,
    };
    caller = port < 0 ? port : message_exchange(CALL_message_receive, port, words, &options);
    while (caller > 0) {
        options.send_size = options.received;
        caller = message_exchange(CALL_message_reply_receive, caller, words, &options);
    }
    return 1;
}

int echo_events(void)
{
    struct event event;

    while (event_wait(&event, WAIT_FOREVER) >= 0)
        event_send(process_self()->parent, event.value);
    return 1;
}

void wake_and_be_woken(void)
{
    struct event event;

    check(event_send(partner, 1));
    check(event_wait(&event, WAIT_FOREVER));
}
