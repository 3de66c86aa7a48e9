/* What is measured, and what has to stand ready for it. */
#include "bench.h"

#include <megha.h>
#include <stddef.h>

#define TINY_PROGRAM   "/apps/tiny"
#define INT_OPCODE     0xCD /* the first byte of the stub page where the CPU has no SYSENTER */
#define THREAD_STACK   0x4000
#define COPY_SIZE      1024
#define MODULE_NAME    "bench"
#define MODULE_FILE    "/modules/broken"
#define PAGES_TO_TOUCH 200
#define SLEEP_MS       5
#define PHASES         40 /* of a tick, in which a sleep begins */
#define PHASE_US       (1000 / PHASES)

const uint32_t stub_page_address = KERNEL_STUB_VA;

static char *next_page;
static char buffer[COPY_SIZE];
static uint32_t phase;

/* ---- Calls -------------------------------------------------------------------------------------
 */

static const char *need_sysenter(void)
{
    return *(const volatile uint8_t *)KERNEL_STUB_VA == INT_OPCODE ? "this CPU has no SYSENTER"
                                                                   : NULL;
}

static const char *open_module(const char *function_name)
{
    int error = module_load(MODULE_NAME, MODULE_FILE);
    int handle = error < 0 && error != ERR_EXISTS ? error : module_open(MODULE_NAME);
    int function = handle < 0 ? handle : module_find((uint32_t)handle, function_name);

    if (function < 0)
        return error_text(function);
    module_handle = (uint32_t)handle;
    module_function = (uint32_t)function;
    return NULL;
}

static const char *open_null_function(void)
{
    return open_module("broken_null");
}

static const char *open_copy_function(void)
{
    return open_module("broken_take");
}

static void close_module(void)
{
    check(module_close(module_handle));
    check(module_unload(MODULE_NAME));
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
    return partner < 0 ? "the program " TINY_PROGRAM " is missing" : NULL;
}

static void copy_to_user(void)
{
    check(file_read((uint32_t)partner, 0, buffer, COPY_SIZE));
}

static void copy_from_user(void)
{
    check(module_call(module_handle, module_function, (uint32_t)buffer, COPY_SIZE, 0));
}

/* The idle thread zeroes frames meanwhile. */
static void let_the_machine_idle(void)
{
    check(thread_sleep(1));
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
    check(thread_sleep(SLEEP_MS));
}

static const char *begin_phases(void)
{
    phase = 0;
    return NULL;
}

/* A sleep ends with a tick. So that the next one begins at another place between two ticks: */
static void wait_for_the_phase(void)
{
    uint32_t start = time_stamp();
    uint32_t wait = process_self()->tsc_khz / 1000 * PHASE_US * (phase++ % PHASES);

    while (time_stamp() - start < wait)
        ;
}

