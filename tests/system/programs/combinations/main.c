/*
 * The four kinds of threads of execution (processes and threads, in ring 3 and ring 0), each
 * created by each of the four: page directory, selectors and ring, stack, ESP and EBP at the first
 * instruction, system calls, blocking, and the end.
 *
 * The arguments are the part that a process plays:
 *   (none)          starts the creators and judges
 *   creator NAME    is one that creates all four
 *   created MODE    is created
 */
#include <megha.h>
#include <megha/check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "created.h"

PROGRAM_RIGHTS(RIGHT_RING0);

#define PATH        "/apps/combinations"
#define PATIENCE_MS 10000

static const struct kind {
    const char *name;
    bool process;
    uint32_t mode;
} kinds[] = {
    {"user process", true, MODE_USER},
    {"kernel process", true, MODE_KERNEL},
    {"user thread", false, MODE_USER},
    {"kernel thread", false, MODE_KERNEL},
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static int failures; /* of this process as a creator */
static uint32_t cr3; /* of this process */

static int start_process(const char *part, const char *detail, uint32_t mode)
{
    char arguments[64];
    snprintf(arguments, sizeof(arguments), "%s '%s'", part, detail);
    return process_create(PATH, arguments, PRIORITY_NORMAL, QUANTUM_DEFAULT_MS, mode);
}

/* Waits for the CR3 that a child in ring 0 sends; 0: it did not. */
static uint32_t receive_cr3(int pid)
{
    struct event event;
    while (event_wait(&event, PATIENCE_MS) == 0) {
        if (event.kind == EVENT_USER && event.source == pid)
            return event.value;
        if (event.kind == EVENT_CHILD_ENDED && event.source == pid)
            return 0;
    }
    return 0;
}

static const char *create_process(uint32_t mode)
{
    struct process_result result;
    int pid = start_process("created", mode == MODE_KERNEL ? "1" : "0", mode);
    if (pid < 0)
        return error_text(pid);
    if (mode == MODE_KERNEL) {
        uint32_t others = receive_cr3(pid);
        if (others == 0 || others == cr3)
            return "the page directory is not one of its own";
    }
    if (process_wait(pid, &result, PATIENCE_MS) != pid)
        return "it did not end";
    if (result.reason != ENDED_EXIT || result.status != STATUS)
        return wrong_words(result.reason == ENDED_EXIT ? result.status : 0);
    return mark == MARK_SHARED ? NULL : "it changed its creator's memory";
}

static const char *create_thread(uint32_t mode)
{
    static struct first first; /* a thread in ring 3 cannot use the stack of one in ring 0 */
    int32_t status = 0;
    first = (struct first){.mode = mode};
    int thread =
        thread_create((uint32_t)created_entry, FIRST_EAX, (uint32_t)&first, STACK_SIZE, mode);
    if (thread < 0)
        return error_text(thread);
    if (thread_join(thread, &status, PATIENCE_MS) != 0)
        return "it did not end";
    if (status != STATUS)
        return wrong_words(status);
    if (mode == MODE_KERNEL && first.cr3 != cr3)
        return "the page directory is not the process's";
    return NULL;
}

static void check_pair(const char *creator, const struct kind *created)
{
    char sentence[64];
    const char *wrong =
        created->process ? create_process(created->mode) : create_thread(created->mode);
    snprintf(sentence, sizeof(sentence), "%s creates %s", creator, created->name);
    if (!check(wrong == NULL, sentence)) {
        printf("wrong: %s\n", wrong);
        failures++;
    }
}

/* The part of a creator: a process's first thread, or a thread's function. */
static int create_all(void *name)
{
    const char *creator = name;
    cr3 = own_cr3();
    mark = MARK_SHARED;
    for (size_t i = 0; i < KINDS; i++)
        check_pair(creator, &kinds[i]);
    return failures;
}

static int run_creator(const struct kind *kind)
{
    struct process_result result = {.reason = 0};
    int32_t status = -1;
    int id = kind->process
                 ? start_process("creator", kind->name, kind->mode)
                 : thread_start(create_all, (void *)(uintptr_t)kind->name, STACK_SIZE, kind->mode);
    if (id < 0)
        return id;
    if (!kind->process)
        return thread_join(id, &status, WAIT_FOREVER) < 0 ? -1 : status;
    process_wait(id, &result, WAIT_FOREVER);
    return result.reason == ENDED_EXIT ? result.status : -1;
}

int main(int count, char **arguments)
{
    const char *part = count > 2 ? arguments[1] : "";

    if (strcmp(part, "created") == 0)
        return created_process((uint32_t)atoi(arguments[2]));
    if (strcmp(part, "creator") == 0)
        return create_all(arguments[2]);
    for (size_t i = 0; i < KINDS; i++) {
        char sentence[64];
        snprintf(sentence, sizeof(sentence), "a %s has created all four", kinds[i].name);
        check(run_creator(&kinds[i]) == 0, sentence);
    }
    return check_result();
}
