/*
 * What a server owes to those who wait for it: it runs at the highest of its own priority and
 * theirs, and so do those whom it waits for itself.
 *
 * How many wait is counted for each priority. So what is due is known in constant time, however
 * many wait, and so is a change of it.
 */
#include "ipc_private.h"

/* Servers along a chain that are changed in one go; where it goes on, a tick does as many more. */
#define LINKS_IN_ONE_GO 64

static struct link unsettled = {&unsettled, &unsettled};

static void count(struct waiters *waiters, uint32_t priority)
{
    if (waiters->count[priority]++ == 0)
        waiters->levels |= 1u << priority;
}

static void uncount(struct waiters *waiters, uint32_t priority)
{
    if (--waiters->count[priority] == 0)
        waiters->levels &= ~(1u << priority);
}

struct thread *message_waited_for(const struct thread *thread)
{
    const struct message_state *message = &thread->message;

    if (message->server)
        return message->server;
    return message->waits_at ? message->waits_at->server : NULL;
}

void message_queue_fast_caller(struct thread *server)
{
    struct thread *caller = server->message.caller;

    server->message.caller = NULL;
    link_append(&server->message.callers, &caller->message.pending);
    count(&server->message.waiting, caller->priority);
}

static uint32_t priority_due(struct thread *server)
{
    const struct port *port = server->message.served;
    uint32_t levels = 1u << server->base_priority;

    message_queue_caller(server);
    levels |= server->message.waiting.levels;
    if (port && port->server == server)
        levels |= port->waiting.levels;
    return 31 - (uint32_t)__builtin_clz(levels);
}

/* Where those are counted whom the thread waits with, or NULL. */
static struct waiters *counted_in(const struct thread *thread)
{
    const struct message_state *message = &thread->message;

    if (message->server) {
        message_queue_caller(message->server);
        return &message->server->message.waiting;
    }
    return message->waits_at ? &message->waits_at->waiting : NULL;
}

/* Gives the server the priority that is due. Returns who is to be looked at next, or NULL. */
static struct thread *settle(struct thread *server)
{
    uint32_t priority = priority_due(server);
    struct waiters *waiters;

    if (priority == server->priority)
        return NULL;
    waiters = counted_in(server);
    if (waiters) {
        uncount(waiters, server->priority);
        count(waiters, priority);
    }
    sched_set_priority(server, priority);
    return message_waited_for(server);
}

/* A circle of servers ends at the first that has the priority already. */
static void settle_chain(struct thread *server, uint32_t links)
{
    while (server && links-- != 0)
        server = settle(server);
    if (server && link_alone(&server->message.unsettled))
        link_append(&unsettled, &server->message.unsettled);
}

void message_settle_priority(struct thread *server)
{
    settle_chain(server, LINKS_IN_ONE_GO);
}

void ipc_tick(void)
{
    struct link *first = unsettled.next;

    if (first == &unsettled)
        return;
    link_remove(first);
    settle_chain(LINK_OWNER(first, struct thread, message.unsettled), LINKS_IN_ONE_GO);
}

void message_change_server(struct port *port, struct thread *server)
{
    struct thread *before = port->server;

    port->server = server;
    server->message.served = port;
    message_settle_priority(before);
    message_settle_priority(server);
}

/* ---- Who waits for whom ------------------------------------------------------------------------
 */

/* One more waits: that can only raise the server. */
static void owes_more(struct thread *server, uint32_t priority)
{
    if (server && server->priority < priority)
        message_settle_priority(server);
}

/* One less waits. A server that runs at its own priority is not lowered by that. */
static void owes_less(struct thread *server, uint32_t links)
{
    if (server && server->priority != server->base_priority)
        settle_chain(server, links);
}

void message_owe(struct thread *server, struct thread *waiting)
{
    waiting->message.server = server;
    link_append(&server->message.callers, &waiting->message.pending);
    count(&server->message.waiting, waiting->priority);
    owes_more(server, waiting->priority);
}

static struct thread *owe_no_more(struct thread *waiting)
{
    struct thread *server = waiting->message.server;

    if (!server)
        return NULL;
    message_queue_caller(server);
    waiting->message.server = NULL;
    link_remove(&waiting->message.pending);
    uncount(&server->message.waiting, waiting->priority);
    return server;
}

static struct thread *leave_queue(struct thread *sender)
{
    struct port *port = sender->message.waits_at;

    if (!port)
        return NULL;
    sender->message.waits_at = NULL;
    port->sender_count--;
    uncount(&port->waiting, sender->priority);
    return port->server;
}

void message_let_go(struct thread *waiting)
{
    owes_less(owe_no_more(waiting), LINKS_IN_ONE_GO);
}

void message_enter_queue(struct port *port, struct thread *sender)
{
    sender->message.waits_at = port;
    port->sender_count++;
    count(&port->waiting, sender->priority);
    owes_more(port->server, sender->priority);
}

/* The new server owes more than the queue's. */
void message_leave_queue(struct thread *sender, struct thread *server)
{
    struct thread *before = leave_queue(sender);

    message_owe(server, sender);
    if (before != server)
        owes_less(before, LINKS_IN_ONE_GO);
}

/* In interrupt context, too, and for many at a time: all but the first link is left to the tick. */
void message_forget(struct thread *thread)
{
    port_forget_idle(thread);
    owes_less(leave_queue(thread), 1);
    owes_less(owe_no_more(thread), 1);
}
