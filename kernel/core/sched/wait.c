/*
 * Blocking: wait queues, and time-outs in a timing wheel of one slot a millisecond. What is further
 * away than one turn of the wheel is passed over until its turn comes.
 */
#include "sched_private.h"

#include <abi/errors.h>
#include <kernel/export.h>

#define WHEEL_SLOTS 256 /* a power of two */

static struct link wheel[WHEEL_SLOTS];
static uint64_t wheel_ms; /* the last millisecond that was served */
static uint64_t (*clock)(void);

void timeouts_start(uint64_t (*microseconds)(void))
{
    clock = microseconds;
    for (unsigned slot = 0; slot < WHEEL_SLOTS; slot++)
        link_init(&wheel[slot]);
}

void wait_queue_init(struct wait_queue *queue)
{
    link_init(&queue->waiters);
}
KERNEL_EXPORT(wait_queue_init);

void sched_unqueue(struct thread *thread)
{
    link_remove(&thread->run);
    timeout_stop(&thread->timeout);
}

static void (*wait_broken)(struct thread *thread);

void sched_on_broken_wait(void (*handler)(struct thread *thread))
{
    wait_broken = handler;
}

void sched_wake(struct thread *thread, int result)
{
    if (thread->state != THREAD_BLOCKED)
        return;
    sched_unqueue(thread);
    if (result < 0 && wait_broken)
        wait_broken(thread);
    thread->wait_result = result;
    sched_ready(thread);
}

void timeout_init(struct timeout *timeout, void (*fire)(struct timeout *timeout))
{
    link_init(&timeout->link);
    timeout->fire = fire;
}

/* From the clock, which may be ahead of the last tick, and rounded up: never too early. */
void timeout_start(struct timeout *timeout, uint32_t delay_ms)
{
    timeout->deadline_ms = (clock() + 999) / 1000 + delay_ms;
    if (timeout->deadline_ms <= wheel_ms)
        timeout->deadline_ms = wheel_ms + 1;
    link_append(&wheel[timeout->deadline_ms % WHEEL_SLOTS], &timeout->link);
}

void timeout_stop(struct timeout *timeout)
{
    link_remove(&timeout->link);
}

void sched_wait_over(struct timeout *timeout)
{
    struct thread *thread = LINK_OWNER(timeout, struct thread, timeout);

    if (thread->pinned)
        timeout_start(timeout, 1);
    else
        sched_wake(thread, ERR_TIMED_OUT);
}

static void wait_in(struct thread *thread, struct wait_queue *queue, uint32_t timeout_ms)
{
    link_init(&thread->run); /* a running thread's link is in no state: trade_places leaves it so */
    if (queue)
        link_append(&queue->waiters, &thread->run);
    if (timeout_ms != WAIT_FOREVER)
        timeout_start(&thread->timeout, timeout_ms);
}

int sched_block(struct wait_queue *queue, uint32_t timeout_ms)
{
    struct thread *thread = sched_current();

    if (thread->killed)
        return ERR_CANCELLED;
    if (timeout_ms == 0)
        return ERR_TIMED_OUT;
    wait_in(thread, queue, timeout_ms);
    sched_suspend();
    return thread->wait_result;
}
KERNEL_EXPORT(sched_block);

int sched_hand_over(struct thread *to, int result, struct wait_queue *queue, uint32_t timeout_ms)
{
    struct thread *thread = sched_current();

    if (thread->killed || timeout_ms == 0) {
        sched_wake(to, result);
        return thread->killed ? ERR_CANCELLED : ERR_TIMED_OUT;
    }
    wait_in(thread, queue, timeout_ms);
    if (to->state == THREAD_BLOCKED) {
        to->wait_result = result;
        sched_suspend_for(to);
    } else {
        sched_suspend();
    }
    return thread->wait_result;
}

uint32_t sched_wake_one(struct wait_queue *queue, int result)
{
    if (link_alone(&queue->waiters))
        return 0;
    sched_wake(LINK_OWNER(queue->waiters.next, struct thread, run), result);
    return 1;
}
KERNEL_EXPORT(sched_wake_one);

uint32_t sched_wake_all(struct wait_queue *queue, int result)
{
    uint32_t woken = 0;

    while (sched_wake_one(queue, result))
        woken++;
    return woken;
}
KERNEL_EXPORT(sched_wake_all);

void sched_kill(struct thread *thread)
{
    sched_mark_killed(thread);
    if (thread->state == THREAD_BLOCKED && !thread->pinned)
        sched_wake(thread, ERR_CANCELLED);
}

uint64_t sched_deadline(uint32_t timeout_ms)
{
    return timeout_ms == WAIT_FOREVER ? 0 : clock() + (uint64_t)timeout_ms * 1000;
}

uint32_t sched_time_left(uint64_t deadline)
{
    uint64_t now;

    if (deadline == 0)
        return WAIT_FOREVER;
    now = clock();
    return now < deadline ? (uint32_t)((deadline - now + 999) / 1000) : 0;
}

/* What fires may stop others that are due: so these stand in a ring of their own first. */
static void serve_slot(uint64_t milliseconds)
{
    struct link due;

    link_init(&due);
    LINK_EACH(&wheel[milliseconds % WHEEL_SLOTS], item, following)
    {
        if (LINK_OWNER(item, struct timeout, link)->deadline_ms > milliseconds)
            continue;
        link_remove(item);
        link_append(&due, item);
    }
    while (!link_alone(&due)) {
        struct timeout *timeout = LINK_OWNER(due.next, struct timeout, link);

        timeout_stop(timeout);
        timeout->fire(timeout);
    }
}

/* Ticks may have been lost while interrupts were off: every millisecond since the last is served.
 * One turn of the wheel looks at every waiter. */
void sched_tick(uint64_t milliseconds)
{
    uint64_t passed = milliseconds - wheel_ms;
    uint32_t slots = passed < WHEEL_SLOTS ? (uint32_t)passed : WHEEL_SLOTS;

    wheel_ms = milliseconds;
    for (uint32_t i = 0; i < slots; i++)
        serve_slot(milliseconds - i);
    if (slots)
        sched_charge(slots);
}
