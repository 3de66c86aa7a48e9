/* Between the files of kernel/core/sched. */
#ifndef SCHED_PRIVATE_H
#define SCHED_PRIVATE_H

#include <kernel/sched.h>

/* Other threads may run until somebody makes the current thread ready again. */
void sched_suspend(void);

/* As sched_suspend, but `to`, which is in no queue, comes next if no ready thread outranks it.
 * Other threads may run. */
void sched_suspend_for(struct thread *to);

/* The current thread has run that long. */
void sched_charge(uint32_t milliseconds);

/* The mark alone; the wait is the caller's. */
void sched_mark_killed(struct thread *thread);

/* For meetings (kernel/core/sched/meeting.c): runs `to` at once if it is ready, and others if not;
 * the current thread stays ready, behind its equals. Other threads may run. */
void sched_yield_to(struct thread *to);

/* Makes the thread that does long work. */
void works_start(void);
/* Tells which function was called in an atomic context. */
void sched_atomic_panic(const char *function) __attribute__((noreturn));

/* First of all in what lets other threads run: there, also where it would return at once. */
static inline void sched_not_atomic(const char *function)
{
    if (arch_atomic)
        sched_atomic_panic(function);
}

/* sched_yield for a caller that is known to be in no atomic context. Other threads may run. */
void sched_yield_here(void);

void timeouts_start(uint64_t (*microseconds)(void));

/* Serves some of the time-outs that a tick has left over; returns whether more are left. */
bool timeouts_catch_up(void);

/* What ends a thread's wait when its time-out comes. */
void sched_wait_over(struct timeout *timeout);

#endif
