/* ps: processes, and under each its threads. */
#include <lib/divide.h>
#include <megha.h>
#include <stdio.h>

#include "show.h"

#define KIB 1024u

/* Ring 3, ring 0. */
static const char *ring_word(uint32_t mode)
{
    return mode == MODE_KERNEL ? "kernel" : "user";
}

static const char *state_word(uint32_t state)
{
    static const char *const words[] = {
        [STATE_READY] = "ready",
        [STATE_RUNNING] = "running",
        [STATE_BLOCKED] = "blocked",
        [STATE_ENDED] = "ended",
    };
    return words[state];
}

/* The columns from the kind on, which processes and threads share. */
static void print_row(const char *what, uint32_t mode, uint32_t priority, const char *state,
                      uint64_t run_microseconds)
{
    char kind[16];
    uint32_t micros;
    uint32_t seconds = (uint32_t)divide_by_32(run_microseconds, 1000000, &micros);
    snprintf(kind, sizeof(kind), "%s %s", ring_word(mode), what);
    printf(" %-14s %4lu %-7s %4lu.%03lu ", kind, (unsigned long)priority, state,
           (unsigned long)seconds, (unsigned long)micros / 1000);
}

static void print_thread(const struct thread_status *thread)
{
    char name[16];
    snprintf(name, sizeof(name), "thread %d", (int)thread->id);
    printf("%18s%-12s", "", name);
    print_row("thread", thread->mode, thread->priority, state_word(thread->state),
              thread->run_microseconds);
    printf("%luK of %luK\n", (unsigned long)thread->stack_backed / KIB,
           (unsigned long)thread->stack_size / KIB);
}

/* The time of all threads that there still are. */
static uint64_t run_time(int32_t pid)
{
    struct thread_status thread = {.id = 0};
    uint64_t sum = 0;
    while (thread_next(pid, thread.id, &thread) > 0)
        sum += thread.run_microseconds;
    return sum;
}

static void print_process(const struct process_status *process)
{
    struct thread_status thread = {.id = 0};
    printf("%5d %5d %5d %-12s", (int)process->pid, (int)process->parent, (int)process->group,
           process->name);
    print_row("process", process->mode, process->priority,
              process->state == STATE_ENDED ? "ended" : "alive", run_time(process->pid));
    printf("%luK\n", (unsigned long)process->pages * (PAGE_SIZE / KIB));
    while (thread_next(process->pid, thread.id, &thread) > 0)
        print_thread(&thread);
}

void show_ps(char *arguments)
{
    struct process_status process = {.pid = 0};
    (void)arguments;
    puts("  PID  FROM GROUP NAME         KIND           PRIO STATE    SECONDS RAM, STACK");
    while (process_next(process.pid, &process) > 0)
        print_process(&process);
    puts("FROM is the parent's pid, GROUP what kill -g ends. User means ring 3, kernel 0.\n"
         "A stack's first number is what RAM stands behind.");
}
