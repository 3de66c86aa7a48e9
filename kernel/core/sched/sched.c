/* Who runs next: a ring of ready threads for each priority, and a bit for each ring with someone in
 * it. */
#include "sched_private.h"

#include <abi/errors.h>
#include <kernel/debug.h>
#include <kernel/memory.h>
#include <kernel/sched.h>
#include <lib/string.h>

static struct link ready[PRIORITY_LEVELS];
static uint32_t ready_levels; /* bit n: ready[n] is not empty */

static struct thread first_thread; /* the flow of control that came from the boot */
static struct thread idle_thread;
static struct thread *current;
static bool switch_wanted;
static int32_t next_id = 1;

/* A thread that has ended but whose kernel stack the switch still stood on. */
static struct thread *ended;
static void (*ended_bury)(struct thread *);

static uint64_t (*now)(void);
static uint32_t now_units_per_ms;
static uint64_t switched_at;

struct thread *sched_current(void)
{
    return current;
}

static void ready_append(struct thread *thread)
{
    thread->state = THREAD_READY;
    link_append(&ready[thread->priority], &thread->run);
    ready_levels |= 1u << thread->priority;
}

static struct thread *ready_take(void)
{
    struct thread *thread;
    uint32_t level;

    if (ready_levels == 0)
        return &idle_thread;
    level = 31 - (uint32_t)__builtin_clz(ready_levels);
    thread = LINK_OWNER(ready[level].next, struct thread, run);
    link_remove(&thread->run);
    if (link_alone(&ready[level]))
        ready_levels &= ~(1u << level);
    return thread;
}

/* True where a ready thread ranks at least as high as `priority`. */
static bool somebody_ready(uint32_t priority)
{
    return (ready_levels >> priority) != 0;
}

static void want_switch(void)
{
    switch_wanted = true;
    arch_attention = 1;
}

/* In the thread that was switched to: the one before may be gone for good. */
static void finish_switch(void)
{
    struct thread *gone = ended;

    if (gone) {
        ended = NULL;
        ended_bury(gone);
    }
}

/* The caller has put the current thread where it belongs, and taken `to` from where it was. */
static void switch_to(struct thread *to)
{
    struct thread *from = current;
    uint64_t stamp = now();

    from->run_time += stamp - switched_at;
    switched_at = stamp;
    switch_wanted = false;
    to->state = THREAD_RUNNING;
    to->quantum_left = to->quantum_ms;
    arch_attention = to->killed;
    if (to == from)
        return;
    to->switches++;
    current = to;
    arch_switch(from, to);
    finish_switch();
}

static void switch_to_next(void)
{
    switch_to(ready_take());
}

void sched_yield(void)
{
    if (current != &idle_thread)
        ready_append(current);
    switch_to_next();
}

void sched_attention(void)
{
    if (switch_wanted)
        sched_yield();
    arch_attention = current->killed;
}

void sched_breathe(void)
{
    arch_interrupt_window();
    if (switch_wanted)
        sched_yield();
}

void sched_ready(struct thread *thread)
{
    ready_append(thread);
    if (current == &idle_thread || thread->priority > current->priority)
        want_switch();
}

void sched_suspend(void)
{
    current->state = THREAD_BLOCKED;
    switch_to_next();
}

void sched_suspend_for(struct thread *to)
{
    current->state = THREAD_BLOCKED;
    if (ready_levels >> to->priority <= 1) {
        switch_to(to);
    } else {
        ready_append(to);
        switch_to_next();
    }
}

void sched_set_priority(struct thread *thread, uint32_t priority)
{
    if (thread->priority == priority)
        return;
    if (thread->state == THREAD_READY) {
        link_remove(&thread->run);
        if (link_alone(&ready[thread->priority]))
            ready_levels &= ~(1u << thread->priority);
    }
    thread->priority = priority;
    if (thread->state == THREAD_READY)
        sched_ready(thread);
    else if (thread == current && ready_levels >> priority > 1)
        want_switch();
}

void sched_mark_killed(struct thread *thread)
{
    thread->killed = true;
    if (thread == current)
        arch_attention = 1;
}

void sched_charge(uint32_t milliseconds)
{
    if (current->quantum_left > milliseconds) {
        current->quantum_left -= milliseconds;
        return;
    }
    current->quantum_left = current->quantum_ms;
    if (somebody_ready(current->priority))
        want_switch();
}

void sched_end(void (*bury)(struct thread *thread))
{
    ended = current;
    ended_bury = bury;
    current->state = THREAD_ENDED;
    switch_to_next();
    panic("an ended thread was switched to");
}

static void __attribute__((noreturn)) idle(void)
{
    for (;;) {
        if (ready_levels != 0)
            switch_to_next();
        else
            arch_idle();
    }
}

static void thread_begin(void)
{
    finish_switch();
    current->start();
    panic("a thread's first function returned");
}

static void prepare_fields(struct thread *thread, void (*start)(void))
{
    memset(thread, 0, sizeof(*thread));
    thread->id = next_id++;
    thread->start = start;
    thread->directory = arch_master_directory();
    thread->priority = PRIORITY_NORMAL;
    thread->base_priority = PRIORITY_NORMAL;
    thread->quantum_ms = QUANTUM_DEFAULT_MS;
    link_init(&thread->run);
    timeout_init(&thread->timeout, sched_wait_over);
    link_init(&thread->member);
    link_init(&thread->named);
    wait_queue_init(&thread->joiners);
    link_init(&thread->message.pending);
    link_init(&thread->message.callers);
}

int sched_prepare(struct thread *thread, uint32_t mode, void (*start)(void))
{
    prepare_fields(thread, start);
    thread->mode = mode;
    thread->kernel_stack_top = kernel_stack_take();
    if (thread->kernel_stack_top == 0)
        return ERR_NO_MEMORY;
    arch_thread_prepare(thread, thread_begin);
    return 0;
}

uint64_t sched_run_microseconds(const struct thread *thread)
{
    uint64_t units = thread->run_time + (thread == current ? now() - switched_at : 0);

    return units * 1000 / now_units_per_ms;
}

void sched_start(uint64_t (*time_stamp)(void), uint32_t units_per_ms,
                 uint64_t (*microseconds)(void))
{
    for (unsigned level = 0; level < PRIORITY_LEVELS; level++)
        link_init(&ready[level]);
    timeouts_start(microseconds);
    now = time_stamp;
    now_units_per_ms = units_per_ms;
    switched_at = now();

    prepare_fields(&first_thread, NULL);
    first_thread.priority = PRIORITY_HIGHEST;
    first_thread.base_priority = PRIORITY_HIGHEST;
    first_thread.state = THREAD_RUNNING;
    current = &first_thread;
    arch_thread_running(current);
    if (sched_prepare(&idle_thread, MODE_USER, idle) < 0)
        panic("no memory for the idle thread");
}
