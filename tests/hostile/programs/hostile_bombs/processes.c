/* Processes without end: bombs, children that nobody waits for, orphans, kills in the middle of a
 * creation. */
#include <stdio.h>

#include "bombs.h"

#define CHILDREN 3000
#define KILLS    60
#define CHAIN    200

/* ---- A bomb: each process starts more of its kind, until the time is over */

static int play_bomb(uint32_t end_ms)
{
    char words[64];

    snprintf(words, sizeof(words), "role bomb %lu", (unsigned long)end_ms);
    while (clock_ms() < end_ms)
        if (process_create(BOMB_PATH, words, PRIORITY_NORMAL - 1, 2, MODE_USER) < 0)
            thread_yield();
    return 0;
}

static bool judge_bomb(void)
{
    return run_role("bomb", clock_ms() + BOMB_MS) == 0;
}

/* ---- The same of a few instructions each: far more of them fit into memory */

#define SWARM_MAX 4000

/* Starts as many as there is room for, kills them, and waits for them. */
static int play_swarm(uint32_t least)
{
    static int pids[SWARM_MAX];
    struct process_result result;
    uint32_t count = 0;

    while (count < SWARM_MAX && (pids[count] = start_tiny(false)) > 0)
        count++;
    for (uint32_t i = 0; i < count; i++)
        process_kill(pids[i]);
    for (uint32_t i = 0; i < count; i++)
        if (process_wait(pids[i], &result, BOMB_PATIENCE_MS) != pids[i])
            return -1;
    return count >= least ? 0 : 1;
}

static bool judge_swarm(void)
{
    return run_role("swarm", 100) == 0;
}

/* ---- Children that nobody waits for: they stay until their parent ends, then init takes them */

static int play_careless(uint32_t children)
{
    for (uint32_t i = 0; i < children; i++)
        if (start_tiny(true) < 0)
            thread_sleep(1);
    return 0;
}

static bool judge_careless(void)
{
    return run_role("careless", CHILDREN) == 0;
}

/* ---- Each process starts one more and ends before it */

static int play_chain(uint32_t left)
{
    return left == 0 || start_role("chain", left - 1) > 0 ? 0 : 1;
}

static bool judge_chain(void)
{
    return run_role("chain", CHAIN) == 0;
}

/* ---- Killed while the kernel is at work for them */

static int play_creator(uint32_t rounds)
{
    uint32_t code = memory_map(CODE_SIZE_MAX, ACCESS_READ | ACCESS_WRITE);
    struct code_order order = {
        .code = code,
        .code_size = CODE_SIZE_MAX,
        .name = (uint32_t) "large",
        .arguments = (uint32_t) "",
        .mode = MODE_USER,
    };

    for (uint32_t i = 0; i < rounds; i++) {
        struct process_result result;
        int pid = process_create_code(&order);
        uint32_t memory = memory_map(CODE_SIZE_MAX, ACCESS_READ);

        process_kill(pid);
        process_wait(pid, &result, BOMB_PATIENCE_MS);
        memory_unmap(memory, CODE_SIZE_MAX);
    }
    return 0;
}

static bool judge_kills(void)
{
    for (uint32_t i = 0; i < KILLS; i++) {
        struct process_result result = {.reason = 0};
        int pid = start_role("creator", WAIT_FOREVER);

        thread_sleep(i % 5);
        process_kill(pid);
        if (!wait_role(pid, &result) || result.reason != ENDED_KILLED)
            return false;
    }
    return true;
}

const struct role process_roles[] = {{"bomb", play_bomb},         {"swarm", play_swarm},
                                     {"careless", play_careless}, {"chain", play_chain},
                                     {"creator", play_creator},   {NULL, NULL}};

const struct part process_parts[] = {{"a process bomb", judge_bomb},
                                     {"a swarm of small processes", judge_swarm},
                                     {"children that nobody waits for", judge_careless},
                                     {"a chain of parents that end", judge_chain},
                                     {"kills in the middle of creations", judge_kills},
                                     {NULL, NULL}};
