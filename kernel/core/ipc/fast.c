/*
 * The fast way of the two calls that a server's and its clients' time depends on: words only, no
 * time-out, and the other side waits already. It goes straight from one thread to the other,
 * without queues: what would stand in a ring stands in a field (port->idle_server, message.caller),
 * and the general way of messages.c moves it to its ring first. Nothing is changed before every
 * test has passed.
 *
 * These are system calls (include/kernel/syscall.h), because each function in between would cost
 * more than the tests do; docs/performance.md has the figures.
 */
#include "../sched/sched_switch.h"
#include "ipc_private.h"

#include <kernel/syscall.h>

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

int32_t syscall_message_call(int32_t number, uint32_t word0, uint32_t word1, uint32_t word2,
                             user_ptr options)
{
    struct port *port = ports[(uint32_t)number % PORTS_MAX];
    struct thread *thread = sched_current();
    struct thread *server;

    if (options.address || !port || port->number != number)
        return message_call_slowly(number, word0, word1, word2, options);
    server = port->idle_server;
    /* The running thread outranks every ready one, or arch_attention is set: so does this server.
     */
    if (!server || server->state != THREAD_BLOCKED || server->message.caller ||
        server->priority < thread->priority || arch_attention)
        return message_call_slowly(number, word0, word1, word2, options);

    words_only(&thread->message);
    put_words(server, word0, word1, word2);
    port->idle_server = NULL;
    server->wait_result = thread->id;
    server->message.caller = thread;
    thread->message.server = server;
    thread->state = THREAD_BLOCKED;
    sched_switch_over(thread, server);
    if (thread->wait_result < 0)
        message_forget(thread);
    return thread->wait_result;
}

int32_t syscall_message_reply_receive(int32_t number, uint32_t word0, uint32_t word1,
                                      uint32_t word2, user_ptr options)
{
    struct thread *server = sched_current();
    struct thread *caller = server->message.caller;
    struct port *port = server->message.served;

    if (options.address || !caller || caller->id != number || !port)
        return message_reply_receive_slowly(number, word0, word1, word2, options);
    /* Nobody else waits for this server, and no priority has to be given back. */
    if (port->sender_count || port->idle_server || !link_alone(&server->message.callers) ||
        server->priority != server->base_priority || caller->message.receive_room ||
        !link_alone(&caller->timeout.link) || arch_attention ||
        sched_ready_levels >> caller->priority > 1)
        return message_reply_receive_slowly(number, word0, word1, word2, options);

    words_only(&server->message);
    put_words(caller, word0, word1, word2);
    caller->wait_result = 0;
    caller->message.server = NULL;
    server->message.caller = NULL;
    server->message.received = 0;
    port->idle_server = server;
    server->state = THREAD_BLOCKED;
    sched_switch_over(server, caller);
    if (server->wait_result < 0)
        port_forget_idle(server);
    return server->wait_result;
}
