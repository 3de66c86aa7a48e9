/*
 * Meetings, for tests of the checked kernel: at one certain preemption point or wait of one thread,
 * the host, another thread, the guest, runs at once, whatever the priorities, and acts. So a test
 * can go through all points of a system call one after the other, and let any other call meet it
 * there. There is one meeting at a time.
 *
 *     guest                              host
 *     meeting_wait: blocks
 *                                        meeting_arm(itself, n)
 *                                        a system call
 *                                          its nth point: the guest runs
 *     meeting_wait returns 0
 *     acts
 *     meeting_end                          goes on
 *                                        meeting_end: tells how many points it passed
 *
 * At a preemption point the host stays ready, as there, but does not go on before the guest has
 * ended the meeting, has itself ended, or waits without a time-out. At a wait it is blocked anyway:
 * what the guest does may wake it.
 */
#include "sched_private.h"

#include <abi/errors.h>
#include <kernel/meeting.h>

static struct thread *host;  /* NULL: no meeting is arranged */
static struct thread *guest; /* who waits to be called, or acts */
static uint32_t points_left, points_passed;
static bool guest_acts;
static struct wait_queue waiting_guest = {{&waiting_guest.waiters, &waiting_guest.waiters}};

int meeting_wait(uint32_t timeout_ms)
{
    int result;

    if (guest)
        return ERR_BUSY;
    guest = sched_current();
    result = sched_block(&waiting_guest, timeout_ms);
    if (result < 0 && guest == sched_current())
        guest = NULL;
    return result;
}

int meeting_arm(struct thread *thread, uint32_t point)
{
    if (host && host != sched_current())
        return ERR_BUSY;
    if (point != 0 && (!guest || guest == thread || guest->state != THREAD_BLOCKED))
        return ERR_NOT_FOUND;
    host = thread;
    points_left = point;
    points_passed = 0;
    guest_acts = false;
    return 0;
}

/* A guest that still waits when the host is through is told that they did not meet. */
static int host_is_through(void)
{
    host = NULL;
    if (guest && !guest_acts)
        sched_wake(guest, ERR_NOT_FOUND);
    return (int)points_passed;
}

static void guest_is_through(void)
{
    guest = NULL;
    guest_acts = false;
}

int meeting_end(void)
{
    if (sched_current() != guest)
        return host_is_through();
    guest_is_through();
    return 0;
}

void meeting_thread_ended(struct thread *thread)
{
    if (thread == host)
        host_is_through();
    if (thread == guest)
        guest_is_through();
}

/* True at the point that was asked for. */
static bool is_the_point(void)
{
    points_passed++;
    if (points_left == 0 || --points_left != 0)
        return false;
    return guest && !guest_acts && guest->state == THREAD_BLOCKED;
}

/* Lets the guest act, which is now ready. */
static void call_guest(void)
{
    guest_acts = true;
    sched_wake(guest, 0);
}

/* A guest that waits without a time-out may wait for the host: then that has to go on. */
static bool guest_waits_for_ever(void)
{
    return guest->state == THREAD_BLOCKED && !timeout_runs(&guest->timeout);
}

void meeting_at_point(void)
{
    if (sched_current() != host || !is_the_point())
        return;
    call_guest();
    while (host && guest_acts && !guest_waits_for_ever()) {
        arch_interrupt_window();
        sched_yield_to(guest);
    }
}

struct thread *meeting_at_wait(const struct thread *from, struct thread *to)
{
    if (from != host || from->state != THREAD_BLOCKED || !is_the_point())
        return to;
    call_guest();
    return guest;
}
