/* What is measured, and what has to stand ready for it. */
#include "bench.h"

#include <megha.h>
#include <stddef.h>

#define TINY_PROGRAM    "/apps/tiny"
#define INT_OPCODE      0xCD /* the first byte of the stub page where the CPU has no SYSENTER */
#define THREAD_STACK    0x4000
#define COPY_SIZE       1024
#define MODULE_NAME     "bench"
#define MODULE_FILE     "/modules/broken"
#define MODULE_FUNCTION "broken_null"
#define PAGES_TO_TOUCH  200
#define SERVER_PORT     "bench" /* as operations.asm names it */

#define BYTES_MOST         4096
#define SERVER_PATIENCE_MS 5000

const uint32_t stub_page_address = KERNEL_STUB_VA;

static int32_t partner;
static char *next_page;
static char bytes_to_send[BYTES_MOST], bytes_received[BYTES_MOST];
static char buffer[COPY_SIZE];
static uint32_t priority;
static struct message_options options;

void check(int result)
{
    if (result < 0)
        operation_failed(result);
}

/* Ours, which who started us has chosen. */
uint32_t own_priority(void)
{
    struct process_status status;

    return process_next(process_self()->pid - 1, &status) == process_self()->pid ? status.priority
                                                                                 : PRIORITY_NORMAL;
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

/* ---- Calls -------------------------------------------------------------------------------------
 */

static const char *need_sysenter(void)
{
    return *(const volatile uint8_t *)KERNEL_STUB_VA == INT_OPCODE ? "this CPU has no SYSENTER"
                                                                   : NULL;
}

/* A function that does nothing. */
static const char *open_module(void)
{
    int error = module_load(MODULE_NAME, MODULE_FILE);
    int handle = error < 0 && error != ERR_EXISTS ? error : module_open(MODULE_NAME);
    int function = handle < 0 ? handle : module_find((uint32_t)handle, MODULE_FUNCTION);

    if (function < 0)
        return error_text(function);
    module_handle = (uint32_t)handle;
    module_function = (uint32_t)function;
    return NULL;
}

static void close_module(void)
{
    check(module_close(module_handle));
    check(module_unload(MODULE_NAME));
}

/* ---- Switches ----------------------------------------------------------------------------------
 */

static const char *start_process_partner(void)
{
    priority = own_priority();
    partner = start_code(code_that_yields, code_that_yields_end);
    return partner < 0 ? error_text(partner) : NULL;
}

static const char *start_server(void)
{
    priority = own_priority();
    partner = start_code(code_that_replies, code_that_replies_end);
    message_port = partner < 0 ? partner : port_find(SERVER_PORT, SERVER_PATIENCE_MS);
    return message_port < 0 ? error_text(message_port) : NULL;
}

/* Of ourselves, with an argument that main.c knows. */
static const char *start_bench_as(const char *argument)
{
    priority = own_priority();
    partner = process_create("/apps/bench", argument, priority, QUANTUM_DEFAULT_MS, MODE_USER);
    return partner < 0 ? error_text(partner) : NULL;
}

static const char *start_byte_server(void)
{
    const char *reason = start_bench_as("server");

    message_port = reason != NULL ? 0 : port_find(SERVER_PORT, SERVER_PATIENCE_MS);
    return reason != NULL ? reason : message_port < 0 ? error_text(message_port) : NULL;
}

static const char *start_echo(void)
{
    return start_bench_as("echo");
}

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

static void exchange_16(void)
{
    exchange(16);
}

static void exchange_4096(void)
{
    exchange(BYTES_MOST);
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

static void wake_and_be_woken(void)
{
    struct event event;

    check(event_send(partner, 1));
    check(event_wait(&event, WAIT_FOREVER));
}

static void end_process_partner(void)
{
    check(process_kill(partner));
    wait_for(partner);
}

static const char *start_thread_partner(void)
{
    partner_wanted = 1;
    partner =
        thread_start(partner_loop, NULL, THREAD_STACK, ring_now() == 0 ? MODE_KERNEL : MODE_USER);
    return partner < 0 ? error_text(partner) : NULL;
}

static void end_thread_partner(void)
{
    int32_t status;

    partner_wanted = 0;
    check(thread_join(partner, &status, WAIT_FOREVER));
}

/* ---- Memory ------------------------------------------------------------------------------------
 */

static const char *stand_below_the_stack(void)
{
    next_page = (char *)__builtin_frame_address(0) - 2 * PAGE_SIZE;
    return NULL;
}

/* The measuring thread's own stack is only reserved: each further page has to be found. */
static void touch_page(void)
{
    *(volatile char *)next_page = 1;
    next_page -= PAGE_SIZE;
}

static void map_and_unmap(void)
{
    uint32_t address = memory_map(PAGE_SIZE, ACCESS_READ | ACCESS_WRITE);

    if (address_is_error(address))
        operation_failed((int)address);
    else
        check(memory_unmap(address, PAGE_SIZE));
}

static const char *find_tiny(void)
{
    partner = file_find(TINY_PROGRAM);
    priority = own_priority();
    return partner < 0 ? "the program " TINY_PROGRAM " is missing" : NULL;
}

static void copy_to_user(void)
{
    check(file_read((uint32_t)partner, 0, buffer, COPY_SIZE));
}

/* ---- Life and death ----------------------------------------------------------------------------
 */

static int return_at_once(void *argument)
{
    (void)argument;
    return 0;
}

static void live_a_thread(void)
{
    int32_t status;
    int thread = thread_start(return_at_once, NULL, THREAD_STACK, MODE_USER);

    check(thread);
    check(thread_join(thread, &status, WAIT_FOREVER));
}

static void live_a_kernel_thread(void)
{
    int32_t status;
    int thread = thread_start(return_at_once, NULL, PAGE_SIZE, MODE_KERNEL);

    check(thread);
    check(thread_join(thread, &status, WAIT_FOREVER));
}

static void live_a_process(void)
{
    wait_for(process_create(TINY_PROGRAM, "", priority, QUANTUM_DEFAULT_MS, MODE_USER));
}

static void live_a_process_from_code(void)
{
    wait_for(start_code(code_that_exits, code_that_exits_end));
}

static void send_and_take_event(void)
{
    struct event event;

    check(event_send(process_self()->pid, 1));
    check(event_wait(&event, WAIT_FOREVER));
}

/* ---- Waiting and writing -----------------------------------------------------------------------
 */

static void sleep_5_ms(void)
{
    check(thread_sleep(5));
}

static void write_a_character(void)
{
    check(console_write(".", 1));
}

static void end_the_line(void)
{
    check(console_write("\n", 1));
}

/* clang-format off */
const struct row rows[] = {
    {"null call int 0x80", 40, 1000, 1, MODE_USER, operation_null_interrupt, NULL, NULL,
     {.calls = 1}, false},
    {"null call int 0x80 from ring 0", 45, 1000, 1, MODE_KERNEL, operation_null_interrupt, NULL,
     NULL, {.calls = 1}, false},
    {"null call sysenter", 40, 1000, 1, MODE_USER, operation_null_stub, need_sysenter, NULL,
     {.calls = 1}, false},
    {"module call", 80, 1000, 1, MODE_USER, operation_module_call, open_module,
     close_module, {.calls = 1}, false},
    {"message round trip", 250, 1000, 1, MODE_USER, operation_message, start_server,
     end_process_partner, {.switches = 2}, true},
    {"switch across spaces", 110, 1000, 2, MODE_USER, operation_yield, start_process_partner,
     end_process_partner, {.switches = 1}, true},
    {"switch within a process", 0, 1000, 2, MODE_USER, operation_yield, start_thread_partner,
     end_thread_partner, {.switches = 1}, false},
    {"switch within a process in ring 0", 0, 1000, 2, MODE_KERNEL, operation_yield,
     start_thread_partner, end_thread_partner, {.switches = 1}, false},
    {"page fault", 1200, PAGES_TO_TOUCH, 1, MODE_USER, touch_page, stand_below_the_stack, NULL,
     {.pages = 1}, true},
    {"page map..unmap", 0, 300, 1, MODE_USER, map_and_unmap, NULL, NULL,
     {.calls = 2, .pages = 1}, false},
    {"copy of 1 KiB to a program", 0, 300, 1, MODE_USER, copy_to_user, find_tiny, NULL,
     {.calls = 1, .words = COPY_SIZE / 4}, false},
    {"event send..take", 0, 300, 1, MODE_USER, send_and_take_event, NULL, NULL,
     {.calls = 2}, false},
    {"event wake and wake back", 0, 300, 1, MODE_USER, wake_and_be_woken, start_echo,
     end_process_partner, {.calls = 2, .switches = 2}, false},
    {"message round trip of 16 bytes", 0, 300, 1, MODE_USER, exchange_16, start_byte_server,
     end_process_partner, {.switches = 2, .words = 8}, false},
    {"message round trip of 4096 bytes", 0, 300, 1, MODE_USER, exchange_4096, start_byte_server,
     end_process_partner, {.switches = 2, .words = 2 * BYTES_MOST / 4}, false},
    {"sleep of 5 ms", 0, 50, 1, MODE_USER, sleep_5_ms, NULL, NULL, {0}, false},
    {"console character", 0, 60, 1, MODE_USER, write_a_character, NULL, end_the_line,
     {.calls = 1}, false},
    {"thread create..join", 4000, 300, 1, MODE_USER, live_a_thread, NULL, NULL,
     {.calls = 1, .switches = 2, .pages = 1}, true},
    {"thread create..join in ring 0", 0, 300, 1, MODE_USER, live_a_kernel_thread, NULL, NULL,
     {.calls = 1, .switches = 2, .pages = 1}, false},
    {"process create..wait", 16000, 200, 1, MODE_USER, live_a_process, find_tiny, NULL,
     {.calls = 1, .switches = 2, .pages = 6}, true},
    {"process create..wait from memory", 0, 200, 1, MODE_USER, live_a_process_from_code, find_tiny,
     NULL, {.calls = 1, .switches = 2, .pages = 6}, false},
};
/* clang-format on */

const uint32_t row_count = sizeof(rows) / sizeof(rows[0]);

_Static_assert(sizeof(rows) / sizeof(rows[0]) <= ROWS_MAX, "ROWS_MAX of bench.h is too small");
