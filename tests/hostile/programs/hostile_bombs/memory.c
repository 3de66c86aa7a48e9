/* All the memory there is, in large pieces and in small ones. */
#include <stdio.h>

#include "bombs.h"

#define LARGEST      0x40000000
#define RIVAL_PIECE  0x40000
#define RW           (ACCESS_READ | ACCESS_WRITE)
#define CRUMBS       800
#define CRUMBS_LEAST 350 /* REGIONS_MAX of the kernel, and what the program itself has */
#define HOLD_MS      60
#define HOGS         2
#define STACK_STEPS  15 /* pages of the first stack that a hungry process asks for */

/* Takes memory by pieces of that size, then by halves, until not even a page is to be had. */
static void take_all(uint32_t largest)
{
    for (uint32_t size = largest; size >= PAGE_SIZE;)
        if (address_is_error(memory_map(size, RW)))
            size /= 2;
}

/* ---- A hog, and others beside it */

static int play_hog(uint32_t hold_ms)
{
    take_all(LARGEST);
    thread_sleep(hold_ms);
    take_all(LARGEST);
    return 0;
}

/* Those who fight take small pieces: of large ones nobody would ever get a whole one. */
static int play_rival(uint32_t hold_ms)
{
    take_all(RIVAL_PIECE);
    thread_sleep(hold_ms);
    take_all(RIVAL_PIECE);
    return 0;
}

/* What others want meanwhile may be refused, but only with a name. */
static bool judge_hog(void)
{
    struct process_result result;
    int hog = start_role("hog", HOLD_MS);
    bool right = true;

    thread_sleep(HOLD_MS / 2);
    for (int i = 0; i < 50; i++) {
        int pid = start_tiny(true);

        right = (pid > 0 ? wait_role(pid, &result) : pid == ERR_NO_MEMORY) && right;
    }
    return wait_role(hog, &result) && result.reason == ENDED_EXIT && right;
}

static bool judge_hogs(void)
{
    struct process_result result;
    int pids[HOGS];
    bool right = true;

    for (int i = 0; i < HOGS; i++)
        pids[i] = start_role("rival", HOLD_MS);
    for (int i = 0; i < HOGS; i++)
        right = (pids[i] == ERR_NO_MEMORY || wait_role(pids[i], &result)) && right;
    return right;
}

/* ---- A stack that was promised, when nothing is left */

static int play_hungry(uint32_t unused)
{
    (void)unused;
    take_all(LARGEST);
    for (uint32_t page = 1; page <= STACK_STEPS; page++)
        *(volatile char *)(PROCESS_STACK_VA_START - page * PAGE_SIZE) = 1;
    return 0;
}

static bool judge_hungry(void)
{
    struct process_result result;

    return wait_role(start_role("hungry", 0), &result) && result.reason == ENDED_NO_MEMORY;
}

/* ---- Crumbs: every second page given back, so that no two regions touch, until there are as many
 * regions as a process may have */

static int play_crumbs(uint32_t unused)
{
    uint32_t count = 0;
    int error;

    (void)unused;
    while (count < CRUMBS) {
        uint32_t address = memory_map(3 * PAGE_SIZE, RW);

        if (address_is_error(address))
            break;
        error = memory_unmap(address + PAGE_SIZE, PAGE_SIZE);
        if (error == ERR_LIMIT)
            return count < CRUMBS_LEAST ? -error : 0;
        if (error < 0)
            return -error;
        count++;
    }
    return 0;
}

static bool judge_crumbs(void)
{
    int error = run_role("crumbs", 0);

    if (error != 0)
        printf("crumbs: %s\n", error_text(error));
    return error == 0;
}

/* ---- Sizes that no machine has */

static bool judge_sizes(void)
{
    static const uint32_t sizes[] = {0,          0xFFFFFFFF, 0xFFFFF001, 0xFFFFF000, 0x80000000,
                                     0xBFC00000, 0xBFBFF000, 0xC0000000, 0x7FFFFFFF};
    bool right = true;

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        right = address_is_error(memory_map(sizes[i], RW)) && right;
        right = memory_unmap(PROGRAM_BASE, sizes[i]) < 0 && right;
        right = memory_unmap(sizes[i], sizes[i]) < 0 && right;
        right = thread_create((uint32_t)judge_sizes, 0, 0, sizes[i], MODE_USER) < 0 && right;
    }
    return right;
}

const struct role memory_roles[] = {{"hog", play_hog},
                                    {"rival", play_rival},
                                    {"hungry", play_hungry},
                                    {"crumbs", play_crumbs},
                                    {NULL, NULL}};

const struct part memory_parts[] = {{"a memory hog", judge_hog},
                                    {"hogs that fight", judge_hogs},
                                    {"a stack when nothing is left", judge_hungry},
                                    {"memory in crumbs", judge_crumbs},
                                    {"sizes that no machine has", judge_sizes},
                                    {NULL, NULL}};
