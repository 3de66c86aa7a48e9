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

/* Arguments that the fast way reads once, where the entry has pushed them: GCC would otherwise
 * fetch them all beforehand, for the other way's sake. */
typedef volatile uint32_t argument;

WITHOUT_FRAME_POINTER
int32_t syscall_message_call(int32_t number, argument word0, argument word1, argument word2,
                             user_ptr options)
{
    struct port *port = ports[(uint32_t)number % PORT_PLACES];
    struct thread *thread = sched_current();
    struct thread *server = port->idle_server;

    /* The running thread outranks every ready one, or arch_attention is set: so does this server,
     * who owes nobody a reply in message.caller, since it is idle. */
    if (options.address | arch_attention || port->number != number || !server ||
        server->state != THREAD_BLOCKED || server->priority < thread->priority)
        return message_call_slowly(number, word0, word1, word2, options);

    arch_result_words(server->kernel_stack_top, word0, word1, word2);
    port->idle_server = NULL;
    server->wait_result = thread->id;
    server->message.caller = thread;
    server->state = THREAD_READY;
    thread->message.server = server;
    thread->message.receive_room = 0;
    link_init(&thread->run); /* a running thread's link is in no state */
    thread->state = THREAD_BLOCKED;
    sched_switch_directly(thread, server);
    return thread->wait_result;
}

/* message.caller called the fast way: it has neither a time-out nor room for bytes. */
WITHOUT_FRAME_POINTER
int32_t syscall_message_reply_receive(int32_t number, argument word0, argument word1,
                                      argument word2, user_ptr options)
{
    struct thread *server = sched_current();
    struct thread *caller = server->message.caller;
    struct port *port = server->message.served;

    if (options.address | arch_attention || !caller || caller->id != number || !port)
        return message_reply_receive_slowly(number, word0, word1, word2, options);
    /* Nobody else waits at the port, no priority has to be given back, nobody outranks the caller.
     */
    if (port->sender_count | (uintptr_t)port->idle_server ||
        server->priority != server->base_priority ||
        (caller->priority < server->priority && sched_ready_levels >> caller->priority > 1))
        return message_reply_receive_slowly(number, word0, word1, word2, options);

    arch_result_words(caller->kernel_stack_top, word0, word1, word2);
    caller->wait_result = 0;
    caller->message.server = NULL;
    caller->state = THREAD_READY;
    server->message.caller = NULL;
    server->message.receive_room = 0;
    port->idle_server = server;
    link_init(&server->run);
    server->state = THREAD_BLOCKED;
    sched_switch_directly(server, caller);
    return server->wait_result;
}
