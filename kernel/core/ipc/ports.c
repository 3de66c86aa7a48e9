/* Ports: where messages arrive. Found by number in constant time, by name once in a program's life.
 */
#include "ipc_private.h"

#include <abi/errors.h>
#include <lib/string.h>

/* A number is an index and how often that place was used before: a stale number finds nothing. */
#define INDEX_BITS      8
#define GENERATION_MASK 0x3FFFFFu

_Static_assert(PORTS_MAX == 1 << INDEX_BITS, "a number holds an index");

/* Stands in every free place: no number is 0, so that who looks for one needs no test of its own.
 */
static struct port no_port;
struct port *ports[PORTS_MAX] = {[0 ... PORTS_MAX - 1] = &no_port};
static uint32_t generations[PORTS_MAX];
static struct wait_queue finders = {{&finders.waiters, &finders.waiters}};

struct port *port_at(int32_t number)
{
    struct port *port = ports[(uint32_t)number % PORTS_MAX];

    return number != 0 && port->number == number ? port : NULL;
}

static struct port *port_named(const char *name)
{
    for (uint32_t i = 0; i < PORTS_MAX; i++)
        if (ports[i] != &no_port && strcmp(ports[i]->name, name) == 0)
            return ports[i];
    return NULL;
}

static int free_place(uint32_t *index)
{
    for (*index = 0; *index < PORTS_MAX; ++*index)
        if (ports[*index] == &no_port)
            return 0;
    return ERR_LIMIT;
}

int port_create(const char *name)
{
    struct process *owner = process_current();
    struct port *port;
    uint32_t index;

    if (name[0] == '\0')
        return ERR_INVALID;
    if (port_named(name))
        return ERR_EXISTS;
    if (free_place(&index) < 0)
        return ERR_LIMIT;
    port = heap_take(sizeof(*port));
    if (!port)
        return ERR_NO_MEMORY;
    generations[index] = (generations[index] + 1) & GENERATION_MASK;
    port->number = (int32_t)((generations[index] + 1) << INDEX_BITS | index);
    port->owner = owner;
    wait_queue_init(&port->senders);
    wait_queue_init(&port->receivers);
    text_copy(port->name, name, sizeof(port->name));
    link_append(&owner->ports, &port->owned);
    ports[index] = port;
    sched_wake_all(&finders, 0);
    return port->number;
}

int port_find(const char *name, uint32_t timeout_ms)
{
    uint64_t deadline = sched_deadline(timeout_ms);

    for (;;) {
        const struct port *port = port_named(name);
        int error;

        if (port)
            return port->number;
        error = sched_block(&finders, sched_time_left(deadline));
        if (error < 0)
            return error;
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

static void close_port(struct port *port)
{
    struct thread *server = port->server;

    port_queue_idle(port);
    LINK_EACH(&port->owner->threads, item, following)
    {
        struct thread *thread = LINK_OWNER(item, struct thread, member);

        if (thread->message.served == port)
            thread->message.served = NULL;
    }
    sched_wake_all(&port->senders, ERR_PORT_GONE);
    sched_wake_all(&port->receivers, ERR_PORT_GONE);
    ports[(uint32_t)port->number % PORTS_MAX] = &no_port;
    link_remove(&port->owned);
    heap_give(port);
    if (server)
        message_settle_priority(server);
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
    LINK_EACH(&process->ports, item, following)
    {
        close_port(LINK_OWNER(item, struct port, owned));
    }
}

void ipc_thread_ended(struct thread *thread)
{
    message_queue_caller(thread);
    LINK_EACH(&thread->message.callers, item, following)
    {
        struct thread *caller = LINK_OWNER(item, struct thread, message.pending);

        link_remove(item);
        caller->message.server = NULL;
        sched_wake(caller, ERR_PORT_GONE);
    }
    LINK_EACH(&thread->process->ports, item, following)
    {
        struct port *port = LINK_OWNER(item, struct port, owned);

        if (port->server == thread)
            port->server = NULL;
    }
}
