/* Addresses that no program may give to the kernel. */
#include <stdio.h>
#include <string.h>

#include "fuzz.h"

#define STACK_SIZE 0x4000

static int sleep_long(void *unused)
{
    (void)unused;
    thread_sleep(WAIT_FOREVER - 1);
    return 0;
}

/* The stack of a new thread of this process that sleeps. */
static uint32_t stack_of_sleeper(uint32_t mode)
{
    struct thread_status status;
    int thread = thread_start(sleep_long, NULL, STACK_SIZE, mode);

    if (thread < 0 || thread_next(process_self()->pid, thread - 1, &status) != thread)
        return USER_END;
    return status.stack_start;
}

/* A mapped page, filled with text that does not end, before one that is not. */
static uint32_t edge_of_memory(void)
{
    uint32_t memory = memory_map(2 * PAGE_SIZE, ACCESS_READ | ACCESS_WRITE);

    memory_unmap(memory + PAGE_SIZE, PAGE_SIZE);
    memset((void *)memory, 'e', PAGE_SIZE);
    return memory + PAGE_SIZE;
}

uint32_t fuzz_bad_pointers(struct fuzz_pointer *pointers)
{
    uint32_t ring0 = stack_of_sleeper(MODE_KERNEL);
    uint32_t user = stack_of_sleeper(MODE_USER);
    uint32_t read_only = memory_map(PAGE_SIZE, ACCESS_READ);
    uint32_t edge = edge_of_memory(); /* the last: nothing may be mapped behind it */
    const struct fuzz_pointer places[] = {
        {"NULL", 0, BAD_OPTION},
        {"1", 1, BAD_ALWAYS},
        {"the last byte below programs", USER_START - 1, BAD_ALWAYS},
        {"a ring-0 stack of the same process", ring0 + STACK_SIZE - 64, BAD_ALWAYS},
        {"the start of that stack", ring0, BAD_ALWAYS},
        {"the guard of a stack", user - PAGE_SIZE, BAD_ALWAYS},
        {"the guard above a stack", user + STACK_SIZE, BAD_ALWAYS},
        {"the guard below the first stack", PROCESS_STACK_VA_START - PROCESS_STACK_SIZE - PAGE_SIZE,
         BAD_ALWAYS},
        {"the guard above the first stack", PROCESS_STACK_VA_START, BAD_ALWAYS},
        {"unmapped memory", edge, BAD_ALWAYS},
        {"the last page of user memory", USER_END - PAGE_SIZE, BAD_ALWAYS},
        {"the end of user memory", USER_END, BAD_ALWAYS},
        {"over the end of user memory", USER_END - 1, BAD_ALWAYS},
        {"the kernel's code", USER_END + 0x101000, BAD_ALWAYS},
        {"the screen", USER_END + 0xB8000, BAD_ALWAYS},
        {"a kernel stack", 0xF4001000, BAD_ALWAYS},
        {"the last byte", 0xFFFFFFFF, BAD_ALWAYS},
        {"around the end of memory", 0xFFFFFFF0, BAD_ALWAYS},
        {"over the edge of memory", edge - FUZZ_EDGE, BAD_LARGE},
        {"a page to read only", read_only, BAD_WRITE},
        {"the process information", PROCESS_INFO_VA, BAD_WRITE},
        {"the call stub", KERNEL_STUB_VA, BAD_WRITE},
        {"the program's code", (uint32_t)edge_of_memory, BAD_WRITE},
    };
    uint32_t count = sizeof(places) / sizeof(places[0]);

    _Static_assert(sizeof(places) / sizeof(places[0]) <= FUZZ_POINTERS_MAX, "raise the maximum");
    memcpy(pointers, places, sizeof(places));
    return count;
}
