
/*
 * ---- A program and its calls --------------------------------------------------------------------
 *
 * sending.c, receiving.c, messages.c and fast.c of kernel/core/ipc, and thread_leave.
 */

inline tidy_call()
{
    number[me] = NOWHERE;
    token = NOBODY;
    is_receive = false
}

inline forget_the_call()
{
    tidy_call();
    thread[me].is_call = false;
    thread[me].result = NOBODY;
    thread[me].got = NOTHING;
    thread[me].holder = NOBODY;
    thread[me].sleeps = false
}

/* The options may cross the end of a page, and then their copy has a preemption point. */
inline message_prepare()
{
    sched_preemption_point()
}

/* A copy that lets other threads run: the one that waits is pinned meanwhile. */
inline transfer_long(t)
{
#ifndef BUG_COPY_NOT_PINNED
    thread[t].pinned = true;
#endif
    do
    :: sched_preemption_point()
    :: break
    od;
    thread[t].pinned = false
}

/* How a copy ends whose bytes fit. */
inline transfer_bytes()
{
    if
    :: outcome = DONE
    :: outcome = SENDER_BAD
    :: outcome = RECEIVER_BAD
    fi
}

/* `token` gets one of the queue. */
inline first_of(queue)
{
    if
    :: thread[0].ring == queue -> token = 0
    :: thread[1].ring == queue -> token = 1
    :: thread[2].ring == queue -> token = 2
    :: else -> token = NOBODY
    fi
}

inline message_give_words(giver, taker, what)
{
    printf("thread %d: gets the words of thread %d\n", taker, giver);
    check_words(giver, taker, what);
    thread[taker].got = what;
    if
    :: what == MESSAGE -> thread[giver].holder = taker
    :: else
    fi
}

#define FAST_CALL_POSSIBLE(t, p) \
    (!attention && !thread[t].killed && PORT_AT(p) && \
    port[p].idle_server != NOBODY && thread[port[p].idle_server].state == BLOCKED && \
    thread[port[p].idle_server].runs_at >= thread[t].runs_at)

#define FAST_REPLY_POSSIBLE(s, t) \
    (!attention && !thread[s].killed && thread[s].caller == (t) && \
    thread[s].served != NOWHERE && port[thread[s].served].sender_count == 0 && \
    port[thread[s].served].idle_server == NOBODY && \
    thread[s].runs_at == thread[s].base_priority && \
    (thread[t].runs_at >= thread[s].runs_at || NOBODY_ABOVE(thread[t].runs_at)))

#ifdef BUG_REPLY_TO_ANYBODY
#define OWES_REPLY(s, t) (thread[t].state == BLOCKED && thread[t].server != NOBODY)
#else
#define OWES_REPLY(s, t) (thread[t].state != ENDED && thread[t].server == (s))
#endif

/* Other tokens change nothing: a server owes no reply at the end of message_prepare that it did not
 * owe at its beginning, since only itself could have received the call. */
#define MAY_REPLY(s, t) ((s) != (t) && OWES_REPLY(s, t))

