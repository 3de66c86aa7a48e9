
/*
 * ---- What the protocol promises -----------------------------------------------------------------
 *
 * The first four hold wherever interrupts are taken, which is wherever something else happens. A
 * promise that is broken has the value true, and its name is what Spin reports.
 */

byte lost_wake_up, found_though_gone, priority_missing, priority_left;
byte urgent_waits, answered_though_gone, wrong_result;

/* A thread that waits, waits for somebody who can come: for a message at a port where nobody sends,
 * for a receiver at a port where nobody receives, for a reply of somebody who owes one, or for its
 * time. It is not killed, unless it is pinned by somebody who goes on. */
#define IS_SENDER(t, p)      (thread[t].ring == SENDERS(p))
#define IS_RECEIVER(t, p)    (thread[t].ring == RECEIVERS(p) || port[p].idle_server == (t))
#define SOMEBODY_SENDS(p)    (IS_SENDER(0, p) || IS_SENDER(1, p) || IS_SENDER(2, p))
#define SOMEBODY_RECEIVES(p) (IS_RECEIVER(0, p) || IS_RECEIVER(1, p) || IS_RECEIVER(2, p))
#define WAITS_AT(t, p) \
    ((port[p].open || port[p].closing) && (IS_SENDER(t, p) || IS_RECEIVER(t, p)) && \
    !(port[p].open && SOMEBODY_SENDS(p) && SOMEBODY_RECEIVES(p)))
#define WAITS_FOR_REPLY(t, s) \
    (thread[t].server == (s) && thread[s].state != ENDED && \
    (thread[t].pending == (s) || thread[s].caller == (t)))
#define WAITS_FOR_TIME(t) (thread[t].sleeps && thread[t].timed)
#define WAITS_FOR_SOMETHING(t) \
    (WAITS_FOR_TIME(t) || WAITS_AT(t, 0) || WAITS_AT(t, 1) || \
    WAITS_FOR_REPLY(t, 0) || WAITS_FOR_REPLY(t, 1) || WAITS_FOR_REPLY(t, 2))
#define IS_IN_GOOD_HANDS(t) (thread[t].server != NOBODY && thread[thread[t].server].state == READY)
#define WAITS_RIGHTLY(t) \
    (thread[t].state != BLOCKED || (WAITS_FOR_SOMETHING(t) && \
    (!thread[t].pinned || IS_IN_GOOD_HANDS(t)) && (!thread[t].killed || thread[t].pinned)))

/* Nobody finds a thread that waits no longer, and nothing points to a port or thread that has gone.
 */
#define POINTS_RIGHTLY(t) \
    ((thread[t].server == NOBODY || thread[t].state == BLOCKED) && \
    (thread[t].pending == NOBODY || thread[t].pending == thread[t].server) && \
    (thread[t].caller == NOBODY || thread[thread[t].caller].server == (t)) && \
    (thread[t].served == NOWHERE || port[thread[t].served].open) && \
    (thread[t].waits_at == NOWHERE || IS_SENDER(t, thread[t].waits_at)) && \
    (thread[t].waits_at == NOWHERE || thread[t].server == NOBODY))
#define IS_COUNTED(t, p) (thread[t].waits_at == (p) -> 1 : 0)
#define PORT_POINTS_RIGHTLY(p) \
    ((port[p].server == NOBODY || thread[port[p].server].state != ENDED) && \
    (port[p].idle_server == NOBODY || (thread[port[p].idle_server].state == BLOCKED && \
    thread[port[p].idle_server].served == (p))) && \
    port[p].sender_count == IS_COUNTED(0, p) + IS_COUNTED(1, p) + IS_COUNTED(2, p))

/* A server runs at least at the priority of each who waits for it, and at its own. Where a chain is
 * so long that it is not settled in one go, the tick will settle the rest. */
#define WAITS_IN_QUEUE_FOR(t, s, p) \
    (IS_SENDER(t, p) && port[p].server == (s) && thread[s].served == (p))
#define WAITS_FOR(t, s) \
    (thread[t].state == BLOCKED && (thread[t].server == (s) || \
    WAITS_IN_QUEUE_FOR(t, s, 0) || WAITS_IN_QUEUE_FOR(t, s, 1)))
#define IS_HELD_UP(t, s) (WAITS_FOR(t, s) && thread[t].runs_at > thread[s].runs_at)
#define RUNS_HIGH_ENOUGH(s) \
    (thread[s].unsettled || thread[s].state == ENDED || \
    (thread[s].runs_at >= thread[s].base_priority && \
    !IS_HELD_UP(0, s) && !IS_HELD_UP(1, s) && !IS_HELD_UP(2, s)))

/* It does not run higher than that. One that ends does not count: what it inherited from the
 * senders in a port's queue stays with it till then, unless ENDS_AT_ITS_OWN_PRIORITY is asked for. */
#ifdef ENDS_AT_ITS_OWN_PRIORITY
#define KEEPS_PRIORITY(s) (thread[s].state == ENDED)
#else
#define KEEPS_PRIORITY(s) (thread[s].ends)
#endif
#define LENDS(t, s) (WAITS_FOR(t, s) && thread[t].runs_at == thread[s].runs_at)
#define RUNS_LOW_ENOUGH(s) \
    (thread[s].unsettled || KEEPS_PRIORITY(s) || \
    thread[s].runs_at == thread[s].base_priority || LENDS(0, s) || LENDS(1, s) || LENDS(2, s))

inline check_promises()
{
    d_step {
    lost_wake_up = !EACH(WAITS_RIGHTLY);
    assert(!lost_wake_up);
    found_though_gone =
        !(EACH(POINTS_RIGHTLY) && PORT_POINTS_RIGHTLY(0) && PORT_POINTS_RIGHTLY(1));
    assert(!found_though_gone);
    priority_missing = !EACH(RUNS_HIGH_ENOUGH);
    assert(!priority_missing);
    priority_left = !EACH(RUNS_LOW_ENOUGH);
    assert(!priority_left);
    }
}

/* The other three hold at certain places. When a thread goes on in its program, nobody who is ready
 * outranks it. */
inline check_turn()
{
    urgent_waits = !NOBODY_ABOVE(thread[me].runs_at);
    assert(!urgent_waits)
}

/* A reply goes to a caller that waits for it, whose message this server has taken. And no call is
 * given words twice. */
inline check_words(giver, taker, what)
{
    answered_though_gone = what == ANSWER &&
        (thread[taker].state != BLOCKED || thread[taker].holder != (giver));
    assert(!answered_though_gone);
    wrong_result = thread[taker].got != NOTHING;
    assert(!wrong_result)
}

/* A send that succeeds was received, and one that fails was not. */
inline check_sent()
{
    wrong_result = IS_ERROR(thread[me].result) != (thread[me].holder == NOBODY);
    assert(!wrong_result)
}

/* A call or receive that succeeds has its words. One that fails has none, unless it was killed. */
inline check_got(what)
{
    wrong_result = (IS_ERROR(thread[me].result) ->
        thread[me].got == what && !thread[me].killed : thread[me].got != what);
    assert(!wrong_result)
}
