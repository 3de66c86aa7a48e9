/* Blocking: wait queues, who is woken, and by whom. */
#include "sched_private.h"

#include <abi/errors.h>
#include <kernel/export.h>

#define WAKES_PER_POINT 16

void wait_queue_init(struct wait_queue *queue)
{
    link_init(&queue->waiters);
}
KERNEL_EXPORT(wait_queue_init);

void sched_unqueue(struct thread *thread)
{
    link_remove_fast(&thread->run);
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

void sched_wait_over(struct timeout *timeout)
{
    struct thread *thread = LINK_OWNER(timeout, struct thread, timeout);

    if (thread->pinned)
        timeout_start(timeout, thread->priority, 1);
    else
        sched_wake(thread, ERR_TIMED_OUT);
}

static void wait_in(struct thread *thread, struct wait_queue *queue, uint32_t timeout_ms)
{
    link_init(&thread->run); /* a running thread's link is in no state: trade_places leaves it so */
    if (queue)
        link_append_fast(&queue->waiters, &thread->run);
    if (timeout_ms != WAIT_FOREVER)
        timeout_start(&thread->timeout, thread->priority, timeout_ms);
}

int sched_block(struct wait_queue *queue, uint32_t timeout_ms)
{
    struct thread *thread = sched_current();

    sched_not_atomic("sched_block");
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

    sched_not_atomic("sched_hand_over");
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

/* They wait in a queue of our own meanwhile: whoever comes to the other one is not woken again. */
uint32_t sched_wake_all(struct wait_queue *queue, int result)
{
    struct wait_queue waking;
    uint32_t woken = 0;

    wait_queue_init(&waking);
    wait_queue_move(queue, &waking);
    while (sched_wake_one(&waking, result))
        if (++woken % WAKES_PER_POINT == 0)
            sched_preemption_point();
    return woken;
}
KERNEL_EXPORT(sched_wake_all);

void sched_kill(struct thread *thread)
{
    sched_mark_killed(thread);
    if (thread->state == THREAD_BLOCKED && !thread->pinned)
        sched_wake(thread, ERR_CANCELLED);
}
