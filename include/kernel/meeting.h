/*
 * Meetings of two threads, for tests of the checked kernel (kernel/core/sched/meeting.c): at a
 * chosen preemption point or wait of one thread another one runs. Only to be called where
 * KERNEL_CHECKED is true.
 */
#ifndef KERNEL_MEETING_H
#define KERNEL_MEETING_H

#include <kernel/sched.h>

/* The current thread becomes the guest: waits until a host calls it, at most `timeout_ms`
 * milliseconds. 0: it has been called, and the host stands still until meeting_end; ERR_NOT_FOUND:
 * the host was through before; ERR_BUSY: there is a guest; ERR_TIMED_OUT, ERR_CANCELLED. Other
 * threads may run. */
int meeting_wait(uint32_t timeout_ms);

/* That thread becomes the host: its `point`-th preemption point or wait from now on (1 is the next)
 * is where the guest runs; 0: nowhere, points are only counted. ERR_NOT_FOUND: a guest is
 * needed, and no other thread waits in meeting_wait; ERR_BUSY: there is a host, not the caller. */
int meeting_arm(struct thread *host, uint32_t point);

/* The guest, if that is the current thread, is through with its act: 0. Else the host is through
 * with its call; returns how many points that had. */
int meeting_end(void);

/* ---- For the scheduler -------------------------------------------------------------------------
 */

/* The current thread is at a preemption point. Other threads may run. */
void meeting_at_point(void);

/* `from` is blocked, and `to` would run next; returns who runs instead, which is ready, or `to`. */
struct thread *meeting_at_wait(const struct thread *from, struct thread *to);

/* The current thread ends. */
void meeting_thread_ended(struct thread *thread);

#endif
