/*
 * Threads and who runs next. kernel/core/sched: strict priorities, round robin within one, a
 * quantum per thread, blocking with time-outs. Everything here runs with interrupts off.
 */
#ifndef KERNEL_SCHED_H
#define KERNEL_SCHED_H

#include <abi/types.h>
#include <kernel/arch.h>

struct process;

/* A doubly linked ring through its head: constant-time joining and leaving. */
struct link {
    struct link *next;
    struct link *previous;
};

void link_init(struct link *head);
bool link_empty(const struct link *head);
void link_append(struct link *head, struct link *item);
/* Leaves its ring; leaving twice does no harm. */
void link_remove(struct link *item);

#define LINK_OWNER(item, type, member) ((type *)(void *)((char *)(item)-offsetof(type, member)))

enum thread_state { THREAD_NEW = 0, THREAD_READY, THREAD_RUNNING, THREAD_BLOCKED, THREAD_ENDED };

struct wait_queue {
    struct link waiters;
};

struct thread {
    /* Read by entry.asm and switch.asm through offsets. */
    uint32_t kernel_esp;       /* while it does not run */
    uint32_t kernel_stack_top; /* TSS.esp0 while it runs */
    phys directory;            /* CR3 while it runs */
    uint32_t fs, gs;

    struct link run;     /* in a run queue or a wait queue */
    struct link timeout; /* in the timing wheel */
    struct link member;  /* of its process's threads */
    struct link all;

    int32_t id;
    struct process *process; /* NULL for the kernel's own threads */
    uint32_t mode;           /* MODE_USER, MODE_KERNEL */
    uint32_t priority;
    uint32_t quantum_ms;
    uint32_t quantum_left;
    enum thread_state state;
    uint64_t deadline_ms; /* of its wait */
    int wait_result;      /* what sched_block returns */
    bool killed;          /* ends at the next boundary */
    bool detached;        /* nobody will join it */
    uint64_t started_us;  /* when it last began to run */
    uint64_t run_us;
    uint32_t switches;

    /* First instruction. */
    uint32_t entry, eax, edx;
    uint32_t stack_start, stack_size; /* in the process's space; 0 before it is mapped */
    int32_t status;
    struct wait_queue joiners;
};

/* Makes the running flow of control the idle thread. `microseconds` tells the time. */
void sched_start(uint64_t (*microseconds)(void));

struct thread *sched_current(void);

/* Called each timer tick. */
void sched_tick(uint64_t milliseconds);

/* Makes a new or blocked thread ready; asks for a switch when it outranks the running one. */
void sched_ready(struct thread *thread);

/* Runs the next ready thread; the current one stays ready, behind its equals. */
void sched_yield(void);

/* Called at a boundary: ends the current thread if it is marked, switches if that was asked for. */
void sched_attention(void);

/* A named pre-emption point of long kernel work: lets interrupts in and, if a better thread is
 * ready, lets it run. */
void sched_breathe(void);

void wait_queue_init(struct wait_queue *queue);

/*
 * Blocks the current thread in the queue. Returns what sched_wake gave, ERR_TIMED_OUT or
 * ERR_CANCELLED (the thread is marked as killed). timeout 0 returns ERR_TIMED_OUT at once; queue
 * NULL only waits for the time.
 */
int sched_block(struct wait_queue *queue, uint32_t timeout_ms);

/* Wakes the first waiter, or all, with that result; returns how many. */
uint32_t sched_wake_one(struct wait_queue *queue, int result);
uint32_t sched_wake_all(struct wait_queue *queue, int result);

/* Marks a thread to end at its next boundary and cancels its wait. */
void sched_kill(struct thread *thread);

/* Leaves the processor for good; the thread's kernel stack is given back by `bury`, called on the
 * next thread's stack. */
void sched_end(void (*bury)(struct thread *thread)) __attribute__((noreturn));

#endif
