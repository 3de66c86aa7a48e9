/*
 * Processes: an address space, its threads, and who belongs to whom. kernel/core/process.
 *
 * A process ends when its last thread ends. Its struct stays until the parent has waited for it; a
 * process whose parent has ended becomes a child of init (pid 1), which waits for any. A pid comes
 * again only behind the largest one, and never while it is somebody's.
 */
#ifndef KERNEL_PROCESS_H
#define KERNEL_PROCESS_H

#include <abi/machine.h>
#include <abi/types.h>
#include <kernel/debug.h>
#include <kernel/files.h>
#include <kernel/memory.h>
#include <kernel/program.h>
#include <kernel/sched.h>
#include <kernel/user_copy.h>

#define THREADS_MAX 512 /* of a process, those not joined yet included */

/* What happened to a process and it has not asked for yet, oldest first. */
struct event_queue {
    struct event events[EVENTS_MAX];
    uint32_t count;
    struct wait_queue waiters;
};

/* Of timer_set. */
struct timer {
    struct timeout timeout;
    uint32_t period_ms;
    uint32_t value;
    bool rests; /* it has fired, and goes on when the process takes an event */
};

struct group;

struct process {
    int32_t pid;
    uint64_t birth; /* how many were made up to this one: unlike a pid, it never comes again */
    struct process *parent; /* NULL for init */
    struct link named;      /* in the table of pids */
    struct link sibling;    /* in the parent's children or ended_children */
    struct link children;
    struct link ended_children; /* nobody has waited for them yet */
    struct group *group;        /* NULL for init and for what it starts without one, as the shell */
    struct link in_group;       /* among its members, until they are told of its end */
    struct link threads;
    uint32_t thread_count; /* those not joined yet included */
    uint32_t threads_alive;
    struct space space;
    const struct file *file;
    struct program program;
    uint32_t mode; /* of its first thread */
    uint32_t priority;
    uint32_t quantum_ms;
    uint32_t rights; /* RIGHT_..., held now */
    struct link all; /* in the list of all processes, by pid */
    struct link ports;
    struct module *modules[MODULES_OPEN_MAX]; /* by handle; NULL where one is free */
    struct event_queue events;
    struct timer timer;
    bool ending; /* result is set, every thread is marked, or is about to be */
    struct link
        *to_mark; /* the first thread that is not marked yet, by its `member`; or `threads` */
    struct work marking; /* marks them; begun only where there are many */
    bool ended;          /* all is given back but this struct */
    struct process_result result;
    struct wait_queue child_ended; /* where its threads wait for children */
    struct wait_queue child_told;  /* those of them that have to look again */
    char name[NAME_MAX];
    char arguments[ARGUMENTS_MAX];
};

/* What process_create needs to know; texts are copied. */
struct process_order {
    const char *path;
    const char *arguments;
    uint32_t priority;
    uint32_t quantum_ms; /* 0: the default */
    uint32_t mode;       /* MODE_..., with MODE_WITHHOLD and MODE_NEW_GROUP */
};

/*
 * Makes a process that will wake in process_stub, checks its file completely before, and returns
 * its pid. `parent` is NULL for init alone. ERR_NOT_FOUND, ERR_EMPTY, ERR_NOT_ELF,
 * ERR_FOREIGN_LOADER, ERR_TRUNCATED, ERR_BAD_SEGMENT, ERR_BAD_ENTRY, ERR_NO_MEMORY, ERR_INVALID,
 * ERR_NOT_ALLOWED (a priority above the parent's), ERR_TOO_LONG, ERR_LIMIT (groups inside each
 * other), ERR_CANCELLED (the parent, or its group, ends). Other threads may run while the file is
 * checked.
 */
int process_create(const struct process_order *order, struct process *parent);

/* What every process information page tells about the machine. Before the first process_create. */
void process_set_machine(uint32_t tick_hz, uint32_t tsc_khz);

/* The time stamp counter's rate was mismeasured: processes made from now on are told this one. */
void process_set_tsc_khz(uint32_t khz);

/*
 * As process_create, from plain machine code at `code` in the current process's memory. `rights`
 * are those that it is to have, if the current process holds them. ERR_BAD_ADDRESS besides. Other
 * threads may run while the code is copied.
 */
int process_create_code(const struct process_order *order, user_ptr code, uint32_t size,
                        uint32_t rights);

/* Rights that nobody gets on this machine, whoever asks. Before the first process_create. */
void process_deny(uint32_t rights);

/* Gives up rights of the current process; returns those that are left. ERR_BUSY while a ring-0
 * thread of it lives and RIGHT_RING0 is to go. */
int process_drop_rights(uint32_t rights);

/* True where the current process holds the right. */
bool process_may(uint32_t right);

/* The running thread's process, or NULL in a thread of the kernel. */
struct process *process_current(void);

/* The process with that pid, ended ones that nobody has waited for included, or NULL. */
struct process *process_find(int32_t pid);

