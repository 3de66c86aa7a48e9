/* Sending and calling: the message goes to a receiver that waits, or waits for one itself. */
#include "ipc_private.h"

#include <abi/errors.h>

/* The first receiver that waits at the port, which nobody else finds from now on; or NULL. */
static struct thread *take_receiver(struct port *port)
{
    struct thread *receiver;

    port_queue_idle(port);
    if (link_alone(&port->receivers.waiters))
        return NULL;
    receiver = LINK_OWNER(port->receivers.waiters.next, struct thread, run);
    link_remove(&receiver->run);
    return receiver;
}

/* The receiver goes on waiting, in front of the others; where a sender has come meanwhile, who has
 * found nobody, it looks again. */
static void put_receiver_back(struct thread *receiver, int32_t number)
{
    struct port *port = port_at(number);

    message_let_go(receiver);
    if (!port)
        sched_wake(receiver, ERR_PORT_GONE);
    else if (port->sender_count)
        sched_wake(receiver, RECEIVE_AGAIN);
    else
        link_append(port->receivers.waiters.next, &receiver->run);
}

/* Copies the bytes. Returns 0: the receiver has the message; 1: it ends with an error of its own;
 * or the sender's error. Other threads may run. */
static int hand_message(struct thread *sender, struct thread *receiver, int32_t number)
{
    enum transfer_result result;

    if (transfer_is_long(sender))
        message_owe(sender, receiver);
    result = transfer_bytes(sender, receiver);
    if (receiver->killed || transfer_receiver_failed(result)) {
        sched_wake(receiver, receiver->killed ? ERR_CANCELLED : transfer_error(result));
        return 1;
    }
    if (result != TRANSFER_DONE) {
        put_receiver_back(receiver, number);
        return transfer_error(result);
    }
    message_let_go(receiver);
    sched_unqueue(receiver);
    message_give_words(sender, receiver);
    return 0;
}

/* The receiver that waits at the port, with the message in its hands. NULL where none waits, and on
 * an error, which is ERR_NOT_FOUND where there is no such port. Other threads may run. */
static struct thread *deliver(struct thread *sender, int32_t number, int *error)
{
    for (;;) {
        struct port *port = port_at(number);
        struct thread *receiver;

        *error = !port ? ERR_NOT_FOUND : sender->killed ? ERR_CANCELLED : 0;
        receiver = *error < 0 ? NULL : take_receiver(port);
        if (!receiver)
            return NULL;
        *error = hand_message(sender, receiver, number);
        if (*error < 0)
            return NULL;
        if (*error == 0) {
            port = port_at(number);
            if (port)
                message_set_server(port, receiver);
            return receiver;
        }
        sched_preemption_point();
    }
}

/* At a port where no receiver waits. */
static int wait_in_queue(struct thread *thread, struct port *port, uint32_t timeout_ms)
{
    if (port->sender_count == PORT_QUEUE_MAX)
        return ERR_LIMIT;
    if (timeout_ms == 0)
        return ERR_TIMED_OUT;
    message_enter_queue(port, thread);
    return sched_block(&port->senders, timeout_ms);
}

static int send(int32_t number, const struct message_order *order, bool is_call)
{
    struct thread *thread = sched_current();
    struct thread *receiver;
    uint32_t timeout_ms;
    int result =
        port_at(number) ? message_prepare(thread, order, is_call, &timeout_ms) : ERR_NOT_FOUND;

    if (result < 0)
        return result;
    if (is_call && timeout_ms == 0)
        return ERR_TIMED_OUT;
    thread->message.is_call = is_call;
    receiver = deliver(thread, number, &result);
    if (result < 0)
        return result;
    if (!receiver) {
        result = wait_in_queue(thread, port_at(number), timeout_ms);
    } else if (is_call) {
        message_owe(receiver, thread);
        result = sched_hand_over(receiver, thread->id, NULL, timeout_ms);
    } else {
        sched_wake(receiver, 0);
    }
    if (result < 0)
        message_forget(thread); /* it may not have waited at all */
    return result;
}

int message_send(int32_t port, const struct message_order *order)
{
    return send(port, order, false);
}

int message_call(int32_t port, const struct message_order *order)
{
    return message_tell_received(sched_current(), order, send(port, order, true));
}
