/*
 * The fast ways: words only, and the other side waits already. Each tests what makes it simple, and
 * changes nothing before all of that holds; what is not simple goes the general way of messages.c. Both
 * write what that way would have written.
 */
#include "ipc_private.h"

/* No bytes go along in either direction. */
static inline void words_only(struct message_state *message)
{
    message->send_size = 0;
    message->receive_room = 0;
}

static inline void put_words(const struct thread *thread, uint32_t word0, uint32_t word1,
                             uint32_t word2)
{
    struct trap_frame *frame = (struct trap_frame *)(uintptr_t)thread->kernel_stack_top - 1;

    frame->ecx = word0;
    frame->edx = word1;
    frame->esi = word2;
}

int message_call_fast(int32_t number, uint32_t word0, uint32_t word1, uint32_t word2)
{
    struct port *port = ports[(uint32_t)number % PORTS_MAX];
    struct thread *thread = sched_current();
    struct thread *receiver;
    struct link *first;
    int result;

    if (!port || port->number != number)
        return MESSAGE_SLOW;
    first = port->receivers.waiters.next;
    if (first == &port->receivers.waiters)
        return MESSAGE_SLOW;
    receiver = LINK_OWNER(first, struct thread, run);
    if (!link_alone(&receiver->timeout.link) || receiver->priority < thread->priority ||
        !sched_may_switch_to(receiver))
        return MESSAGE_SLOW;

    words_only(&thread->message);
    put_words(receiver, word0, word1, word2);
    receiver->message.received = 0;
    receiver->wait_result = thread->id;
    link_remove(first);
    port->server = receiver;
    thread->message.server = receiver;
    link_append(&receiver->message.callers, &thread->message.pending);
    result = sched_switch_to(receiver);
    if (result < 0)
        message_forget(thread);
    return result;
}

int message_reply_receive_fast(int32_t number, uint32_t word0, uint32_t word1, uint32_t word2)
{
    struct thread *server = sched_current();
    struct thread *caller = thread_find(number);
    struct port *port = server->message.served;

    if (!caller || caller->message.server != server || !port || port->sender_count)
        return MESSAGE_SLOW;
    /* The only caller that waits for a reply, and nobody's priority to go back to. */
    if (server->message.callers.next != server->message.callers.previous ||
        server->priority != server->base_priority || caller->message.receive_room ||
        !link_alone(&caller->timeout.link) || !sched_may_switch_to(caller))
        return MESSAGE_SLOW;

    words_only(&server->message);
    put_words(caller, word0, word1, word2);
    caller->wait_result = 0;
    caller->message.server = NULL;
    link_remove(&caller->message.pending);
    link_append(&port->receivers.waiters, &server->run);
    port->server = server;
    return sched_switch_to(caller);
}
