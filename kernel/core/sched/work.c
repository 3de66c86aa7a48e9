/*
 * Work whose amount depends on what programs have made, so that it fits neither into an interrupt
 * nor between two preemption points. A thread of the kernel does it piece by piece. It outranks all
 * others, so that no program delays the work, whatever its priority.
 */
#include "sched_private.h"

#include <kernel/debug.h>

static struct thread worker;
static struct wait_queue rest; /* where the worker waits */
static struct link started = {&started, &started};

void work_init(struct work *work, void (*piece)(struct work *work))
{
    link_init(&work->link);
    work->piece = piece;
}

void work_start(struct work *work)
{
    if (!link_alone(&work->link))
        return;
    link_append(&started, &work->link);
    (void)sched_wake_one(&rest, 0);
}

void work_stop(struct work *work)
{
    link_remove(&work->link);
}

/* Behind the piece, the work may be gone: so it goes to the end of the list before. */
static void do_piece(struct work *work)
{
    link_remove(&work->link);
    link_append(&started, &work->link);
    work->piece(work);
}

static void __attribute__((noreturn)) work_without_end(void)
{
    for (;;) {
        while (link_alone(&started))
            (void)sched_block(&rest, WAIT_FOREVER);
        do_piece(LINK_OWNER(started.next, struct work, link));
        sched_preemption_point();
    }
}

const struct thread *work_thread(void)
{
    return &worker;
}

void works_start(void)
{
    wait_queue_init(&rest);
    if (sched_prepare(&worker, MODE_USER, work_without_end) < 0)
        panic("no memory for the thread that does the kernel's long work");
    worker.priority = PRIORITY_HIGHEST;
    worker.base_priority = PRIORITY_HIGHEST;
    sched_ready(&worker);
}
