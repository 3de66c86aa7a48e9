
/* ---- kernel/core/sched: who runs, blocking, waking --------------------------------------------- */

#define IS_READY(t)         (thread[t].state == READY)
#define IS_QUEUED(t)        (thread[t].state == READY && (t) != running)
#define IS_RIVAL(t)         (IS_QUEUED(t) && thread[t].runs_at >= thread[running].runs_at)
#define IS_ABOVE(t, level)  (IS_QUEUED(t) && thread[t].runs_at > (level))
#define NOBODY_ABOVE(level) (!IS_ABOVE(0, level) && !IS_ABOVE(1, level) && !IS_ABOVE(2, level))

#define YIELDS_TO(rival, t) (!IS_READY(rival) || thread[rival].runs_at <= thread[t].runs_at)
#define COMES_NEXT(t) \
    (IS_READY(t) && YIELDS_TO(0, t) && YIELDS_TO(1, t) && YIELDS_TO(2, t))

inline switch_to_next()
{
    attention = false;
    tidy();
    running = NEXT
}

inline ready_take()
{
    if
    :: COMES_NEXT(0) -> running = 0
    :: COMES_NEXT(1) -> running = 1
    :: COMES_NEXT(2) -> running = 2
    :: !SOME(IS_READY) -> running = IDLE; interrupts = true
    fi
}

/* Interrupts are taken, until `machine` has no more. */
inline arch_interrupt_window()
{
    tidy();
    interrupts = true;
    !interrupts && running == me
}

inline sched_yield()
{
    switch_to_next();
    running == me
}

inline sched_preemption_point()
{
    arch_interrupt_window();
    if
    :: attention -> sched_yield()
    :: else
    fi
}

inline sched_ready(t)
{
    thread[t].state = READY;
    attention = attention || running == IDLE || thread[t].runs_at > thread[running].runs_at
}

inline sched_set_priority(t, level)
{
    printf("thread %d: runs at priority %d from now on\n", t, level);
    thread[t].runs_at = level;
    if
    :: IS_QUEUED(t) -> sched_ready(t)
    :: (t) == running -> attention = attention || !NOBODY_ABOVE(level)
    :: else
    fi
}

/* The quantum of the thread that runs is over. */
inline sched_charge()
{
    attention = true
}

inline sched_unqueue(t)
{
    thread[t].ring = NO_RING;
    thread[t].timed = false
}

/* With a result that is no error. */
inline sched_wake(t, code)
{
    if
    :: thread[t].state == BLOCKED ->
       printf("thread %d: is woken\n", t);
       sched_unqueue(t);
       thread[t].result = code;
       sched_ready(t)
    :: else
    fi
}

/* sched_wake with an error. */
inline sched_break_wait(t, code)
{
    if
    :: thread[t].state == BLOCKED ->
       printf("thread %d: is woken with error %d\n", t, code);
       sched_unqueue(t);
       message_forget(t);
       thread[t].result = code;
       sched_ready(t)
    :: else
    fi
}

/* A pinned thread is asked again later. */
#define CAN_TIME_OUT(t) (thread[t].state == BLOCKED && thread[t].timed && !thread[t].pinned)

inline sched_wait_over(t)
{
    sched_break_wait(t, TIMED_OUT)
}

inline sched_kill(t)
{
    thread[t].killed = true;
    if
    :: thread[t].state == BLOCKED && !thread[t].pinned -> sched_break_wait(t, CANCELLED)
    :: else
    fi
}

#define IS_ALIVE_IN(t, process) \
    (PROCESS(t) == (process) && thread[t].state != ENDED && !thread[t].killed)
#define CAN_BE_KILLED(process) \
    (IS_ALIVE_IN(0, process) || IS_ALIVE_IN(1, process) || IS_ALIVE_IN(2, process))

inline process_mark_ending(process)
{
    printf("interrupt: process %d is killed\n", process);
    each = 0;
    do
    :: each < THREADS ->
       if
       :: IS_ALIVE_IN(each, process) -> sched_kill(each)
       :: else
       fi;
       each++
    :: else -> break
    od
}

inline wait_in(queue, limit)
{
    thread[me].ring = queue;
    thread[me].timed = (limit == LATER);
    tidy_call();
    thread[me].state = BLOCKED;
    printf("thread %d: waits in queue %d, with time-out: %d\n", me, thread[me].ring, thread[me].timed)
}

inline sched_block(queue, limit)
{
    if
    :: thread[me].killed -> thread[me].result = CANCELLED
    :: !thread[me].killed && limit == AT_ONCE -> thread[me].result = TIMED_OUT
    :: else ->
       wait_in(queue, limit);
       switch_to_next();
       running == me
    fi
}

/* With sched_suspend_for. */
inline sched_hand_over(to, code, queue, limit)
{
    if
    :: thread[me].killed || limit == AT_ONCE ->
       sched_wake(to, code);
       thread[me].result = (thread[me].killed -> CANCELLED : TIMED_OUT)
    :: else ->
       wait_in(queue, limit);
       thread[to].result = code;
       thread[to].state = READY;
       printf("thread %d: hands over to thread %d\n", me, to);
       if
       :: NOBODY_ABOVE(thread[to].runs_at) -> attention = false; running = to; tidy()
       :: else -> switch_to_next()
       fi;
       running == me
    fi
}

inline sched_switch_directly(to)
{
    printf("thread %d: goes straight to thread %d\n", me, to);
    thread[to].state = READY;
    thread[me].state = BLOCKED;
    running = to;
    tidy();
    tidy_call()
}