proctype program(byte me)
{
    byte token = NOBODY; /* the other thread of the call */
    bool is_receive;     /* a reply that receives as well */

    atomic {
    running == me;

in_its_program:
    forget_the_call();
    arch_interrupt_window();
process_attention:
    if
    :: thread[me].killed -> goto thread_leave
    :: !thread[me].killed && attention -> sched_yield(); goto in_its_program
    :: else
    fi;
    check_turn();
    if
    :: MAY_CALL(me, 0) -> number[me] = 0; goto choose_send
    :: MAY_CALL(me, 1) -> number[me] = 1; goto choose_send
    :: OWNS(me, 0) -> number[me] = 0; goto choose_receive
    :: OWNS(me, 1) -> number[me] = 1; goto choose_receive
    :: MAY_REPLY(me, 0) -> token = 0; goto choose_reply
    :: MAY_REPLY(me, 1) -> token = 1; goto choose_reply
    :: MAY_REPLY(me, 2) -> token = 2; goto choose_reply
    :: thread[me].sleeps = true; sched_block(NO_RING, LATER); goto in_its_program
    :: goto thread_leave
    fi;

choose_send:
    if
    :: goto send
    :: thread[me].is_call = true; goto syscall_message_call
    fi;

choose_receive:
    if
    :: goto message_receive
    :: port[number[me]].open -> goto port_close
    :: !port[number[me]].open && !port[number[me]].closing -> goto port_create
    fi;

choose_reply:
    if
    :: goto message_reply
    :: is_receive = true; goto syscall_message_reply_receive
    fi;

    /* ---- fast.c */

syscall_message_call:
    if
    :: FAST_CALL_POSSIBLE(me, number[me]) ->
       d_step {
          token = port[number[me]].idle_server;
          message_give_words(me, token, MESSAGE);
          port[number[me]].idle_server = NOBODY;
          thread[token].result = me;
          thread[token].caller = me;
          thread[me].server = token;
          sched_switch_directly(token)
       }
       running == me;
       goto call_returns
    :: goto send
    fi;

syscall_message_reply_receive:
    if
    :: FAST_REPLY_POSSIBLE(me, token) ->
       d_step {
          message_give_words(me, token, ANSWER);
          thread[token].result = NOBODY;
          thread[token].server = NOBODY;
          thread[me].caller = NOBODY;
          port[thread[me].served].idle_server = me;
          sched_switch_directly(token)
       }
       running == me;
       goto receive_returns
    :: goto message_reply
    fi;

    /* ---- sending.c */

send:
    printf("thread %d: sends to port %d, call: %d\n", me, number[me], thread[me].is_call);
    if
    :: !PORT_AT(number[me]) -> goto in_its_program
    :: else
    fi;
    message_prepare();

deliver:
    if
    :: thread[me].killed -> goto in_its_program
#ifndef BUG_PORT_KEPT
    :: !thread[me].killed && !PORT_AT(number[me]) -> goto in_its_program
#endif
    :: else
    fi;
take_receiver:
    port_queue_idle(number[me]);
    first_of(RECEIVERS(number[me]));
    if
    :: token == NOBODY -> goto wait_in_queue
    :: else -> thread[token].ring = NO_RING
    fi;
hand_message:
    printf("thread %d: has a message for thread %d\n", me, token);
    if
    :: outcome = NO_ROOM
    :: transfer_bytes()
    :: d_step { message_owe(me, token); skip }
       transfer_long(token);
       transfer_bytes()
    fi;
    if
    :: thread[token].killed || outcome == RECEIVER_BAD ->
       d_step {
          sched_break_wait(token, (thread[token].killed -> CANCELLED : BAD_ADDRESS));
          skip
       }
       token = NOBODY;
       sched_preemption_point();
       goto deliver
    :: !thread[token].killed && (outcome == SENDER_BAD || outcome == NO_ROOM) ->
       goto put_receiver_back
    :: else
    fi;
    d_step {
       message_let_go(token);
       sched_unqueue(token);
       message_give_words(me, token, MESSAGE);
       if
       :: PORT_AT(number[me]) -> message_set_server(number[me], token)
       :: else
       fi;
       if
       :: thread[me].is_call -> message_owe(token, me)
       :: else -> sched_wake(token, NOBODY)
       fi;
       skip
    }
    if
    :: thread[me].is_call ->
       other = token;
       sched_hand_over(other, me, NO_RING, LATER)
    :: else
    fi;
    goto send_returns;

put_receiver_back:
    skip;
    d_step {
       message_let_go(token);
       if
       :: !PORT_AT(number[me]) -> sched_break_wait(token, PORT_GONE)
#ifndef BUG_SENDERS_OVERLOOKED
       :: PORT_AT(number[me]) && port[number[me]].sender_count != 0 ->
          sched_break_wait(token, RECEIVE_AGAIN)
#endif
       :: else -> thread[token].ring = RECEIVERS(number[me])
       fi;
       skip
    }
    goto in_its_program;

wait_in_queue:
    if
    :: goto in_its_program /* the queue is full, or it has no time */
    :: d_step { message_enter_queue(number[me], me); skip }
       sched_block(SENDERS(number[me]), LATER)
    fi;

send_returns:
    if
    :: IS_ERROR(thread[me].result) -> d_step { message_forget(me); skip }
    :: else
    fi;
    if
    :: thread[me].is_call -> goto call_returns
    :: else -> check_sent(); goto in_its_program
    fi;

call_returns:
    check_got(ANSWER);
    goto in_its_program;

    /* ---- receiving.c */

message_receive:
    printf("thread %d: receives at port %d\n", me, number[me]);
    if
    :: !PORT_AT(number[me]) -> goto in_its_program
    :: else
    fi;
    message_prepare();

message_receive_at: /* `token` is the thread to wake, or NOBODY */
    if
    :: !PORT_AT(number[me]) -> goto wake_only
    :: else
    fi;
receive_once:
    d_step { message_set_server(number[me], me); skip }
    if
    :: port[number[me]].sender_count == 0 -> goto wait_for_message
    :: port[number[me]].sender_count != 0 && token != NOBODY ->
       sched_wake(token, NOBODY);
       token = NOBODY
    :: else
    fi;

take_waiting:
    if
    :: !PORT_AT(number[me]) || thread[me].killed -> goto in_its_program
    :: PORT_AT(number[me]) && !thread[me].killed && port[number[me]].sender_count == 0 ->
       goto wait_for_message
    :: else
    fi;
    first_of(SENDERS(number[me]));
    d_step { thread[token].ring = NO_RING; message_leave_queue(token, me); skip }
take_message:
    printf("thread %d: takes the message of thread %d\n", me, token);
    if
    :: outcome = NO_ROOM
    :: transfer_bytes()
    :: transfer_long(token); transfer_bytes()
    fi;
    if
    :: thread[token].killed || outcome == SENDER_BAD || outcome == NO_ROOM ->
       d_step {
          sched_break_wait(token, (thread[token].killed -> CANCELLED : BAD_ADDRESS));
          skip
       }
       token = NOBODY;
       if
       :: outcome == RECEIVER_BAD -> goto in_its_program
       :: else
       fi;
       sched_preemption_point();
       goto take_waiting
    :: !thread[token].killed && outcome == RECEIVER_BAD -> goto put_sender_back
    :: else
    fi;
    d_step {
       message_give_words(token, me, MESSAGE);
       if
       :: thread[token].is_call -> thread[me].result = token
       :: else ->
          message_let_go(token);
          sched_wake(token, NOBODY);
          thread[me].result = NOBODY
       fi;
       skip
    }
    goto receive_returns;

put_sender_back:
    skip;
    d_step {
       message_let_go(token);
       if
       :: !PORT_AT(number[me]) -> sched_break_wait(token, PORT_GONE)
       :: else ->
          thread[token].ring = SENDERS(number[me]);
          message_enter_queue(number[me], token);
          port_queue_idle(number[me])
       fi;
       skip
    }
    if
    :: !PORT_AT(number[me]) -> goto in_its_program
    :: else -> first_of(RECEIVERS(number[me]))
    fi;
    if
    :: token != NOBODY -> d_step { sched_break_wait(token, RECEIVE_AGAIN); skip }
    :: else
    fi;
    goto in_its_program;

wait_for_message:
    other = token;
    if
    :: port[number[me]].idle_server == NOBODY -> /* it has time, and wants words only */
       message_queue_caller(me);
       port[number[me]].idle_server = me;
       time_out = NEVER;
       token = NO_RING
    :: time_out = LATER; token = RECEIVERS(number[me])
    :: time_out = AT_ONCE; token = RECEIVERS(number[me])
    fi;
    if
    :: other != NOBODY -> sched_hand_over(other, NOBODY, token, time_out)
    :: else -> sched_block(token, time_out)
    fi;
    if
    :: IS_ERROR(thread[me].result) -> port_forget_idle(me)
    :: else
    fi;
    if
    :: thread[me].result == RECEIVE_AGAIN ->
       thread[me].result = NOBODY;
       number[me] = thread[me].served;
       goto message_receive_at
    :: else
    fi;

receive_returns:
    check_got(MESSAGE);
    goto in_its_program;

    /* ---- messages.c */

message_reply:
    printf("thread %d: replies to thread %d\n", me, token);
    message_prepare();
hand_reply:
    if
    :: !OWES_REPLY(me, token) -> goto in_its_program
    :: else
    fi;
    if
    :: outcome = NO_ROOM
    :: transfer_bytes()
    :: transfer_long(token); transfer_bytes()
    fi;
    if
    :: outcome == SENDER_BAD || outcome == NO_ROOM ->
       if
       :: thread[token].killed -> d_step { sched_break_wait(token, CANCELLED); skip }
       :: else
       fi;
       goto in_its_program
    :: else
    fi;
    d_step { message_let_go(token); skip }
    if
    :: thread[token].killed || outcome == RECEIVER_BAD ->
       d_step {
          sched_break_wait(token, (thread[token].killed -> CANCELLED : BAD_ADDRESS));
          skip
       }
       token = NOBODY
    :: else ->
       d_step { message_give_words(me, token, ANSWER); sched_unqueue(token) }
    fi;
message_reply_receive:
    if
    :: is_receive -> number[me] = thread[me].served; goto message_receive_at
    :: else
    fi;
wake_only:
    if
    :: token != NOBODY -> sched_wake(token, NOBODY)
    :: else
    fi;
    goto in_its_program;

    /* ---- end.c and ports.c */

thread_leave: /* its first preemption point is where the program was left */
    printf("thread %d: ends\n", me);
    thread[me].ends = true;
    thread[me].killed = true; /* from here on, it makes no difference */
ipc_thread_ended:
    leave_ports(me);
    message_queue_caller(me);
tell_callers:
    if
    :: thread[0].pending == me -> token = 0
    :: thread[1].pending == me -> token = 1
    :: thread[2].pending == me -> token = 2
    :: else -> goto leave_process
    fi;
#ifdef BUG_CALLERS_NOT_TOLD
    goto leave_process;
#endif
    d_step { message_let_go(token); sched_break_wait(token, PORT_GONE); skip }
    token = NOBODY;
    sched_preemption_point();
    goto tell_callers;

leave_process:
    thread[me].unsettled = false;
    if
    :: threads_alive[PROCESS(me)] > 1 -> sched_preemption_point() /* in space_remove */
    :: else
    fi;
    threads_alive[PROCESS(me)]--;
ipc_process_ended:
    if
    :: threads_alive[PROCESS(me)] == 0 && OWNS(me, 0) && port[0].open -> number[me] = 0
    :: threads_alive[PROCESS(me)] == 0 && OWNS(me, 1) && port[1].open -> number[me] = 1
    :: else -> goto sched_end
    fi;

port_close:
    printf("thread %d: closes port %d\n", me, number[me]);
    token = number[me];
    d_step {
       hide_port(token);
       before = port[token].server;
       port[token].server = NOBODY;
       message_settle_priority(before);
       skip
    }
    number[me] = token; /* no longer a number, but the port, which is there until all are woken */
sched_wake_all:
    first_of(SENDERS(number[me]));
    if
    :: token == NOBODY -> first_of(RECEIVERS(number[me]))
    :: else
    fi;
    if
    :: token == NOBODY -> port[number[me]].closing = false
    :: else ->
       d_step { sched_break_wait(token, PORT_GONE); skip }
       token = NOBODY;
       sched_preemption_point();
       goto sched_wake_all
    fi;
    if
    :: thread[me].ends -> sched_preemption_point(); goto ipc_process_ended
    :: else -> goto in_its_program
    fi;

port_create:
    printf("thread %d: makes port %d\n", me, number[me]);
    port[number[me]].open = true;
    goto in_its_program;

sched_end:
    forget_the_call();
    thread[me].served = NOWHERE;
    thread[me].state = ENDED;
    switch_to_next()
    }
}
