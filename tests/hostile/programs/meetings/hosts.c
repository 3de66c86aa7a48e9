/* The system calls, each with arguments that lead it through its preemption points and waits. */
#include "stage.h"

#include <abi/machine.h>
#include <stdio.h>
#include <string.h>

#define PLACE "/apps/meetings"
#define PIECE 150 /* of text: more than the console writes at once */

static void put(char *place, const char *text)
{
    memcpy(place, text, strlen(text) + 1);
}

static int address_result(uint32_t address)
{
    return address_is_error(address) ? (int)address : 0;
}

/* ---- Memory ------------------------------------------------------------------------------------
 */

static int map(void)
{
    return address_result(memory_map(NEW_PAGES * PAGE_SIZE, ACCESS_READ | ACCESS_WRITE));
}

static int map_read_only(void)
{
    return address_result(memory_map(NEW_PAGES * PAGE_SIZE, ACCESS_READ));
}

static int unmap(void)
{
    return memory_unmap(stage.range, RANGE_PAGES * PAGE_SIZE);
}

/* ---- Processes and threads ---------------------------------------------------------------------
 */

/* A child never has a right that its creator has not. */
static int check_rights(int pid)
{
    struct process_status child;

    if (pid < 0 || process_next(pid - 1, &child) != pid)
        return pid;
    return child.rights & ~(uint32_t)rights_drop(0) ? BROKEN_PROMISE : pid;
}

static int create_at(const char *path, uint32_t mode)
{
    char *place = across();

    put(place, path);
    return check_rights(process_create(place, "as quick", PRIORITY_NORMAL, 1, mode));
}

static int create(void)
{
    return create_at(PLACE, MODE_USER);
}

static int create_kernel(void)
{
    return create_at(PLACE, MODE_KERNEL);
}

static int create_with_library(void)
{
    return create_at("/apps/position_second", MODE_USER);
}

static int create_code(void)
{
    struct code_order order = {.code = stage.range,
                               .code_size = 3 * PAGE_SIZE,
                               .name = (uint32_t) "code",
                               .arguments = (uint32_t) "",
                               .priority = PRIORITY_NORMAL,
                               .mode = MODE_KERNEL,
                               .rights = RIGHT_RING0};

    /* process_exit(0) */
    memcpy((void *)stage.range, "\xB8\x01\x00\x00\x00\x31\xDB\xCD\x80", 9);
    return check_rights(process_create_code(&order));
}

/* The points are those of the new process, from its first instruction in the kernel on. */
static int begin(void)
{
    struct thread_status thread;
    struct process_result result;
    int pid = process_create(PLACE, "as quick", PRIORITY_NORMAL, 1, MODE_USER);
    int ended;

    stage.child = pid;
    if (pid < 0 || thread_next(pid, 0, &thread) < 0)
        return pid;
    stage_host_is(thread.id);
    ended = process_wait(pid, &result, PATIENT_MS);
    return ended;
}

static int wait_for_child(void)
{
    struct process_result *result = across();

    return process_wait(stage.child, result, MOMENT_MS);
}

static int exit_process(void)
{
    return process_exit(0);
}

static int exit_thread(void)
{
    return thread_exit(0);
}

static int abort_process(void)
{
    return process_abort();
}

static int nothing(void *unused)
{
    (void)unused;
    return 0;
}

static int user_thread(void)
{
    return thread_start(nothing, NULL, STACK, MODE_USER);
}

static int kernel_thread(void)
{
    return thread_start(nothing, NULL, STACK, MODE_KERNEL);
}

static int join(void)
{
    return thread_join(stage.sleeper, across(), MOMENT_MS);
}

static int sleep(void)
{
    return thread_sleep(MOMENT_MS);
}

static int describe_process(void)
{
    return process_next(process_self()->pid - 1, across());
}

static int describe_thread(void)
{
    return thread_next(process_self()->pid, 0, across());
}

static int describe_region(void)
{
    return region_next(process_self()->pid, 0, across());
}

