/*
 * Send, call (sending.c), receive (receiving.c), reply. One side always waits already when the
 * other comes; the one that comes does all the work: it copies the bytes, writes the words where
 * the waiting side's system call will return them, and a call or a reply goes straight to the other
 * thread.
 */
#include "ipc_private.h"

#include <abi/errors.h>

static const struct message_options no_options = {.timeout_ms = WAIT_FOREVER};

int message_tell_received(const struct thread *thread, const struct message_order *order,
                          int result)
{
    user_ptr field = {order->options.address + offsetof(struct message_options, received)};
    int error;

    if (result < 0 || order->options.address == 0)
        return result;
    error = user_copy_out(field, &thread->message.received, sizeof(uint32_t));
    return error < 0 ? error : result;
}

/* 0 where the thread may write there. */
static int try_write(struct thread *thread, uint32_t address)
{
    phys frame;

    return space_frame(&thread->process->space, address, true, thread->mode == MODE_USER, &frame);
}

/* 0 where the program can be told how many bytes it has received. */
static int try_tell(struct thread *thread, const struct message_order *order)
{
    uint32_t field = order->options.address + offsetof(struct message_options, received);
    uint32_t last = field + sizeof(uint32_t) - 1;
    int error = try_write(thread, field);

    return error < 0 || field / PAGE_SIZE == last / PAGE_SIZE ? error : try_write(thread, last);
}

int message_prepare(struct thread *thread, const struct message_order *order, bool is_told,
                    uint32_t *timeout_ms)
{
    struct message_options options = no_options;
    struct message_state *message = &thread->message;

    message->received = 0;
    if (order->options.address != 0) {
        int error = user_copy_in(&options, order->options, sizeof(options));

        if (error < 0)
            return error;
        if (is_told)
            error = try_tell(thread, order);
        if (error < 0)
            return error;
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

void ipc_start(void)
{
    sched_on_broken_wait(message_forget);
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
    result = transfer_bytes(server, waiting);
    if (result != TRANSFER_DONE && !transfer_receiver_failed(result)) {
        if (waiting->killed)
            sched_wake(waiting, ERR_CANCELLED);
        return transfer_error(result);
    }
    message_let_go(waiting);
    if (waiting->killed || result != TRANSFER_DONE) {
        sched_wake(waiting, waiting->killed ? ERR_CANCELLED : transfer_error(result));
        return 0;
    }
    message_give_words(server, waiting);
    sched_unqueue(waiting);
    *caller = waiting;
    return 0;
}

static int begin_reply(struct thread *server, int32_t token, const struct message_order *order,
                       bool is_told, uint32_t *timeout_ms, struct thread **caller)
{
    int error = message_prepare(server, order, is_told, timeout_ms);

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
    int32_t number;
    int error = begin_reply(server, token, order, true, &timeout_ms, &caller);

    if (error < 0)
        return error;
    number = server->message.served ? server->message.served->number : 0;
    return message_tell_received(server, order,
                                 message_receive_at(server, number, timeout_ms, caller));
}
