/* Threads and processes that only sleep: what a row costs must not depend on how many there are. */
#include "bench.h"

#include <megha.h>
#include <stdio.h>

#define MEMBERS_MAX  1000
#define THREADS_EACH 500 /* of a process; a process can have 512 */
#define MEMBER_STACK PAGE_SIZE
#define FOR_LONG     (WAIT_FOREVER - 1)
#define PATIENCE_MS  20000

static int members[MEMBERS_MAX];
static uint32_t member_count;

static int sleep_for_long(void *argument)
{
    (void)argument;
    return thread_sleep(FOR_LONG);
}

static int start_own_threads(uint32_t count)
{
    int error = 0;

    for (uint32_t i = 0; i < count && error >= 0; i++)
        error = thread_start(sleep_for_long, NULL, MEMBER_STACK, MODE_USER);
    return error;
}

int crowd_live(uint32_t threads)
{
    int error = start_own_threads(threads - 1); /* the first thread is one of them */
    event_send(process_self()->parent, error < 0 ? (uint32_t)error : 0);
    return thread_sleep(FOR_LONG);
}

static int start_member(uint32_t threads)
{
    char argument[24];
    int pid;

    snprintf(argument, sizeof(argument), "crowd %u", threads);
    pid = process_create(OWN_PROGRAM, argument, priority, QUANTUM_DEFAULT_MS, MODE_USER);
    if (pid >= 0)
        members[member_count++] = pid;
    return pid;
}

/* Each tells when its threads live. */
static int hear_from_all(void)
{
    struct event event;
    int error = 0;

    for (uint32_t heard = 0; heard < member_count && error >= 0;) {
        error = event_wait(&event, PATIENCE_MS);
        if (error < 0 || event.kind != EVENT_USER)
            continue;
        heard++;
        if ((int)event.value < 0)
            error = (int)event.value;
    }
    return error;
}

static int start_threads(uint32_t size)
{
    int error = 0;

    while (size > 0 && error >= 0) {
        uint32_t threads = size < THREADS_EACH ? size : THREADS_EACH;

        error = start_member(threads);
        size -= threads;
    }
    return error < 0 ? error : hear_from_all();
}

static int start_processes(uint32_t size)
{
    for (uint32_t i = 0; i < size && i < MEMBERS_MAX; i++) {
        int pid = start_code(code_that_sleeps, code_that_sleeps_end);

        if (pid < 0)
            return pid;
        members[member_count++] = pid;
    }
    return thread_sleep(1); /* all of them run before we do again */
}

const char *crowd_gather(const struct crowd *crowd)
{
    int error = ERR_INVALID;

    member_count = 0;
    forget_events(); /* of children that have ended: a full queue would refuse those of the crowd */
    switch (crowd->kind) {
    case CROWD_THREADS:
        error = start_threads(crowd->size);
        break;
    case CROWD_PROCESSES:
        error = start_processes(crowd->size);
        break;
    case CROWD_OWN_THREADS:
        error = start_own_threads(crowd->size);
        break;
    }
    return error < 0 ? error_text(error) : NULL;
}

void crowd_leave(void)
{
    for (uint32_t i = 0; i < member_count; i++) {
        check(process_kill(members[i]));
        wait_for(members[i]);
    }
    member_count = 0;
}
