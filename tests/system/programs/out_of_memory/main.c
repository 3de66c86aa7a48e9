/*
 * Memory runs out: first at each single allocation of each way to create something, by the kernel's
 * test hook (boot.cfg: tests = yes), then for good. Each time an error is told by name and nothing
 * is left behind. The arguments are the part that a child plays.
 */
#include <megha.h>
#include <megha/check.h>
#include <megha/counts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hog.h"

PROGRAM_RIGHTS(RIGHT_RING0 | RIGHT_MODULES);

#define PATH         "/apps/out_of_memory"
#define POSITION     "/apps/position_second" /* position-independent; with an argument it sleeps */
#define MODULE       "/modules/broken"
#define STACK_SIZE   0x4000
#define MAP_SIZE     0x10000
#define ATTEMPTS_MAX 2000
#define ENOUGH       4 /* successes in a row: no allocation is left to fail */

/* How an attempt went; also the status of a child that makes one. */
enum outcome { COMPLETE, REFUSED, ENDED, WRONG };

static const uint8_t exit_code[] = {0xB8, 1, 0, 0, 0, 0x31, 0xDB, 0xCD, 0x80};

/* `started` is a pid or the error of the call that was to start it. */
static enum outcome finish(int started)
{
    struct process_result result = {.reason = 0};
    if (started == ERR_NO_MEMORY)
        return REFUSED;
    if (started < 0 || process_wait(started, &result, WAIT_FOREVER) != started)
        return WRONG;
    if (result.reason == ENDED_NO_MEMORY)
        return ENDED;
    return result.reason == ENDED_EXIT && result.status <= WRONG ? (enum outcome)result.status
                                                                 : WRONG;
}

static int start(const char *part, uint32_t mode)
{
    return process_create(PATH, part, PRIORITY_NORMAL, QUANTUM_DEFAULT_MS, mode);
}

static enum outcome try_process(uint32_t after)
{
    test_fail_memory(after);
    return finish(start("exit", MODE_USER));
}

static enum outcome try_kernel_process(uint32_t after)
{
    test_fail_memory(after);
    return finish(start("exit", MODE_KERNEL));
}

static enum outcome try_fpu(uint32_t after)
{
    test_fail_memory(after);
    return finish(start("fpu", MODE_USER));
}

static enum outcome try_code(uint32_t after)
{
    struct code_order order = {
        .code = (uint32_t)exit_code,
        .code_size = sizeof(exit_code),
        .name = (uint32_t) "code",
        .arguments = (uint32_t) "",
        .priority = PRIORITY_NORMAL,
    };
    test_fail_memory(after);
    return finish(process_create_code(&order));
}

/* True when the process sleeps, false when it has ended before. */
static bool falls_asleep(int pid)
{
    struct process_status process;
    struct thread_status thread = {.state = 0};
    while (process_next(pid - 1, &process) == pid && process.state != STATE_ENDED) {
        if (thread_next(pid, 0, &thread) > 0 && thread.state == STATE_BLOCKED)
            return true;
        thread_yield();
    }
    return false;
}

static enum outcome try_position(uint32_t after)
{
    struct process_result result;
    test_fail_memory(after);
    int pid = process_create(POSITION, "sleep", PRIORITY_NORMAL, QUANTUM_DEFAULT_MS, MODE_USER);
    if (pid < 0 || !falls_asleep(pid))
        return finish(pid);
    process_kill(pid);
    process_wait(pid, &result, WAIT_FOREVER);
    return COMPLETE;
}

/* In a child: a thread that has no memory for its stack ends its process. */
static enum outcome try_in_child(const char *part, uint32_t after)
{
    char text[32];
    snprintf(text, sizeof(text), "%s %lu", part, (unsigned long)after);
    return finish(start(text, MODE_USER));
}

static enum outcome try_user_thread(uint32_t after)
{
    return try_in_child("thread 3", after);
}

static enum outcome try_kernel_thread(uint32_t after)
{
    return try_in_child("thread 0", after);
}

static enum outcome try_map(uint32_t after)
{
    return try_in_child("map 0", after);
}

static enum outcome try_port(uint32_t after)
{
    return try_in_child("port 0", after);
}

