/*
 * Takes all that can be taken: processes, threads, memory, events, time.
 *
 *     hostile_bombs PART    one part, or all; or list, which prints their names
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bombs.h"

#define SETTLE_MS    10
#define SETTLE_TURNS 500

static const struct part *const parts[] = {process_parts, thread_parts, memory_parts, wait_parts,
                                           group_parts};
static const struct role *const roles[] = {process_roles, thread_roles, memory_roles, wait_roles,
                                           group_roles};

int start_role(const char *role, uint32_t number)
{
    static struct process_status self;
    uint32_t priority = PRIORITY_LOWEST;
    char words[64];

    if (process_next(process_self()->pid - 1, &self) > 0 && self.priority > PRIORITY_LOWEST)
        priority = self.priority - 1;
    snprintf(words, sizeof(words), "role %s %lu", role, (unsigned long)number);
    return process_create(BOMB_PATH, words, priority, 2, MODE_USER);
}

bool wait_role(int pid, struct process_result *result)
{
    result->reason = 0;
    if (pid < 0 || process_wait(pid, result, BOMB_PATIENCE_MS) == pid)
        return pid > 0;
    printf("the process %d did not end by itself\n", pid);
    process_kill(pid);
    process_wait(pid, result, BOMB_PATIENCE_MS);
    return false;
}

int run_role(const char *role, uint32_t number)
{
    struct process_result result;
    int pid = start_role(role, number);

    if (wait_role(pid, &result) && result.reason == ENDED_EXIT)
        return result.status;
    printf("the role %s: pid %d, reason %u, status %d\n", role, pid, (unsigned int)result.reason,
           (int)result.status);
    return -1;
}

int start_tiny(bool ends)
{
    /* mov eax, CALL_process_exit; xor ebx, ebx; int 0x80 -- or a jump to itself */
    static const uint8_t leave[] = {0xB8, CALL_process_exit, 0, 0, 0, 0x31, 0xDB, 0xCD, 0x80};
    static const uint8_t stay[] = {0xEB, 0xFE};
    struct code_order order = {
        .code = (uint32_t)(ends ? leave : stay),
        .code_size = ends ? sizeof(leave) : sizeof(stay),
        .name = (uint32_t) "tiny",
        .arguments = (uint32_t) "",
        .priority = PRIORITY_LOWEST,
        .quantum_ms = 1,
        .mode = MODE_USER,
    };

    return process_create_code(&order);
}

uint32_t clock_ms(void)
{
    uint64_t now = 0;

    clock_now(&now);
    return (uint32_t)(now >> 10);
}

static uint32_t count_processes(void)
{
    struct memory_info info = {.processes = 0};

    memory_info(&info);
    return info.processes;
}

/* Orphans of a bomb end a little later than the bomb. */
static void wait_for_orphans(uint32_t processes)
{
    for (int i = 0; i < SETTLE_TURNS && count_processes() > processes; i++)
        thread_sleep(SETTLE_MS);
}

/* The one who judges must not need a page when none is left. */
__attribute__((noinline)) static void touch_stack(void)
{
    volatile char pages[6 * PAGE_SIZE];

    for (size_t at = 0; at < sizeof(pages); at += PAGE_SIZE / 2)
        pages[at] = 0;
}

static int play(const char *name, uint32_t number)
{
    for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
        for (const struct role *role = roles[i]; role->name != NULL; role++)
            if (strcmp(role->name, name) == 0)
                return role->play(number);
    printf("WRONG: no role %s\n", name);
    return -1;
}

int main(int count, char **arguments)
{
    const char *wanted = count > 1 ? arguments[1] : "all";
    int done = 0, right = 0;

    if (count == 4 && strcmp(wanted, "role") == 0)
        return play(arguments[2], strtoul(arguments[3], NULL, 10));
    touch_stack();
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        for (const struct part *part = parts[i]; part->name != NULL; part++) {
            uint32_t processes = count_processes();
            bool holds;

            if (strcmp(wanted, "list") == 0)
                puts(part->name);
            if (strcmp(wanted, "all") != 0 && strcmp(wanted, part->name) != 0)
                continue;
            holds = part->judge();
            wait_for_orphans(processes);
            done++;
            right += holds;
            printf("%s: %s\n", holds ? "survived" : "WRONG", part->name);
        }
    }
    if (strcmp(wanted, "list") == 0)
        return 0;
    printf("%d of %d bombs survived\n", right, done);
    return right == done && done > 0 ? 0 : 1;
}
