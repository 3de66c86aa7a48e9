/* Who runs next: a ring of ready threads for each priority, and a bit for each ring with someone in
 * it. */
#include "sched_private.h"
#include "sched_switch.h"

#include <abi/errors.h>
#include <kernel/checked.h>
#include <kernel/debug.h>
#include <kernel/export.h>
#include <kernel/meeting.h>
#include <kernel/memory.h>
#include <kernel/sched.h>

/* Why a return to a program has to wait, as bits of arch_attention. */
enum { ATTENTION_KILLED = 1, ATTENTION_SWITCH = 2 };

#define FUNCTION_NAME_ROOM 80

struct link sched_rings[PRIORITY_LEVELS];
uint32_t sched_ready_levels; /* bit n: sched_rings[n] is not empty */

static struct thread first_thread; /* the flow of control that came from the boot */
static struct thread idle_thread;
uint32_t sched_ran_ms; /* since the last switch */
static int32_t next_id = 1;

/* A thread that has ended, until the next one has left its kernel stack. */
static struct thread *ended;
static void (*ended_bury)(struct thread *);

uint64_t (*sched_now)(void);
static uint32_t now_units_per_ms;

static void ready_append(struct thread *thread)
{
    thread->state = THREAD_READY;
    link_append_fast(&sched_rings[thread->priority], &thread->run);
    sched_ready_levels |= 1u << thread->priority;
}

static void ready_remove(struct thread *thread)
{
    link_remove_fast(&thread->run);
    if (link_alone(&sched_rings[thread->priority]))
        sched_ready_levels &= ~(1u << thread->priority);
}

static struct thread *ready_take(void)
{
    struct thread *thread;
    uint32_t level;

    if (sched_ready_levels == 0)
        return &idle_thread;
    level = 31 - (uint32_t)__builtin_clz(sched_ready_levels);
    thread = LINK_OWNER(sched_rings[level].next, struct thread, run);
    ready_remove(thread);
    return thread;
}

/* True where a ready thread ranks at least as high as `priority`. */
static bool somebody_ready(uint32_t priority)
{
    return (sched_ready_levels >> priority) != 0;
}

static void want_switch(void)
{
    arch_attention |= ATTENTION_SWITCH;
}

static void switch_to(struct thread *to)
{
    to->state = THREAD_READY;
    if (to != arch_running) {
        sched_switch_over(arch_running, to);
        return;
    }
    sched_ran_ms = 0;
    arch_attention = to->killed;
}

static void switch_to_next(void)
{
    switch_to(ready_take());
}

void sched_atomic_panic(const char *function)
{
    if (arch_atomic & ATOMIC_INTERRUPT)
        panic("%s was called in an interrupt handler, where no other thread may run", function);
    panic("%s was called with a frame open, which another thread would close", function);
}

void sched_yield_here(void)
{
    ready_append(arch_running);
    switch_to_next();
}

void sched_yield(void)
{
    sched_not_atomic("sched_yield");
    sched_yield_here();
}
KERNEL_EXPORT(sched_yield);

void sched_attention(void)
{
    if (arch_attention & ATTENTION_SWITCH)
        sched_yield_here(); /* forgets it; who is buried behind it may ask anew */
}

void sched_preemption_point(void)
{
    sched_not_atomic("sched_preemption_point");
    if (KERNEL_CHECKED)
        meeting_at_point();
    arch_interrupt_window();
    if (arch_attention & ATTENTION_SWITCH && arch_running != &idle_thread) {
        sched_yield_here();
        /* Threads that go on behind their points one after the other must not keep interrupts out.
         */
        arch_interrupt_window();
    }
}
KERNEL_EXPORT(sched_preemption_point);

void sched_ready(struct thread *thread)
{
    ready_append(thread);
    if (arch_running == &idle_thread || thread->priority > arch_running->priority)
        want_switch();
}
KERNEL_EXPORT(sched_ready);

void sched_suspend(void)
{
    arch_running->state = THREAD_BLOCKED;
    switch_to_next();
}

void sched_suspend_for(struct thread *to)
{
    arch_running->state = THREAD_BLOCKED;
    if (sched_ready_levels >> to->priority <= 1) {
        switch_to(to);
    } else {
        ready_append(to);
        switch_to_next();
    }
}

static bool is_queued(const struct thread *thread)
{
    return thread->state == THREAD_READY && thread != arch_running;
}

