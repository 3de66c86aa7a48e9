/*
 * Send, call, receive, reply. One side always waits already when the other comes; the one that
 * comes does all the work: it copies the bytes, writes the words where the waiting side's system
 * call will return them, and a call or a reply goes straight to the other thread.
 */
#include "ipc_private.h"

#include <abi/errors.h>

static const struct message_options no_options = {.timeout_ms = WAIT_FOREVER};

/* Tells the program how many bytes it received. */
static int tell_received(const struct thread *thread, const struct message_order *order, int result)
{
    user_ptr field = {order->options.address + offsetof(struct message_options, received)};
    int error;

    if (result < 0 || order->options.address == 0)
        return result;
    error = user_copy_out(field, &thread->message.received, sizeof(uint32_t));
    return error < 0 ? error : result;
}

static bool may_write(struct thread *thread, uint32_t address)
{
    phys frame;

    return space_frame(&thread->process->space, address, true, thread->mode == MODE_USER, &frame) ==
           0;
}

static bool can_be_told(struct thread *thread, const struct message_order *order)
{
    uint32_t field = order->options.address + offsetof(struct message_options, received);
    uint32_t last = field + sizeof(uint32_t) - 1;

    return may_write(thread, field) &&
           (field / PAGE_SIZE == last / PAGE_SIZE || may_write(thread, last));
}

/* Fills in the current thread's side of the message. Other threads may run. With `is_told` it will
 * be told how many bytes came: where that cannot be written, nothing is begun. */
static int prepare(struct thread *thread, const struct message_order *order, bool is_told,
                   uint32_t *timeout_ms)
{
    struct message_options options = no_options;
    struct message_state *message = &thread->message;

    message->received = 0;
    if (order->options.address != 0) {
        int error = user_copy_in(&options, order->options, sizeof(options));

        if (error < 0)
            return error;
        if (is_told && !can_be_told(thread, order))
            return ERR_BAD_ADDRESS;
        if (options.send_size > MESSAGE_SIZE_MAX || options.receive_room > MESSAGE_SIZE_MAX)
            return ERR_TOO_LONG;
    }
    for (unsigned i = 0; i < MESSAGE_WORDS; i++)
        message->words[i] = order->words[i];
    message->send = options.send;
    message->send_size = options.send_size;
    message->receive = options.receive;
    message->receive_room = options.receive_room;
    *timeout_ms = options.timeout_ms;
    return 0;
}

/* The words that `from` sends become results of the system call that `to` waits in. */
static void give_words(const struct thread *from, const struct thread *to)
{
    const uint32_t *words = from->message.words;

    arch_result_words(to->kernel_stack_top, words[0], words[1], words[2]);
}

/* ---- Sending -----------------------------------------------------------------------------------
 */

static int error_of_sender(enum transfer_result result)
{
    switch (result) {
    case TRANSFER_DONE:
        return 0;
    case TRANSFER_NO_ROOM:
        return ERR_TOO_LONG;
    default:
        return ERR_BAD_ADDRESS;
    }
}

/* From now on the server owes the caller a reply. */
static void owe_reply(struct thread *server, struct thread *caller)
{
    caller->message.server = server;
    link_append(&server->message.callers, &caller->message.pending);
    message_raise(server, caller->priority);
}

/* The receiver that waits at the port, with the message in its hands; NULL where none waits. On an
 * error of the bytes the receiver goes on waiting, or ends with an error that is its own. */
static struct thread *deliver(struct thread *sender, struct port *port, int *error)
{
    *error = 0;
    port_queue_idle(port);
    while (!link_alone(&port->receivers.waiters)) {
        struct thread *receiver = LINK_OWNER(port->receivers.waiters.next, struct thread, run);
        enum transfer_result result = transfer_bytes(sender, receiver);

        if (receiver->killed) {
            sched_wake(receiver, ERR_CANCELLED);
            continue;
        }
        if (result == TRANSFER_RECEIVER_BAD) {
            sched_wake(receiver, ERR_BAD_ADDRESS);
            continue;
        }
        *error = error_of_sender(result);
        if (*error < 0)
            return NULL;
        sched_unqueue(receiver);
        give_words(sender, receiver);
        port->server = receiver;
        return receiver;
    }
    return NULL;
}

static int wait_in_queue(struct thread *thread, struct port *port, uint32_t timeout_ms)
{
    if (port->sender_count == PORT_QUEUE_MAX)
        return ERR_LIMIT;
    if (timeout_ms == 0)
        return ERR_TIMED_OUT;
    if (port->server)
        message_raise(port->server, thread->priority);
    thread->message.waits_at = port;
    port->sender_count++;
    return sched_block(&port->senders, timeout_ms);
}

/* The thread waits no longer: nobody finds it by its message any more. */
static void forget(struct thread *thread)
{
    struct message_state *message = &thread->message;
    struct thread *server = message_waited_for(thread);

    port_forget_idle(thread);
    if (message->waits_at)
        message->waits_at->sender_count--;
    message->waits_at = NULL;
    if (message->server) {
        message_queue_caller(message->server);
        link_remove(&message->pending);
        message->server = NULL;
    }
    if (server)
        message_settle_priority(server);
}

void ipc_start(void)
{
    sched_on_broken_wait(forget);
}

