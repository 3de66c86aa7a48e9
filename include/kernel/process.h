/*
 * Processes: an address space, its threads, and who belongs to whom. kernel/core/process.
 *
 * A process ends when its last thread ends. Its struct stays until the parent has waited for it; a
 * process whose parent has ended becomes a child of init (pid 1), which waits for any. Pids are never
 * reused.
 */
#ifndef KERNEL_PROCESS_H
#define KERNEL_PROCESS_H

#include <abi/types.h>
#include <kernel/files.h>
#include <kernel/memory.h>
#include <kernel/program.h>
#include <kernel/sched.h>

#define THREADS_MAX 512 /* of a process, those not joined yet included */

struct process {
    int32_t pid;
    struct process *parent; /* NULL for init */
    struct link named;      /* in the table of pids */
    struct link sibling;    /* in the parent's children or ended_children */
    struct link children;
    struct link ended_children; /* nobody has waited for them yet */
    struct link threads;
    uint32_t thread_count;  /* those not joined yet included */
    uint32_t threads_alive;
    struct space space;
    const struct file *file;
    struct program program;
    uint32_t mode; /* of its first thread */
    uint32_t priority;
    uint32_t quantum_ms;
    bool ending; /* result is set, every thread is marked */
    bool ended;  /* all is given back but this struct */
    struct process_result result;
    struct wait_queue child_ended; /* where its threads wait for children */
    char name[NAME_MAX];
    char arguments[ARGUMENTS_MAX];
};

/* What process_create needs to know; texts are copied. */
struct process_order {
    const char *path;
    const char *arguments;
    uint32_t priority;
    uint32_t quantum_ms; /* 0: the default */
    uint32_t mode;
};

/*
 * Makes a process that will wake in process_stub, checks its file completely before, and returns its
 * pid. `parent` is NULL for init alone. ERR_NOT_FOUND, ERR_EMPTY, ERR_NOT_ELF, ERR_TRUNCATED,
 * ERR_BAD_SEGMENT, ERR_BAD_ENTRY, ERR_NO_MEMORY, ERR_INVALID, ERR_NOT_ALLOWED (a priority above the
 * parent's), ERR_TOO_LONG.
 */
int process_create(const struct process_order *order, struct process *parent);

/* What every process information page tells about the machine. Before the first process_create. */
void process_set_machine(uint32_t tick_hz, uint32_t tsc_khz);

/* The running thread's process, or NULL in a thread of the kernel. */
struct process *process_current(void);

/* The process with that pid, ended ones that nobody has waited for included, or NULL. */
struct process *process_find(int32_t pid);

/*
 * Waits until that child, or ANY_CHILD, has ended; returns its pid and forgets it. ERR_NO_CHILD,
 * ERR_TIMED_OUT, ERR_CANCELLED.
 */
int process_wait(int32_t pid, struct process_result *result, uint32_t timeout_ms);

/* Kills a descendant of the current process. ERR_NOT_FOUND, ERR_NOT_ALLOWED. */
int process_kill(int32_t pid);

/* Ends the current process with all its threads. */
void process_end(uint32_t reason, int32_t status) __attribute__((noreturn));

/* How many processes and threads of processes there are; ended ones count as long as somebody may wait
 * for them. */
void process_count(uint32_t *processes, uint32_t *threads);

/* Starts a thread of the current process; returns its id. ERR_INVALID, ERR_NO_MEMORY, ERR_LIMIT. */
struct thread_order {
    uint32_t entry, eax, edx;
    uint32_t stack_size; /* bytes, rounded up to pages */
    uint32_t mode;
};
int thread_spawn(const struct thread_order *order);

/* Ends the current thread; its process with it if it was the last. */
void thread_finish(int32_t status) __attribute__((noreturn));

/* Waits until that thread of the current process has ended. ERR_NOT_FOUND, ERR_DEADLOCK (itself),
 * ERR_TIMED_OUT, ERR_CANCELLED, ERR_BUSY (somebody else waits for it already). */
int thread_join(int32_t id, int32_t *status, uint32_t timeout_ms);

/* The trap handlers (struct trap_handlers of arch.h) that concern programs. */
void process_fault(const struct trap_frame *frame, enum trap_origin origin, uint32_t fault_address)
    __attribute__((noreturn));
void process_stack_lost(uint32_t eip, uint32_t esp, uint32_t fault_address)
    __attribute__((noreturn));
void process_attention(void);

/* "hello (pid 4)" for panics; "the kernel" where no process runs. */
void process_describe_current(char *text, size_t room);

#endif
