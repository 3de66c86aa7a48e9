/* The system calls, each with arguments that lead it through its preemption points and waits. */
#include "stage.h"

#include <abi/machine.h>
#include <stdio.h>
#include <string.h>

#define PLACE "/apps/meetings"
#define PIECE 150 /* of text: more than the console writes at once */

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
};
const unsigned host_count = sizeof(hosts) / sizeof(hosts[0]);