static int wait_for_event(void)
{
    return event_wait(across(), MOMENT_MS);
}

/* ---- Console, files, facts ---------------------------------------------------------------------
 */

static int write_text(void)
{
    char *text = across();

    memset(text, ' ', PIECE);
    text[PIECE - 1] = '\r';
    return console_write(text, PIECE);
}

static int read_keys(void)
{
    return console_read(across(), 4, MOMENT_MS);
}

static int read_file(void)
{
    return file_read(0, 0, (void *)(stage.range + 100), 3 * PAGE_SIZE);
}

static int find_file(void)
{
    char *place = across();

    put(place, PLACE);
    return file_find(place);
}

static int tell_file(void)
{
    return file_info(0, across());
}

static int tell_time(void)
{
    return clock_now(across());
}

static int tell_memory(void)
{
    return memory_info(across());
}

static int tell_milestone(void)
{
    return milestone_info(0, across());
}

static int tell_boot(void)
{
    return boot_info_read(0, across(), 64);
}

static int tell_machine(void)
{
    return machine_read(MACHINE_TSS, 0, 0, across(), 64);
}

/* ---- Messages ----------------------------------------------------------------------------------
 */

static int create_port(void)
{
    char *place = across();

    put(place, "stage 2");
    return port_create(place);
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

#define WAITS (E(TIMED_OUT) | E(CANCELLED))

const struct host hosts[] = {
    {"map", "memory_map", NULL, map, 0, 0},
    {"map_read_only", "memory_map", NULL, map_read_only, 0, 0},
    {"unmap", "memory_unmap", NULL, unmap, 0, 0},
    {"create", "process_create", NULL, create, 0, 0},
    {"create_kernel", "process_create", NULL, create_kernel, 0, 0},
    {"create_with_library", "process_create", NULL, create_with_library, 0, 0},
    {"create_code", "process_create_code", NULL, create_code, 0, 0},
    {"begin", "process_create", NULL, begin, IN_CHILD, E(TIMED_OUT)},
    {"wait", "process_wait", NULL, wait_for_child, WANTS_CHILD, WAITS},
    {"exit_process", "process_exit", NULL, exit_process, ENDS_PROCESS, 0},
    {"exit_thread", "thread_exit", NULL, exit_thread, 0, 0},
    {"abort", "process_abort", NULL, abort_process, ENDS_PROCESS, 0},
    {"user_thread", "thread_create", NULL, user_thread, 0, 0},
    {"kernel_thread", "thread_create", NULL, kernel_thread, 0, 0},
    {"join", "thread_join", NULL, join, WANTS_SLEEPER, WAITS},
    {"sleep", "thread_sleep", NULL, sleep, 0, WAITS},
    {"describe_process", "process_next", NULL, describe_process, 0, 0},
    {"describe_thread", "thread_next", NULL, describe_thread, 0, 0},
    {"describe_region", "region_next", NULL, describe_region, 0, 0},
    {"wait_for_event", "event_wait", NULL, wait_for_event, 0, WAITS},
    {"write_text", "console_write", NULL, write_text, 0, 0},
    {"read_keys", "console_read", NULL, read_keys, 0, WAITS | E(NOT_ALLOWED)},
    {"read_file", "file_read", NULL, read_file, 0, 0},
    {"find_file", "file_find", NULL, find_file, 0, 0},
    {"tell_file", "file_info", NULL, tell_file, 0, 0},
    {"tell_time", "clock_now", NULL, tell_time, 0, 0},
    {"tell_memory", "memory_info", NULL, tell_memory, 0, 0},
    {"tell_milestone", "milestone_info", NULL, tell_milestone, 0, 0},
    {"tell_boot", "boot_info_read", NULL, tell_boot, 0, 0},
    {"tell_machine", "machine_read", NULL, tell_machine, 0, 0},
    {"create_port", "port_create", NULL, create_port, 0, 0},
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
const unsigned host_count = sizeof(hosts) / sizeof(hosts[0]);
