/*
 * Threads and who runs next. kernel/core/sched: strict priorities, round robin within one, a
 * quantum per thread, blocking with time-outs. Everything here runs with interrupts off.
 */
#ifndef KERNEL_SCHED_H
#define KERNEL_SCHED_H

#include <abi/types.h>
#include <kernel/arch.h>
#include <lib/link.h>

struct process;

/* The thread that runs is READY, too, and arch_running names it. */
enum thread_state { THREAD_NEW = 0, THREAD_READY, THREAD_BLOCKED, THREAD_ENDED };

/* Bits of thread.view, below the directory's address. Between threads of the same view a switch has
 * neither CR3 nor CR4 nor CR0.TS to change. */
#define VIEW_RING0 0x1u
#define VIEW_FPU   0x2u

struct wait_queue {
    struct link waiters;
};

/* Something that happens at a time, in interrupt context. */
struct timeout {
    struct timeout *left, *right, *parent; /* in the tree of its priority */
    uint32_t distance;                     /* in that tree; 0: it does not run */
    uint32_t priority;
    uint64_t deadline_ms;
    void (*fire)(struct timeout *timeout);
};

/* Work that a thread of the kernel does piece by piece, with a preemption point behind each piece.
 */
struct work {
    struct link link; /* in the list of started work */
    void (*piece)(struct work *work);
};

/* How many threads wait for something, by their priorities. */
struct waiters {
    uint32_t levels; /* bit n: count[n] is not 0 */
    uint16_t count[PRIORITY_LEVELS];
};

struct port;

/* A thread's part in messages (kernel/core/ipc). */
struct message_state {
    struct port *waits_at;  /* whose queue of senders it stands in */
    struct port *served;    /* where it last received */
    struct thread *server;  /* who has received its call and not replied yet */
    struct thread *caller;  /* whose call it received last, as long as it waits for the reply */
    struct link pending;    /* in the server's callers */
    struct link callers;    /* whose calls this thread has received and not replied to */
    struct waiters waiting; /* those in `callers` */
    struct link unsettled;  /* its priority has still to be looked at; in the ring of such */
    bool is_call;
    uint32_t words[3];
    uint32_t send, send_size;
    uint32_t receive, receive_room, received;
};

struct thread {
    struct link run; /* in a run queue or a wait queue; first, so that it is the thread's address */

    /* Read by entry.asm and switch.asm through offsets. */
    uint32_t kernel_esp;       /* while it does not run */
    uint32_t kernel_stack_top; /* TSS.esp0 while it runs */
    uint32_t view;             /* its page directory, and VIEW_... */
    uint32_t cr4;              /* while it runs; 0 where the CPU has none */
    uint32_t fs, gs;

    void *fpu_state; /* once it has computed with x87 or SSE; arch's, on the heap */
    bool fpu_used;   /* fpu_state holds something */

    struct timeout timeout; /* of its wait */
    struct link member;     /* of its process's threads */

    struct link named; /* in the table of thread ids */

    int32_t id;
    struct process *process; /* NULL for the kernel's own threads */
    uint32_t mode;           /* MODE_USER, MODE_KERNEL */
    uint32_t priority;       /* what it runs at; a server may run at its caller's */
    uint32_t base_priority;  /* its own */
    uint32_t quantum_ms;
    enum thread_state state;
    int wait_result;     /* what sched_block returns */
    uint32_t killed;     /* 1: ends at the next boundary */
    bool pinned;         /* somebody copies from or to its memory: a kill does not wake it */
    bool joined;         /* somebody waits for it, or is about to take its status */
    uint64_t run_time;   /* in units of sched_start's time stamp; while it runs, less the present */
    uint32_t switches;   /* how often it was switched to */
    void (*start)(void); /* first function, on its kernel stack; never returns */

    /* A program's thread: first instruction and stack. */
    uint32_t entry, eax, edx;
    uint32_t stack_start, stack_size; /* in the process's space; 0 before it is mapped */
    int32_t status;
    struct wait_queue joiners;
    struct message_state message;
};

/* Makes the running flow of control a thread of the kernel and makes the idle thread. `time_stamp`
 * is a clock that costs little, with `units_per_ms`; run_time counts in its units. `microseconds`
 * is the clock that sched_tick's milliseconds come from. */
void sched_start(uint64_t (*time_stamp)(void), uint32_t units_per_ms,
                 uint64_t (*microseconds)(void));

/* The time stamp's units were mismeasured: times are told by these from now on. */
void sched_set_units(uint32_t units_per_ms);

/* The thread that runs when no other is ready. */
const struct thread *sched_idle(void);

/* How long a thread has run so far. */
uint64_t sched_run_microseconds(const struct thread *thread);

/* Sets what every thread needs, in memory that is zeroed: id, lists, kernel stack, first function,
 * and the mode of the program code that it will run (MODE_USER for the kernel's own threads, which
 * run none). A first function that returns is a panic. The caller sets the rest, then calls
 * sched_ready. ERR_NO_MEMORY. */
int sched_prepare(struct thread *thread, uint32_t mode, void (*start)(void));

/* The number after the last given one. Behind the largest it begins again at 1, and a number may
 * still be in use then. */
int32_t sched_new_id(void);

