/*
 * The switch itself, inline: for the scheduler, and for messages, whose fast way is no more than a
 * few tests and this. The variables are sched.c's.
 */
#ifndef SCHED_SWITCH_H
#define SCHED_SWITCH_H

#include <kernel/checked.h>
#include <kernel/sched.h>

/* The checked kernel: whoever meets `from` at its wait runs instead of `to` (kernel/meeting.h). */
struct thread *sched_meet_at_wait(const struct thread *from, struct thread *to);

/* For system calls that switch: the frame pointer costs five instructions, and a backtrace passes
 * over a function without. */
#ifdef __clang__
#define WITHOUT_FRAME_POINTER /* clang has no such attribute */
#else
#define WITHOUT_FRAME_POINTER __attribute__((optimize("omit-frame-pointer")))
#endif

extern uint32_t sched_ready_levels; /* bit n: a thread of priority n is ready */
extern uint32_t sched_ran_ms;
extern struct link
    sched_rings[PRIORITY_LEVELS]; /* of ready threads; the one that runs is in none */
extern uint64_t (*sched_now)(void);

/* The caller has put `from`, which runs, where it belongs, and taken `to`, which is ready, from
 * where it was. Neither `to` nor a return to its program has anything to attend to. Other threads
 * may run until somebody switches back. */
static inline void sched_switch_directly(struct thread *from, struct thread *to)
{
    uint64_t stamp = sched_now();

    if (KERNEL_CHECKED)
        to = sched_meet_at_wait(from, to);

    /* The sum of both changes is what ran between. */
    from->run_time += stamp;
    to->run_time -= stamp;
    to->switches++;
    arch_switch(from, to);
}

/* As sched_switch_directly, for any `to`. Other threads may run. */
static inline void sched_switch_over(struct thread *from, struct thread *to)
{
    arch_attention = 0;
    sched_ran_ms = 0;
    sched_switch_directly(from, to);
    arch_attention |= from->killed;
}

#endif