/*
 * Waits until that child, or ANY_CHILD, has ended; returns its pid and forgets it. Other threads
 * may run until then. ERR_NO_CHILD, ERR_TIMED_OUT, ERR_CANCELLED.
 */
int process_wait(int32_t pid, struct process_result *result, uint32_t timeout_ms);

/* Kills a descendant of the current process. ERR_NOT_FOUND, ERR_NOT_ALLOWED. */
int process_kill(int32_t pid);

/*
 * Ends the group that the process is in, or that has this number, with all groups inside it.
 * Nothing is created in it any more when this returns. Allowed for the process that made the group,
 * for ancestors of its first process, and with RIGHT_KILL_ANY. ERR_NOT_FOUND, ERR_NOT_ALLOWED,
 * ERR_INVALID: the process is in no group.
 */
int process_kill_group(int32_t pid);

/* Describe the process with the smallest pid above `pid`, and so on; they return that number.
 * ERR_NOT_FOUND behind the last, or where there is no such process. */
int process_describe_next(int32_t pid, struct process_status *status);
int thread_describe_next(int32_t pid, int32_t id, struct thread_status *status);
int region_describe_next(int32_t pid, uint32_t address, struct region_status *status);

/* Takes the oldest event of the current process; waits for one, and other threads may run until it
 * comes. ERR_TIMED_OUT, ERR_CANCELLED. */
int event_take(struct event *event, uint32_t timeout_ms);

/* Puts an event into the queue; an equal one that waits there counts it instead. ERR_LIMIT: full.
 */
int event_put(struct process *process, uint32_t kind, int32_t source, uint32_t value);

/* Sets or, with delay 0, stops the current process's timer. */
void timer_set(uint32_t delay_ms, uint32_t period_ms, uint32_t value);

/* Puts the group of a child, which is its first process, into the foreground until that child ends:
 * Ctrl-C ends it. 0 for none. The first process that calls this owns the console until it ends.
 * ERR_NOT_ALLOWED for others, ERR_NO_CHILD, ERR_INVALID: the child is not the first of a group. */
int process_set_foreground(int32_t pid);

/* `handler` is called, in constant time and from any context, when a process may have lost the
 * right to read the console. Before the first process_create. */
void process_on_console_lost(void (*handler)(void));

/* True for the console's owner and for the group in the foreground until it ends; keys are not for
 * others. True for everybody while nobody owns the console. */
bool process_may_read_console(void);

/* Ctrl-C, in interrupt context: ends the group in the foreground; false where there is none. */
bool process_interrupt(void);

/* Ends the current process as failed, with a line on the console. Other threads may run. */
void process_abort(void) __attribute__((noreturn));

/* Ends the current process with all its threads. Other threads may run while it goes. */
void process_end(uint32_t reason, int32_t status) __attribute__((noreturn));

/* How many processes and threads of processes there are; ended ones count as long as somebody may
 * wait for them. */
void process_count(uint32_t *processes, uint32_t *threads);

/* Starts a thread of the current process; returns its id. Other threads may run while its stack is
 * mapped. ERR_INVALID, ERR_NO_MEMORY, ERR_LIMIT, ERR_CANCELLED (the process, or its group, ends).
 */
struct thread_order {
    uint32_t entry, eax, edx;
    uint32_t stack_size; /* bytes, rounded up to pages */
    uint32_t mode;
};
int thread_spawn(const struct thread_order *order);

/* Ends the current thread; its process with it if it was the last. Other threads may run. */
void thread_finish(int32_t status) __attribute__((noreturn));

/* The thread of a process with that id, or NULL. */
struct thread *thread_find(int32_t id);

/* Waits until that thread of the current process has ended. ERR_NOT_FOUND, ERR_DEADLOCK (itself),
 * ERR_TIMED_OUT, ERR_CANCELLED, ERR_BUSY (somebody else waits for it already). Other threads may
 * run until it has. */
int thread_join(int32_t id, int32_t *status, uint32_t timeout_ms);

/* The trap handlers (struct trap_handlers of arch.h) that concern programs. Other threads may run:
 * each of them may end the current thread. */
void process_fault(const struct trap_frame *frame, enum trap_origin origin, uint32_t fault_address)
    __attribute__((noreturn));
void process_stack_lost(const struct trap_frame *frame, uint32_t fault_address)
    __attribute__((noreturn));
bool process_page_missing(uint32_t fault_address);
void *process_fpu_memory(size_t size);
void process_attention(void);

/* "hello (pid 4)" for panics; "the kernel" where no process runs. */
void process_describe_current(char *text, size_t room);

/* Tells where the running program entered the kernel, and who had called that (struct
 * debug_handlers). Other threads may run, but not in a panic. */
void process_program_places(uint32_t back, void (*visit)(const struct program_frame *frame));

/* The last fault of a program. ERR_NOT_FOUND before the first one. */
int process_last_fault(struct machine_fault *fault);

/* Its place `index`: 0 where it was, 1 who had called that, and so on. ERR_NOT_FOUND behind the
 * last. Other threads may run. */
int process_fault_place(uint32_t index, struct machine_place *place);

#endif
