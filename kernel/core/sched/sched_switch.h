/*
 * The switch itself, inline: for the scheduler, and for messages, whose fast way is no more than a
 * few tests and this. The variables are sched.c's.
 */
#ifndef SCHED_SWITCH_H
#define SCHED_SWITCH_H

#include <kernel/sched.h>

extern uint32_t sched_ready_levels; /* bit n: a thread of priority n is ready */
extern uint32_t sched_ran_ms;
extern struct thread *sched_ended; /* its kernel stack was still stood on */
extern uint64_t (*sched_now)(void);

void sched_bury_ended(void);

/* In the thread that was switched to: the one before may be gone for good. */
static inline void sched_finish_switch(void)
{
    if (sched_ended)
        sched_bury_ended();
}

/* The caller has put `from`, which runs, where it belongs, and taken `to` from where it was.
 * Neither `to` nor a return to its program has anything to attend to. */
static inline void sched_switch_directly(struct thread *from, struct thread *to)
{
    uint64_t stamp = sched_now();

    /* The sum of both changes is what ran between. */
    from->run_time += stamp;
    to->run_time -= stamp;
    to->state = THREAD_RUNNING;
    to->switches++;
    arch_switch(from, to);
    sched_finish_switch();
}

/* As sched_switch_directly, for any `to`. */
static inline void sched_switch_over(struct thread *from, struct thread *to)
{
    arch_attention = to->killed;
    sched_ran_ms = 0;
    sched_switch_directly(from, to);
}

#endif