static uint32_t lateness(void)
{
    uint32_t asked = process_self()->tsc_khz * SLEEP_MS;
    uint32_t slept = time_of(sleep_5_ms);

    return slept < asked ? 0 : slept - asked;
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
#define FLOOR(...) .floor = {__VA_ARGS__}

const struct row rows[] = {
    {"null call int 0x80", 40, 1000, 1, MODE_USER, operation_null_interrupt, FLOOR(.calls = 1)},
    {"null call int 0x80 from ring 0", 45, 1000, 1, MODE_KERNEL, operation_null_interrupt,
     FLOOR(.calls = 1)},
    {"null call sysenter", 40, 1000, 1, MODE_USER, operation_null_stub, FLOOR(.calls = 1),
     .prepare = need_sysenter},
    {"module call", 80, 1000, 1, MODE_USER, operation_module_call, FLOOR(.calls = 1),
     .prepare = open_null_function, .finish = close_module},
    {"message round trip", 250, 1000, 1, MODE_USER, operation_message, FLOOR(.switches = 2),
     .prepare = start_server, .finish = end_process_partner, .crowded = true},
    {"switch across spaces", 110, 1000, 2, MODE_USER, operation_yield, FLOOR(.switches = 1),
     .prepare = start_process_partner, .finish = end_process_partner, .crowded = true},
    {"switch across spaces in ring 0", 0, 1000, 2, MODE_KERNEL, operation_yield,
     FLOOR(.switches = 1), .prepare = start_process_partner, .finish = end_process_partner},
    {"switch within a process", 80, 1000, 2, MODE_USER, operation_yield, FLOOR(.switches = 1),
     .prepare = start_thread_partner, .finish = end_thread_partner},
    {"switch within a process in ring 0", 0, 1000, 2, MODE_KERNEL, operation_yield,
     FLOOR(.switches = 1), .prepare = start_thread_partner, .finish = end_thread_partner},
    {"yield to nobody", 0, 1000, 1, MODE_USER, operation_yield, FLOOR(.calls = 1)},
    {"page fault", 1200, PAGES_TO_TOUCH, 1, MODE_USER, touch_page, FLOOR(.pages = 1),
     .prepare = stand_below_the_stack, .crowded = true},
    {"page fault pre-zeroed", 300, PAGES_TO_TOUCH, 1, MODE_USER, touch_page, FLOOR(.calls = 1),
     .prepare = stand_below_the_stack, .before = let_the_machine_idle},
    {"page map..unmap", 0, 300, 1, MODE_USER, map_and_unmap, FLOOR(.calls = 2, .pages = 1)},
    {"copy of 1 KiB to a program", 0, 300, 1, MODE_USER, copy_to_user,
     FLOOR(.calls = 1, .words = COPY_SIZE / 4), .prepare = find_tiny},
    {"copy of 1 KiB from a program", 0, 300, 1, MODE_USER, copy_from_user,
     FLOOR(.calls = 1, .words = COPY_SIZE / 4), .prepare = open_copy_function,
     .finish = close_module},
    {"event send..take", 0, 300, 1, MODE_USER, send_and_take_event, FLOOR(.calls = 2)},
    {"event wake and wake back", 0, 300, 1, MODE_USER, wake_and_be_woken,
     FLOOR(.calls = 2, .switches = 2), .prepare = start_echo, .finish = end_process_partner},
    {"message round trip of 16 bytes", 0, 300, 1, MODE_USER, exchange_16,
     FLOOR(.switches = 2, .words = 8), .prepare = start_byte_server,
     .finish = end_process_partner},
    {"message round trip of 4096 bytes", 0, 300, 1, MODE_USER, exchange_4096,
     FLOOR(.switches = 2, .words = 2 * 4096 / 4), .prepare = start_byte_server,
     .finish = end_process_partner},
    {"sleep of 5 ms", 0, 50, 1, MODE_USER, sleep_5_ms, .prepare = NULL,
     .idles = true},
    {"sleep of 5 ms too late by", 0, PHASES, 1, MODE_USER, .sample = lateness,
     .prepare = begin_phases, .before = wait_for_the_phase,
     .idles = true},
    {"console character", 0, 60, 1, MODE_USER, write_a_character, FLOOR(.calls = 1),
     .finish = end_the_line},
    {"key to a waiting program", 0, 300, 1, MODE_USER, .sample = keys_sample,
     FLOOR(.switches = 1, .ports = 2), .prepare = keys_prepare, .finish = keys_finish},
    {"thread create..join", 4000, 300, 1, MODE_USER, live_a_thread,
     FLOOR(.calls = 1, .switches = 2, .pages = 1), .crowded = true},
    {"thread create..join in ring 0", 0, 300, 1, MODE_USER, live_a_kernel_thread,
     FLOOR(.calls = 1, .switches = 2, .pages = 1)},
    {"process create..wait", 16000, 200, 1, MODE_USER, live_a_process,
     FLOOR(.calls = 1, .switches = 2, .pages = 6), .prepare = find_tiny, .crowded = true},
    {"process create..wait from memory", 0, 200, 1, MODE_USER, live_a_process_from_code,
     FLOOR(.calls = 1, .switches = 2, .pages = 6)},
};
/* clang-format on */

const uint32_t row_count = sizeof(rows) / sizeof(rows[0]);

_Static_assert(sizeof(rows) / sizeof(rows[0]) <= ROWS_MAX, "ROWS_MAX of bench.h is too small");
