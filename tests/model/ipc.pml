
/* ---- kernel/core/ipc: who waits for whom, and what is done in one go --------------------------- */

/* A port that is closed and made again is another one: who kept the number finds nothing. */
#define STALE(p)   (4 + (p))
#define PORT_AT(n) ((n) < PORTS && port[n].open)

/* ---- priority.c */

#define WAITED_FOR_BY(t) (thread[t].server != NOBODY -> thread[t].server : \
    (thread[t].waits_at == NOWHERE -> NOBODY : port[thread[t].waits_at].server))

inline message_queue_caller(s)
{
    if
    :: thread[s].caller != NOBODY ->
       thread[thread[s].caller].pending = s;
       thread[s].caller = NOBODY
    :: else
    fi
}

/* Is t one of those whose priority is due to s: a caller, or a sender at the port that s serves? */
#define COUNTS(t, s) \
    (thread[t].pending == (s) || (thread[s].served != NOWHERE && \
    port[thread[s].served].server == (s) && thread[t].waits_at == thread[s].served))
#define HIGHER(level, t, s) \
    (COUNTS(t, s) && thread[t].runs_at > (level) -> thread[t].runs_at : (level))

inline priority_due(s)
{
    message_queue_caller(s);
    due = thread[s].base_priority;
    due = HIGHER(due, 0, s);
    due = HIGHER(due, 1, s);
    due = HIGHER(due, 2, s)
}

/* From `walk` on, which is NOBODY at the end. */
inline settle_chain(links)
{
    links_left = links;
    do
    :: walk != NOBODY && links_left != 0 ->
       links_left--;
       priority_due(walk);
       if
       :: due == thread[walk].runs_at -> walk = NOBODY
       :: else ->
          sched_set_priority(walk, due);
          walk = WAITED_FOR_BY(walk)
       fi
    :: else -> break
    od;
    if
    :: walk != NOBODY -> thread[walk].unsettled = true
    :: else
    fi;
    walk = NOBODY
}

inline message_settle_priority(s)
{
    walk = s;
    settle_chain(LINKS_IN_ONE_GO)
}

inline ipc_tick(s)
{
    printf("interrupt: the tick settles thread %d\n", s);
    thread[s].unsettled = false;
    message_settle_priority(s)
}

inline message_set_server(p, s)
{
    if
    :: port[p].server != (s) || thread[s].served != (p) ->
       before = port[p].server;
       port[p].server = s;
       thread[s].served = p;
#ifndef BUG_NEW_SERVER_SETTLES_NOTHING
       message_settle_priority(before);
       message_settle_priority(s)
#endif
    :: else
    fi
}

inline owes_more(s, t)
{
    if
    :: s != NOBODY && thread[s].runs_at < thread[t].runs_at -> message_settle_priority(s)
    :: else
    fi
}

/* That is `walk`. */
inline owes_less(links)
{
    if
    :: walk != NOBODY && thread[walk].runs_at != thread[walk].base_priority -> settle_chain(links)
    :: else
    fi
}

inline message_owe(s, t)
{
    thread[t].server = s;
    thread[t].pending = s;
    owes_more(s, t)
}

/* `walk` gets whom it waited for. */
inline owe_no_more(t)
{
    walk = thread[t].server;
    if
    :: walk != NOBODY ->
       message_queue_caller(walk);
       thread[t].server = NOBODY;
       thread[t].pending = NOBODY
    :: else
    fi
}

/* `walk` gets whom it waited for. */
inline leave_queue(t)
{
    walk = port[thread[t].waits_at].server;
    port[thread[t].waits_at].sender_count--;
    thread[t].waits_at = NOWHERE
}

inline message_let_go(t)
{
    owe_no_more(t);
    owes_less(LINKS_IN_ONE_GO)
}

inline message_enter_queue(p, t)
{
    thread[t].waits_at = p;
    port[p].sender_count++;
    before = port[p].server;
    owes_more(before, t)
}

inline message_leave_queue(t, s)
{
    leave_queue(t);
    before = walk;
    message_owe(s, t);
    walk = before;
    if
    :: walk != (s) -> owes_less(LINKS_IN_ONE_GO)
    :: else
    fi
}

inline message_forget(t)
{
    port_forget_idle(t);
    if
    :: thread[t].waits_at != NOWHERE -> leave_queue(t)
    :: else -> owe_no_more(t) /* it is never in both */
    fi;
#ifndef BUG_FORGET_SETTLES_NOTHING
    owes_less(1)
#endif
}

/* ---- ports.c */

inline port_queue_idle(p)
{
    if
    :: port[p].idle_server != NOBODY ->
       thread[port[p].idle_server].ring = RECEIVERS(p);
       port[p].idle_server = NOBODY
    :: else
    fi
}

inline port_forget_idle(t)
{
    if
    :: thread[t].served != NOWHERE && port[thread[t].served].idle_server == (t) ->
       port[thread[t].served].idle_server = NOBODY
    :: else
    fi
}

inline forget_port(t, p)
{
    thread[t].served = (thread[t].served == (p) -> NOWHERE : thread[t].served);
#ifndef BUG_PORT_KEPT
    number[t] = (number[t] == (p) -> STALE(p) : number[t])
#endif
}

inline hide_port(p)
{
    port_queue_idle(p);
    forget_port(0, p);
    forget_port(1, p);
    forget_port(2, p);
    port[p].open = false;
    port[p].closing = true
}

inline leave_ports(s)
{
    port[0].server = (port[0].server == (s) -> NOBODY : port[0].server);
    port[1].server = (port[1].server == (s) -> NOBODY : port[1].server)
}
