/* Ports: where messages arrive. Found by number in constant time, by name once in a program's life.
 */
#include "ipc_private.h"

#include <abi/errors.h>
#include <lib/string.h>

/*
 * A number is a place in the table and how often that was used before: a stale number finds
 * nothing. A place that is free again goes behind those that have been free for longer, and there
 * are twice as many as ports: so at least PORTS_MAX other ports are made before a place is used
 * again, and a number comes back after PORTS_MAX * GENERATIONS ports at the earliest, a thousand
 * million.
 */
#define INDEX_BITS  9
#define GENERATIONS 0x3FFFFFu

_Static_assert(PORT_PLACES == 1 << INDEX_BITS, "a number holds a place");
_Static_assert(PORT_PLACES == 2 * PORTS_MAX, "half of the places are free when all ports are made");
_Static_assert((uint64_t)(GENERATIONS + 1) << INDEX_BITS == 1ull << 31, "a number is positive");

/* Stands in every free place: no number is 0, so that who looks for one needs no test of its own.
 */
static struct port no_port;
struct port *ports[PORT_PLACES] = {[0 ... PORT_PLACES - 1] = &no_port};
static uint32_t generations[PORT_PLACES];
static uint32_t port_count;

/* Places that have been used and are free, the one that became free first in front. */
static uint16_t free_places[PORT_PLACES];
static uint32_t freed, taken; /* running counts */
static uint32_t fresh_place;  /* from here on, none was ever used */

static struct wait_queue finders = {{&finders.waiters, &finders.waiters}};

static uint32_t place_take(void)
{
    return fresh_place < PORT_PLACES ? fresh_place++ : free_places[taken++ % PORT_PLACES];
}

static void place_give(uint32_t place)
{
    free_places[freed++ % PORT_PLACES] = (uint16_t)place;
}

static int32_t new_number(uint32_t place)
{
    generations[place] = generations[place] % GENERATIONS + 1;
    return (int32_t)(generations[place] << INDEX_BITS | place);
}

/* Names are compared by words, since all ports may have names that differ at their end only. */
static bool is_named(const struct port *port, const union port_name *name)
{
    for (uint32_t i = 0; i < PORT_NAME_WORDS; i++)
        if (port->name.words[i] != name->words[i])
            return false;
    return true;
}

static struct port *port_named(const union port_name *name)
{
    for (uint32_t i = 0; i < PORT_PLACES; i++)
        if (ports[i] != &no_port && is_named(ports[i], name))
            return ports[i];
    return NULL;
}

static void set_name(union port_name *to, const char *name)
{
    *to = (union port_name){0};
    text_copy(to->text, name, sizeof(to->text));
}

int port_create(const char *name)
{
    struct process *owner = process_current();
    union port_name wanted;
    struct port *port;
    int32_t number;

    set_name(&wanted, name);
    if (name[0] == '\0')
        return ERR_INVALID;
    if (port_named(&wanted))
        return ERR_EXISTS;
    if (port_count == PORTS_MAX)
        return ERR_LIMIT;
    port = heap_take(sizeof(*port));
    if (!port)
        return ERR_NO_MEMORY;
    number = new_number(place_take());
    port->number = number;
    port->owner = owner;
    wait_queue_init(&port->senders);
    wait_queue_init(&port->receivers);
    port->name = wanted;
    link_append(&owner->ports, &port->owned);
    ports[(uint32_t)number % PORT_PLACES] = port;
    port_count++;
    sched_wake_all(&finders, 0);
    return number;
}

int port_find(const char *name, uint32_t timeout_ms)
{
    uint64_t deadline = sched_deadline(timeout_ms);
    union port_name wanted;

    set_name(&wanted, name);
    for (;;) {
        const struct port *port = port_named(&wanted);
        int error;

        if (port)
            return port->number;
        error = sched_block(&finders, sched_time_left(deadline));
        if (error < 0)
            return error;
        sched_preemption_point(); /* many may wait for one name, and all look for theirs */
    }
}

void port_queue_idle(struct port *port)
{
    struct thread *server = port->idle_server;

    port->idle_server = NULL;
    if (server)
        link_append(&port->receivers.waiters, &server->run);
}

void port_forget_idle(struct thread *server)
{
    struct port *port = server->message.served;

    if (port && port->idle_server == server)
        port->idle_server = NULL;
}

/* No thread finds the port any more, by its number or because it has received there. */
static void hide_port(struct port *port)
{
    uint32_t place = (uint32_t)port->number % PORT_PLACES;

    port_queue_idle(port);
    LINK_EACH(&port->owner->threads, item, following)
    {
        struct thread *thread = LINK_OWNER(item, struct thread, member);

        if (thread->message.served == port)
            thread->message.served = NULL;
    }
    ports[place] = &no_port;
    place_give(place);
    port_count--;
    link_remove(&port->owned);
}

/* Only those who wait at it know the hidden port; it is there until the last of them is woken. */
static void close_port(struct port *port)
{
    struct thread *server = port->server;

    hide_port(port);
    port->server = NULL;
    message_settle_priority(server);
    sched_wake_all(&port->senders, ERR_PORT_GONE);
    sched_wake_all(&port->receivers, ERR_PORT_GONE);
    heap_give(port);
}

int port_close(int32_t number)
{
    struct port *port = port_at(number);

    if (!port)
        return ERR_NOT_FOUND;
    if (port->owner != process_current())
        return ERR_NOT_ALLOWED;
    close_port(port);
    return 0;
}

void ipc_process_ended(struct process *process)
{
    while (!link_alone(&process->ports)) {
        close_port(LINK_OWNER(process->ports.next, struct port, owned));
        sched_preemption_point();
    }
}

static void leave_ports(const struct thread *thread)
{
    LINK_EACH(&thread->process->ports, item, following)
    {
        struct port *port = LINK_OWNER(item, struct port, owned);

        if (port->server == thread)
            port->server = NULL;
    }
}

void ipc_thread_ended(struct thread *thread)
{
    struct link *callers = &thread->message.callers;

    leave_ports(thread);
    message_queue_caller(thread);
    while (!link_alone(callers)) {
        struct thread *caller = LINK_OWNER(callers->next, struct thread, message.pending);

        message_let_go(caller);
        sched_wake(caller, ERR_PORT_GONE);
        sched_preemption_point();
    }
    if (!link_alone(&thread->message.unsettled))
        link_remove(&thread->message.unsettled);
}