void sched_yield_to(struct thread *to)
{
    if (!is_queued(to)) {
        sched_yield();
        return;
    }
    ready_remove(to);
    ready_append(arch_running);
    switch_to(to);
}

struct thread *sched_meet_at_wait(const struct thread *from, struct thread *to)
{
    struct thread *instead = KERNEL_CHECKED ? meeting_at_wait(from, to) : to;

    if (instead == to)
        return to;
    if (to != &idle_thread)
        ready_append(to);
    ready_remove(instead);
    return instead;
}

void sched_set_priority(struct thread *thread, uint32_t priority)
{
    if (thread->priority == priority)
        return;
    if (is_queued(thread))
        ready_remove(thread);
    thread->priority = priority;
    if (is_queued(thread))
        sched_ready(thread);
    else if (thread == arch_running && sched_ready_levels >> priority > 1)
        want_switch();
}

static void notice_kill(void)
{
    arch_attention |= ATTENTION_KILLED;
}

void sched_mark_killed(struct thread *thread)
{
    if (thread->killed || thread->state == THREAD_ENDED)
        return;
    thread->killed = ATTENTION_KILLED;
    if (thread == arch_running)
        notice_kill();
    else
        arch_thread_divert(thread, notice_kill);
}

void sched_charge(uint32_t milliseconds)
{
    sched_ran_ms += milliseconds;
    if (sched_ran_ms < arch_running->quantum_ms)
        return;
    sched_ran_ms = 0;
    if (somebody_ready(arch_running->priority))
        want_switch();
}

/* The first that the next thread does, on its own stack. */
static void bury_ended(void)
{
    struct thread *gone = ended;

    ended = NULL;
    ended_bury(gone);
}

void sched_end(void (*bury)(struct thread *thread))
{
    struct thread *next;

    sched_not_atomic("sched_end");
    if (KERNEL_CHECKED)
        meeting_thread_ended(arch_running);
    next = ready_take();
    ended = arch_running;
    ended_bury = bury;
    arch_running->state = THREAD_ENDED;
    arch_thread_divert(next, bury_ended);
    switch_to(next);
    panic("an ended thread was switched to");
}

static void __attribute__((noreturn)) idle(void)
{
    for (;;) {
        if (sched_ready_levels != 0)
            switch_to_next();
        else if (timeouts_catch_up() || frames_zero_one())
            arch_interrupt_window();
        else
            arch_idle();
    }
}

static void thread_begin(void)
{
    char first[FUNCTION_NAME_ROOM];

    arch_running->start();
    symbol_describe(pointer_to_address((void *)(uintptr_t)arch_running->start), first,
                    sizeof(first));
    panic("thread %d's first function returned, which nobody called: %s", (int)arch_running->id,
          first);
}

int32_t sched_new_id(void)
{
    int32_t id = next_id;

    next_id = id == INT32_MAX ? 1 : id + 1;
    return id;
}

static void prepare_fields(struct thread *thread, void (*start)(void))
{
    thread->id = sched_new_id();
    thread->start = start;
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
    link_init(&thread->message.unsettled);
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
KERNEL_EXPORT(sched_prepare);

uint64_t sched_run_microseconds(const struct thread *thread)
{
    uint64_t units = thread->run_time + (thread == arch_running ? sched_now() : 0);

    return units * 1000 / now_units_per_ms;
}

const struct thread *sched_idle(void)
{
    return &idle_thread;
}

void sched_set_units(uint32_t units_per_ms)
{
    now_units_per_ms = units_per_ms;
}

void sched_start(uint64_t (*time_stamp)(void), uint32_t units_per_ms,
                 uint64_t (*microseconds)(void))
{
    for (unsigned level = 0; level < PRIORITY_LEVELS; level++)
        link_init(&sched_rings[level]);
    timeouts_start(microseconds);
    sched_now = time_stamp;
    now_units_per_ms = units_per_ms;

    prepare_fields(&first_thread, NULL);
    first_thread.priority = PRIORITY_HIGHEST;
    first_thread.base_priority = PRIORITY_HIGHEST;
    first_thread.state = THREAD_READY;
    first_thread.run_time -= sched_now();
    arch_thread_running(&first_thread);
    if (sched_prepare(&idle_thread, MODE_USER, idle) < 0)
        panic("no memory for the idle thread");
    works_start();
}
