/* Hostile work with processes: large ones, orphans, crashes, the largest files and arguments. */
#include "storm.h"

#include <megha.h>
#include <stdio.h>
#include <string.h>

/* ---- Processes ---------------------------------------------------------------------------------
 */

/* As much memory as there is, in one piece, then with holes in its end. */
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
    for (uint32_t i = 1; i <= HOLES && error >= 0; i += 2)
        error = memory_unmap(address + size - i * PAGE_SIZE, PAGE_SIZE);
    given[0] = address;
    return error;
}

/* Memory of different rights side by side, as many pieces as there may be, given back at once. */
int be_region_maker(void)
{
    uint32_t first = memory_map(PAGE_SIZE, ACCESS_READ), pages = 1, address = first;

    while (!address_is_error(address) && address == first + (pages - 1) * PAGE_SIZE)
        address = memory_map(PAGE_SIZE, pages++ % 2 ? ACCESS_READ | ACCESS_WRITE : ACCESS_READ);
    if ((int)address != ERR_LIMIT)
        return 1;
    return memory_unmap(first, (pages - 1) * PAGE_SIZE) < 0;
}

int change_many_regions(void)
{
    return run_alone("regions");
}

static int wait_for_child(void *unused)
{
    struct process_result result;

    (void)unused;
    return process_wait(ANY_CHILD, &result, WAIT_FOREVER);
}

/* 512 threads, one of them the first. They wait for a child that ends. */
int be_victim(void)
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

int kill_a_large_victim(void)
{
    struct event event;
    int pid = storm_start("victim", 0, 0);
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
int be_parent(void)
{
    int error = 0;

    for (uint32_t i = 0; i < ORPHANS && error >= 0; i++)
        error = start_code(code_that_naps, code_that_naps_end);
    return error < 0;
}

int leave_orphans(void)
{
    int error = run_alone("parent");

    return error < 0 ? error : thread_sleep(SETTLED_MS);
}

/* ---- Files and arguments -----------------------------------------------------------------------
 */

int read_largest_file(void)
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

int pass_largest_arguments(void)
{
    struct process_result result;
    char arguments[ARGUMENTS_MAX];
    int pid;

    memset(arguments, 'a', sizeof(arguments) - 1);
    arguments[sizeof(arguments) - 1] = '\0';
    pid = process_create("/apps/tiny", arguments, priority, QUANTUM_DEFAULT_MS, MODE_USER);
    return pid < 0 ? pid : process_wait(pid, &result, PATIENCE_MS);
}

static void put(char *to, const char *code, const char *end)
{
    memcpy(to, code, (size_t)(end - code));
}

int start_largest_code(void)
{
    struct code_order order = {
        .name = (uint32_t) "largest", .arguments = (uint32_t) "", .code_size = CODE_SIZE_MAX};
    char *code = map(CODE_SIZE_MAX);
    struct process_result result;
    int pid;

    if (code == NULL)
        return ERR_NO_MEMORY;
    put(code, code_that_exits, code_that_exits_end);
    order.code = (uint32_t)code;
    pid = process_create_code(&order);
    if (pid >= 0)
        pid = process_wait(pid, &result, PATIENCE_MS);
    return pid < 0 ? pid : memory_unmap((uint32_t)code, CODE_SIZE_MAX);
}

/* ---- Crashes -----------------------------------------------------------------------------------
 */

int be_crash(void)
{
    *(volatile int *)PROCESS_INFO_VA = 1; /* it is read-only */
    return 0;
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