static enum outcome try_module(uint32_t after)
{
    test_fail_memory(after);
    int error = module_load("out_of_memory", MODULE);
    test_fail_memory(0);
    if (error < 0)
        return error == ERR_NO_MEMORY ? REFUSED : WRONG;
    return module_unload("out_of_memory") == 0 ? COMPLETE : WRONG;
}

/* Lets every allocation fail, one after the other, until there is none left to fail. */
static void check_path(const char *what, enum outcome (*attempt)(uint32_t after))
{
    char sentence[96];
    bool right = attempt(0) == COMPLETE; /* what the first use needs for good */
    int complete = 0, failed = 0;
    for (uint32_t after = 1; after < ATTEMPTS_MAX && complete < ENOUGH && right; after++) {
        struct memory_info before = counts_take();
        enum outcome outcome = attempt(after);
        test_fail_memory(0);
        right = outcome != WRONG && counts_same(&before);
        complete = outcome == COMPLETE ? complete + 1 : 0;
        failed += outcome != COMPLETE;
        if (!right)
            printf("allocation %lu, outcome %d\n", (unsigned long)after, (int)outcome);
    }
    snprintf(sentence, sizeof(sentence), "%s: every allocation may fail", what);
    check(right && complete == ENOUGH && failed > 0, sentence);
}

static int return_0(void *unused)
{
    (void)unused;
    return 0;
}

static enum outcome play_thread(uint32_t mode, uint32_t after)
{
    int32_t status;
    struct memory_info before = counts_take();
    test_fail_memory(after);
    int thread = thread_start(return_0, NULL, STACK_SIZE, mode);
    if (thread > 0)
        return thread_join(thread, &status, WAIT_FOREVER) == 0 ? COMPLETE : WRONG;
    test_fail_memory(0);
    return thread == ERR_NO_MEMORY && counts_same(&before) ? REFUSED : WRONG;
}

static enum outcome play_map(uint32_t after)
{
    struct memory_info before = counts_take();
    test_fail_memory(after);
    uint32_t address = memory_map(MAP_SIZE, ACCESS_READ | ACCESS_WRITE);
    test_fail_memory(0);
    if (!address_is_error(address))
        return memory_unmap(address, MAP_SIZE) == 0 ? COMPLETE : WRONG;
    return address == (uint32_t)ERR_NO_MEMORY && counts_same(&before) ? REFUSED : WRONG;
}

static enum outcome play_port(uint32_t after)
{
    test_fail_memory(after);
    int port = port_create("out of memory");
    test_fail_memory(0);
    if (port >= 0)
        return port_close(port) == 0 ? COMPLETE : WRONG;
    return port == ERR_NO_MEMORY ? REFUSED : WRONG;
}

static int play(int count, char **arguments)
{
    const char *part = arguments[1];
    uint32_t after = count > 3 ? (uint32_t)atoi(arguments[3]) : 0;
    if (strcmp(part, "thread") == 0)
        return (int)play_thread(*arguments[2] == '0' ? MODE_KERNEL : MODE_USER, after);
    if (strcmp(part, "map") == 0)
        return (int)play_map(after);
    if (strcmp(part, "port") == 0)
        return (int)play_port(after);
    if (strcmp(part, "hog") == 0)
        return hog_play();
    if (strcmp(part, "fpu") == 0)
        __asm__ volatile("fldz\n fstp %st(0)");
    return EXIT_SUCCESS;
}

static void check_hog(void)
{
    struct process_result result = {.reason = 0};
    struct memory_info before = counts_take();
    int pid = start("hog", MODE_USER);
    process_wait(pid, &result, WAIT_FOREVER);
    check(result.reason == ENDED_NO_MEMORY, "a program that takes all memory ends at last");
    check(counts_same(&before), "and all comes back");
}

int main(int count, char **arguments)
{
    if (count > 1)
        return play(count, arguments);
    if (!check(test_fail_memory(0) == 0, "the machine allows tests"))
        return check_result();
    check_path("process", try_process);
    check_path("process in ring 0", try_kernel_process);
    check_path("process of machine code", try_code);
    check_path("position-independent process", try_position);
    check_path("thread", try_user_thread);
    check_path("thread in ring 0", try_kernel_thread);
    check_path("memory", try_map);
    check_path("port", try_port);
    check_path("module", try_module);
    check_path("first use of the x87", try_fpu);
    check_hog();
    return check_result();
}
