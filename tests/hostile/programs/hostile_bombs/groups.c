/* Processes that multiply in a group, and try by every call that names a process, and by every bit
 * of a mode, to be in another one when their group ends. */
#include <stdio.h>
#include <string.h>

#include "bombs.h"

#define ESCAPES    150 /* processes on the machine, at which no more are made for a moment */
#define MODE_BITS  32
#define NEVER      WAIT_FOREVER
#define PATIENT_MS 10

static int start_group(const char *role, uint32_t number)
{
    char words[64];

    snprintf(words, sizeof(words), "role %s %lu", role, (unsigned long)number);
    return process_create(BOMB_PATH, words, PRIORITY_NORMAL - 1, 2, MODE_USER | MODE_NEW_GROUP);
}

/* Every call that takes a pid. */
static void try_process(int32_t pid)
{
    struct process_result result;
    struct process_status process;
    struct thread_status thread;
    struct region_status region;
    uint32_t word;

    process_next(pid - 1, &process);
    thread_next(pid, 0, &thread);
    region_next(pid, 0, &region);
    machine_read(1, 0, pid, &word, sizeof(word));
    console_foreground(pid);
    event_send(pid, (uint32_t)pid);
    process_wait(pid, &result, 0);
    if (pid % 3 == 0)
        process_kill(pid);
    if (pid % 7 == 0 || process.group == 0)
        group_kill(pid);
}

/* With a bit of the mode set that may mean something. Half of the children are orphans soon. */
static void try_creation(uint32_t bit)
{
    static const uint8_t stay[] = {0xEB, 0xFE};
    struct code_order order = {
        .code = (uint32_t)stay,
        .code_size = sizeof(stay),
        .name = (uint32_t) "escape",
        .arguments = (uint32_t) "role escape 0",
        .priority = PRIORITY_LOWEST,
        .quantum_ms = 1,
        .mode = MODE_USER | 1u << bit,
    };
    char words[64];

    snprintf(words, sizeof(words), "role escape %lu", (unsigned long)bit);
    process_create(BOMB_PATH, words, PRIORITY_LOWEST, 1, MODE_USER | 1u << bit);
    process_create(BOMB_PATH, words, PRIORITY_NORMAL - 1, 1, MODE_USER | MODE_NEW_GROUP);
    process_create_code(&order);
}

static int play_escape(uint32_t number)
{
    struct memory_info info;

    for (uint32_t bit = number;; bit = (bit + 1) % MODE_BITS) {
        struct process_status process = {.pid = 0};

        memory_info(&info);
        if (info.processes < ESCAPES)
            try_creation(bit);
        else if (bit % 2 == 0)
            return 0;
        while (process_next(process.pid, &process) > 0)
            try_process(process.pid);
    }
}

static bool somebody_is_left(const char *role)
{
    struct process_status process = {.pid = 0};
    char words[64];

    snprintf(words, sizeof(words), "role %s ", role);
    while (process_next(process.pid, &process) > 0)
        if (process.state != STATE_ENDED && strncmp(process.arguments, words, strlen(words)) == 0)
            return true;
    return false;
}

/* Ends it at the first try, and waits until all of it has ended. */
static bool ends(int group, const char *role)
{
    struct process_result result;

    thread_sleep(BOMB_MS);
    if (!somebody_is_left(role) || group_kill(group) != 0)
        return false;
    process_wait(group, &result, BOMB_PATIENCE_MS);
    for (uint32_t waited = 0; waited < BOMB_PATIENCE_MS && somebody_is_left(role);
         waited += PATIENT_MS)
        thread_sleep(PATIENT_MS);
    return !somebody_is_left(role);
}

static bool judge_escape(void)
{
    return ends(start_group("escape", 0), "escape");
}

/* They fill all memory and go on trying. */
static bool judge_group_of_bombs(void)
{
    return ends(start_group("bomb", NEVER), "bomb");
}

const struct role group_roles[] = {{"escape", play_escape}, {NULL, NULL}};

const struct part group_parts[] = {{"processes that try to leave their group", judge_escape},
                                   {"a process bomb that a group's end ends", judge_group_of_bombs},
                                   {NULL, NULL}};
