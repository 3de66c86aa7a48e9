/*
 * The protocol of messages as a model for Spin: waits, wake-ups, time-outs, kills and inherited
 * priorities, as they are in kernel/core/ipc, kernel/core/sched and kernel/core/process/end.c.
 * docs/model.md tells what it proves, how to run it, and which line is which function. The parts
 * are read in the order that model.py has.
 *
 * Granularity. The kernel runs with interrupts off. What it does between two of the following
 * places is one atomic step, and only at these places anything else happens:
 *
 *   - at a preemption point: interrupts are taken, and a thread of higher priority may run;
 *   - where a thread blocks or ends: another thread runs;
 *   - in a program: interrupts are taken at any moment.
 *
 * So each thread is one atomic sequence. Spin leaves it only where it has to wait: until it is the
 * thread that runs, or until the interrupts at a preemption point are over. `machine` is the only
 * other process: it is the interrupts, and it chooses who runs next.
 *
 * Programs do anything at any moment: each call, at each port that the set-up gives them, with each
 * token that could matter. Where the kernel is exact and the model is not, more can happen here:
 *
 *   - Time: a time-out comes at any moment, or never. Only the fast way's waits surely have none.
 *   - Bytes: a copy is done at once or has preemption points, and fails in every way it can.
 *   - Order: any of those who wait in a queue is taken first.
 *   - Bounds: the kernel has a preemption point after every 16th thread that it wakes, the model
 *     after each. It follows a chain of 64 servers in one go, the model LINKS_IN_ONE_GO.
 *
 * Not in the model: the names of ports and who waits for them, the counts from which the kernel
 * knows the highest of the waiters' priorities, quanta longer than one moment.
 */

#define THREADS 3
#define PORTS   2
#define NOBODY  3 /* no thread; as the result of a call: 0 */
#define IDLE    3 /* who runs: the idle thread */
#define NEXT    4 /* who runs: whoever `machine` will choose */
#define NOWHERE 2 /* no port */

#define EACH(of) (of(0) && of(1) && of(2))
#define SOME(of) (of(0) || of(1) || of(2))

/* What a wait returns: the id of a thread, NOBODY, or an error. */
#define TIMED_OUT        4
#define CANCELLED        5
#define PORT_GONE        6
#define BAD_ADDRESS      7
#define RECEIVE_AGAIN    8
#define IS_ERROR(result) ((result) > NOBODY)

/* The time-out of a wait. */
#define AT_ONCE 0
#define LATER   1
#define NEVER   2

/* thread.ring: the queue that the link of a blocked thread is in. */
#define NO_RING      0
#define SENDERS(p)   (1 + (p))
#define RECEIVERS(p) (3 + (p))

#define LINKS_IN_ONE_GO 2

mtype = { READY, BLOCKED, ENDED };                   /* the thread that runs is READY, too */
mtype = { DONE, SENDER_BAD, RECEIVER_BAD, NO_ROOM }; /* enum transfer_result */
mtype = { NOTHING, MESSAGE, ANSWER };

/* struct thread with its struct message_state */
typedef thread_record {
    mtype state = READY;
    byte base_priority;
    byte runs_at; /* the kernel's `priority`, which is a word of Promela */
    byte ring = NO_RING;
    bool timed; /* its time-out runs */
    bool killed;
    bool pinned;
    byte result = NOBODY; /* wait_result */
    byte waits_at = NOWHERE;
    byte served = NOWHERE;
    byte server = NOBODY;
    byte caller = NOBODY;
    byte pending = NOBODY; /* whose ring of callers it is in */
    bool unsettled;
    bool is_call;

    /* Not in the kernel, only for the promises: */
    mtype got = NOTHING;  /* the words that its call was given */
    byte holder = NOBODY; /* who took its message, and owes the reply if it was a call */
    bool ends;            /* it is in thread_leave */
    bool sleeps;          /* it waits for something other than messages */
}

/* struct port */
typedef port_record {
    bool open;    /* its number finds it */
    bool closing; /* hidden, while those who wait at it are being woken */
    byte server = NOBODY;
    byte idle_server = NOBODY;
    byte sender_count;
}

thread_record thread[THREADS];
port_record port[PORTS];
byte threads_alive[THREADS]; /* of each process */
byte number[THREADS];        /* the port's number in the thread's call, see PORT_AT */
byte running = IDLE;         /* arch_running */
bool attention;              /* a switch is wanted: ATTENTION_SWITCH in arch_attention */
bool interrupts;             /* interrupts are being taken */

/* Used within one step only, so no part of a state. A search for the shortest way cannot have such
 * variables; there they are ordinary ones. */
#ifdef SHORTEST
#define SCRATCH byte
#else
#define SCRATCH hidden byte
#endif
SCRATCH walk, links_left, due, before, each;

/* Used within one step, too, but their values are chosen freely there. */
byte other = NOBODY;
byte time_out;
mtype outcome = DONE;

/* Without this, states would differ in what nobody needs any more. */
inline tidy()
{
    other = NOBODY;
    time_out = AT_ONCE;
    outcome = DONE
}
