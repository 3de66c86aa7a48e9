/* Receiving: from a sender that waits, or from whoever comes. */
#include "ipc_private.h"

#include <abi/errors.h>

/* No result of a call: nobody waits to send. */
#define NOBODY INT32_MIN

/* The server could not take the message: the sender is the first in the queue again. Where a
 * receiver has come meanwhile, who has found nobody, it looks again. */
static void put_sender_back(struct thread *sender, int32_t number)
{
    struct port *port = port_at(number);

    message_let_go(sender);
    if (!port) {
        sched_wake(sender, ERR_PORT_GONE);
        return;
    }
    link_append(port->senders.waiters.next, &sender->run);
    message_enter_queue(port, sender);
    port_queue_idle(port);
    (void)sched_wake_one(&port->receivers, RECEIVE_AGAIN);
}

/* Returns what the server's call returns; or NOBODY where the sender ends with an error. Other
 * threads may run. */
static int take_message(struct thread *thread, struct thread *sender, int32_t number)
{
    enum transfer_result result = transfer_bytes(sender, thread);

    bool mine_failed = transfer_receiver_failed(result);

    if (sender->killed || (result != TRANSFER_DONE && !mine_failed)) {
        sched_wake(sender, sender->killed ? ERR_CANCELLED : transfer_error(result));
        return mine_failed ? transfer_error(result) : NOBODY;
    }
    if (mine_failed) {
        put_sender_back(sender, number);
        return transfer_error(result);
    }
    message_give_words(sender, thread);
    if (sender->message.is_call)
        return sender->id;
    message_let_go(sender);
    sched_wake(sender, 0);
    return 0;
}

/* Takes the message of the first sender whose bytes are sound. NOBODY where none waits; then no
 * other thread has run since that was seen. Other threads may run. */
static int take_waiting(struct thread *thread, int32_t number)
{
    for (;;) {
        struct port *port = port_at(number);
        struct thread *sender;
        int result;

        if (!port || thread->killed)
            return port ? ERR_CANCELLED : ERR_PORT_GONE;
        if (!port->sender_count)
            return NOBODY;
        sender = LINK_OWNER(port->senders.waiters.next, struct thread, run);
        link_remove(&sender->run); /* a call's time-out runs on until the reply */
        message_leave_queue(sender, thread);
        result = take_message(thread, sender, number);
        if (result != NOBODY)
            return result;
        sched_preemption_point();
    }
}

/* One that wants words only and has time is the idle server, for the fast way of calls. */
static int wait_for_message(struct thread *thread, struct port *port, uint32_t timeout_ms,
                            struct thread *wake)
{
    bool idle = timeout_ms == WAIT_FOREVER && !thread->message.receive_room && !port->idle_server;
    struct wait_queue *queue = idle ? NULL : &port->receivers;
    int result;

    if (idle) {
        message_queue_caller(thread);
        port->idle_server = thread;
    }
    if (wake)
        result = sched_hand_over(wake, 0, queue, timeout_ms);
    else
        result = sched_block(queue, timeout_ms);
    if (result < 0)
        port_forget_idle(thread); /* it may not have waited at all */
    return result;
}

/* Takes the message of a sender that waits, or waits for one. `wake`, if not NULL, is a thread that
 * waits no longer, and runs next when this one has to wait. Other threads may run. */
static int receive_once(struct thread *thread, struct port *port, uint32_t timeout_ms,
                        struct thread *wake)
{
    int result = NOBODY;

    message_set_server(port, thread);
    if (port->sender_count) {
        if (wake)
            sched_wake(wake, 0);
        wake = NULL;
        result = take_waiting(thread, port->number);
    }
    return result == NOBODY ? wait_for_message(thread, port, timeout_ms, wake) : result;
}

int message_receive_at(struct thread *thread, int32_t number, uint32_t timeout_ms,
                       struct thread *wake)
{
    uint64_t deadline = sched_deadline(timeout_ms);

    for (;;) {
        struct port *port = port_at(number);
        int result;

        if (!port) {
            if (wake)
                sched_wake(wake, 0);
            return ERR_PORT_GONE;
        }
        result = receive_once(thread, port, timeout_ms, wake);
        if (result != RECEIVE_AGAIN)
            return result;
        timeout_ms = sched_time_left(deadline);
        wake = NULL;
    }
}

int message_receive(int32_t number, const struct message_order *order)
{
    struct thread *thread = sched_current();
    struct port *port = port_at(number);
    uint32_t timeout_ms;
    int result;

    if (!port)
        return ERR_NOT_FOUND;
    if (port->owner != thread->process)
        return ERR_NOT_ALLOWED;
    result = message_prepare(thread, order, true, &timeout_ms);
    if (result < 0)
        return result;
    return message_tell_received(thread, order,
                                 message_receive_at(thread, number, timeout_ms, NULL));
}
