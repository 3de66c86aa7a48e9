/*
 * What a server owes to those who wait for it: it runs at the highest of its own priority and
 * theirs, and so do those whom it waits for itself.
 */
#include "ipc_private.h"

struct thread *message_waited_for(const struct thread *thread)
{
    const struct message_state *message = &thread->message;

    if (message->server)
        return message->server;
    return message->waits_at ? message->waits_at->server : NULL;
}

/* A circle of servers ends at the first that has the priority already. */
void message_raise(struct thread *server, uint32_t priority)
{
    for (; server && server->priority < priority; server = message_waited_for(server))
        sched_set_priority(server, priority);
}

void message_queue_caller(struct thread *server)
{
    struct thread *caller = server->message.caller;

    server->message.caller = NULL;
    if (caller)
        link_append(&server->message.callers, &caller->message.pending);
}

static uint32_t priority_due(struct thread *server)
{
    uint32_t priority = server->base_priority;
    const struct port *port = server->message.served;

    message_queue_caller(server);
    LINK_EACH(&server->message.callers, item, following)
    {
        const struct thread *caller = LINK_OWNER(item, struct thread, message.pending);

        if (caller->priority > priority)
            priority = caller->priority;
    }
    if (!port || port->server != server)
        return priority;
    LINK_EACH(&port->senders.waiters, item, following)
    {
        const struct thread *sender = LINK_OWNER(item, struct thread, run);

        if (sender->priority > priority)
            priority = sender->priority;
    }
    return priority;
}

void message_settle_priority(struct thread *server)
{
    for (; server; server = message_waited_for(server)) {
        uint32_t priority = priority_due(server);

        if (priority == server->priority)
            return;
        sched_set_priority(server, priority);
    }
}