#ifdef MEGHA_KERNEL
static inline struct thread *sched_current(void)
{
    return arch_running;
}
#else
struct thread *sched_current(void);
#endif

/* Called each timer tick. */
void sched_tick(uint64_t milliseconds);

/* The time at which a time-out that begins now is over, in microseconds of the clock; 0 for one
 * that never is. And the milliseconds left until then, rounded up. */
uint64_t sched_deadline(uint32_t timeout_ms);
uint32_t sched_time_left(uint64_t deadline);

/* Makes a prepared or blocked thread ready; asks for a switch when it outranks the running one. A
 * blocked one is woken by sched_wake_* or sched_kill, which also take it out of its queue. */
void sched_ready(struct thread *thread);

/*
 * What lets other threads run (sched_yield, sched_preemption_point, sched_block, sched_hand_over,
 * sched_end) panics in an atomic context: in an interrupt handler, and while a frame is open
 * through a window (arch_atomic, kernel/arch.h). A caller with a frame of the direct map open is
 * wrong as well, and not found.
 */

/* Runs the next ready thread; the current one stays ready, behind its equals. Other threads may run
 * until its turn comes again. */
void sched_yield(void);

/* Called before a return to a program: switches if that was asked for. Other threads may run. */
void sched_attention(void);

/* A preemption point of long kernel work: pending interrupts are taken here, and a thread of higher
 * priority runs if one is ready, or of the same if the quantum is over. Other threads may run:
 * docs/contributing.md tells what may be kept. */
void sched_preemption_point(void);

/*
 * `fire` is called once, in interrupt context, at least `delay_ms` from now; or never, after
 * timeout_stop. One that runs is not started again. A tick serves a bounded number of those that
 * are due, the higher priorities first, and of one priority the earlier deadlines; the rest is
 * late.
 */
void timeout_init(struct timeout *timeout, void (*fire)(struct timeout *timeout));
void timeout_start(struct timeout *timeout, uint32_t priority, uint32_t delay_ms);

static inline bool timeout_runs(const struct timeout *timeout)
{
    return timeout->distance != 0;
}

/* For timeout_stop only. */
void timeout_take_out(struct timeout *timeout);

/* Most waits have no time-out. */
static inline void timeout_stop(struct timeout *timeout)
{
    if (timeout_runs(timeout))
        timeout_take_out(timeout);
}

/*
 * `piece` does a bounded part of the work and calls work_stop when nothing is left to do. It runs
 * in the kernel's own thread of priority PRIORITY_HIGHEST and must not block.
 */
void work_init(struct work *work, void (*piece)(struct work *work));

/* Has the pieces done, one after the other, in turns with other work. From any context, in constant
 * time; no effect on work that is under way. */
void work_start(struct work *work);

/* No piece of it is begun any more: the work's memory may be given back. No effect on work that is
 * not under way. */
void work_stop(struct work *work);

/* The thread that does the work. */
const struct thread *work_thread(void);

void wait_queue_init(struct wait_queue *queue);

/* Moves all waiters of a queue to the end of another one, in constant time. */
static inline void wait_queue_move(struct wait_queue *from, struct wait_queue *to)
{
    link_append_all(&to->waiters, &from->waiters);
}

/*
 * Blocks the current thread in the queue. Other threads may run until it is woken. Returns what
 * sched_wake gave, ERR_TIMED_OUT or ERR_CANCELLED (the thread is marked as killed). timeout 0
 * returns ERR_TIMED_OUT at once; queue NULL only waits for the time.
 */
int sched_block(struct wait_queue *queue, uint32_t timeout_ms);

/* `handler` is called, in interrupt context too, for each blocked thread that is woken with an
 * error: what waited for it must not find it any more, though it may run much later. */
void sched_on_broken_wait(void (*handler)(struct thread *thread));

/* Wakes the first waiter with that result; returns how many that were, 0 or 1. */
uint32_t sched_wake_one(struct wait_queue *queue, int result);

/* Wakes all who wait now, however many; those who begin to wait meanwhile are not woken. Returns
 * how many that were. Other threads may run. */
uint32_t sched_wake_all(struct wait_queue *queue, int result);

/* Changes what the thread runs at. */
void sched_set_priority(struct thread *thread, uint32_t priority);

/* Takes a blocked thread out of its queue, without making it ready: the caller wakes it later, by
 * sched_hand_over or sched_wake. */
void sched_unqueue(struct thread *thread);

/* Makes a blocked thread ready; its sched_block returns `result`. One that is ready already,
 * because it was killed meanwhile, stays as it is. */
void sched_wake(struct thread *thread, int result);

/*
 * As sched_block with that queue (NULL: none) and time-out, but goes straight to the blocked thread
 * `to`, whose sched_block returns `result`, where no ready thread outranks it. Other threads may
 * run.
 */
int sched_hand_over(struct thread *to, int result, struct wait_queue *queue, uint32_t timeout_ms);

/* Marks a thread to end at its next boundary and cancels its wait, unless it is pinned. */
void sched_kill(struct thread *thread);

/*
 * Leaves the processor for good: other threads may run, and this one never again. `bury` is called
 * on the next thread's stack, with the ended thread off its kernel stack and its page directory not
 * loaded; it must not block.
 */
void sched_end(void (*bury)(struct thread *thread)) __attribute__((noreturn));

#endif