static int send(int32_t number, const struct message_order *order, bool is_call)
{
    struct thread *thread = sched_current();
    struct thread *receiver;
    uint32_t timeout_ms;
    int result = port_at(number) ? prepare(thread, order, is_call, &timeout_ms) : ERR_NOT_FOUND;
    struct port *port = port_at(number); /* only now: other threads ran in prepare */

    if (result < 0)
        return result;
    if (!port)
        return ERR_NOT_FOUND;
    if (is_call && timeout_ms == 0)
        return ERR_TIMED_OUT;
    thread->message.is_call = is_call;
    receiver = deliver(thread, port, &result);
    if (result < 0)
        return result;
    if (!receiver) {
        result = wait_in_queue(thread, port, timeout_ms);
    } else if (is_call) {
        owe_reply(receiver, thread);
        result = sched_hand_over(receiver, thread->id, NULL, timeout_ms);
    } else {
        sched_wake(receiver, 0);
    }
    if (result < 0)
        forget(thread); /* it may not have waited at all */
    return result;
}

int message_send(int32_t port, const struct message_order *order)
{
    return send(port, order, false);
}

int message_call(int32_t port, const struct message_order *order)
{
    return tell_received(sched_current(), order, send(port, order, true));
}

/* ---- Receiving ---------------------------------------------------------------------------------
 */

/* Takes the message of the first sender whose bytes are sound; 1 when nobody waits. */
static int take_waiting(struct thread *thread, struct port *port)
{
    while (!link_alone(&port->senders.waiters)) {
        struct thread *sender = LINK_OWNER(port->senders.waiters.next, struct thread, run);
        enum transfer_result result = transfer_bytes(sender, thread);

        if (sender->killed)
            sched_wake(sender, ERR_CANCELLED);
        if (result == TRANSFER_RECEIVER_BAD)
            return ERR_BAD_ADDRESS;
        if (result != TRANSFER_DONE)
            sched_wake(sender, error_of_sender(result));
        if (sender->state != THREAD_BLOCKED)
            continue;
        link_remove(&sender->run); /* a call's time-out runs on until the reply */
        sender->message.waits_at = NULL;
        port->sender_count--;
        give_words(sender, thread);
        if (sender->message.is_call) {
            owe_reply(thread, sender);
            return sender->id;
        }
        sched_wake(sender, 0);
        message_settle_priority(thread);
        return 0;
    }
    return 1;
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

/* `wake`, if not NULL, is a thread that waits no longer, and runs next when this one has to wait.
 */
static int receive(struct thread *thread, struct port *port, uint32_t timeout_ms,
                   struct thread *wake)
{
    int result = 1;

    thread->message.served = port;
    port->server = thread;
    if (port->sender_count)
        result = take_waiting(thread, port);
    if (result == 1)
        return wait_for_message(thread, port, timeout_ms, wake);
    if (wake)
        sched_wake(wake, 0);
    return result;
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
    result = prepare(thread, order, true, &timeout_ms);
    if (result < 0)
        return result;
    port = port_at(number); /* other threads ran in prepare */
    if (!port)
        return ERR_PORT_GONE;
    return tell_received(thread, order, receive(thread, port, timeout_ms, NULL));
}

/* ---- Replying ----------------------------------------------------------------------------------
 */

/* Writes the reply into the caller's hands. `caller` gets the thread to wake, or NULL: one whose
 * own buffer is at fault has been told so, and is not the server's concern. */
static int hand_reply(struct thread *server, int32_t token, struct thread **caller)
{
    struct thread *waiting = thread_find(token);
    enum transfer_result result;

    *caller = NULL;
    if (!waiting || waiting->message.server != server)
        return ERR_NOT_FOUND;
    message_queue_caller(server);
    result = transfer_bytes(server, waiting);
    if (result == TRANSFER_SENDER_BAD || result == TRANSFER_NO_ROOM) {
        if (waiting->killed)
            sched_wake(waiting, ERR_CANCELLED);
        return error_of_sender(result);
    }
    link_remove(&waiting->message.pending);
    waiting->message.server = NULL;
    message_settle_priority(server);
    if (waiting->killed || result == TRANSFER_RECEIVER_BAD) {
        sched_wake(waiting, waiting->killed ? ERR_CANCELLED : ERR_BAD_ADDRESS);
        return 0;
    }
    give_words(server, waiting);
    sched_unqueue(waiting);
    *caller = waiting;
    return 0;
}

static int begin_reply(struct thread *server, int32_t token, const struct message_order *order,
                       bool is_told, uint32_t *timeout_ms, struct thread **caller)
{
    int error = prepare(server, order, is_told, timeout_ms);

    return error < 0 ? error : hand_reply(server, token, caller);
}

int message_reply(int32_t token, const struct message_order *order)
{
    struct thread *caller = NULL;
    uint32_t timeout_ms;
    int error = begin_reply(sched_current(), token, order, false, &timeout_ms, &caller);

    if (caller)
        sched_wake(caller, 0);
    return error;
}

int message_reply_receive(int32_t token, const struct message_order *order)
{
    struct thread *server = sched_current();
    struct thread *caller;
    uint32_t timeout_ms;
    int error = begin_reply(server, token, order, true, &timeout_ms, &caller);

    if (error < 0)
        return error;
    if (server->message.served)
        return tell_received(server, order,
                             receive(server, server->message.served, timeout_ms, caller));
    if (caller)
        sched_wake(caller, 0);
    return ERR_PORT_GONE;
}
