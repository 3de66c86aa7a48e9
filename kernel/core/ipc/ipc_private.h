/* Between the files of kernel/core/ipc. */
#ifndef IPC_PRIVATE_H
#define IPC_PRIVATE_H

#include <kernel/ipc.h>
#include <kernel/process.h>

#define PORT_PLACES     (2 * PORTS_MAX) /* in the table of ports */
#define PORT_NAME_WORDS (PORT_NAME_MAX / sizeof(uint32_t))

/* Behind its end a name is all zero. */
union port_name {
    char text[PORT_NAME_MAX];
    uint32_t words[PORT_NAME_WORDS];
};

struct port {
    int32_t number;
    struct process *owner;
    struct link owned; /* in the owner's ports */
    struct wait_queue senders;
    struct wait_queue receivers;
    struct thread *idle_server; /* a receiver that waits, but not in the queue */
    uint32_t sender_count;
    struct waiters waiting; /* the senders */
    struct thread *server;  /* who last received here, or NULL */
    union port_name name;
};

extern struct port *ports[PORT_PLACES]; /* by the low bits of their numbers */

/* Puts the idle server into the queue of receivers, where the general ways look. */
void port_queue_idle(struct port *port);

/* A server that no longer waits is not idle. */
void port_forget_idle(struct thread *server);

/* Puts the caller of a fast call into the ring of callers, where the general ways look. */
void message_queue_fast_caller(struct thread *server);
static inline void message_queue_caller(struct thread *server)
{
    if (server->message.caller)
        message_queue_fast_caller(server);
}

/* Whom this thread waits for, or NULL. */
struct thread *message_waited_for(const struct thread *thread);

/* The server, which may be NULL, gets its own priority or that of whoever waits for it, and then
 * those whom the server itself waits for; of a long chain the far end does so at the next ticks. */
void message_settle_priority(struct thread *server);

/* The thread, which has just received or is about to, is the one that the port's senders wait for.
 */
void message_change_server(struct port *port, struct thread *server);
static inline void message_set_server(struct port *port, struct thread *server)
{
    if (port->server != server || server->message.served != port)
        message_change_server(port, server);
}

/*
 * The three states of a thread that waits for another one's work. In each its priority goes to that
 * one:
 *
 *   in a port's queue of senders     message.waits_at
 *   its call was received            message.server, in that server's ring of callers
 *   its bytes are being copied       the same, and pinned: for whoever copies
 */

/* The sender, which is in no state, enters the count of the port's queue; the caller puts it into
 * the queue itself. */
void message_enter_queue(struct port *port, struct thread *sender);

/* From the port's queue to that server. The caller has taken it out of the queue itself. */
void message_leave_queue(struct thread *sender, struct thread *server);

/* The thread, which is in no state, waits for the server from now on. */
void message_owe(struct thread *server, struct thread *waiting);

/* It waits for its server no longer; no effect where it has none. */
void message_let_go(struct thread *waiting);

/* The thread waits no longer, in whatever state it was: nobody finds it by its message any more. */
void message_forget(struct thread *thread);

/* The port with that number, or NULL. */
static inline struct port *port_at(int32_t number)
{
    struct port *port = ports[(uint32_t)number % PORT_PLACES];

    return number != 0 && port->number == number ? port : NULL;
}

/* More than a page of bytes is copied with preemption points in between. */
static inline bool transfer_is_long(const struct thread *from)
{
    return from->message.send_size > PAGE_SIZE;
}

/*
 * Copies the bytes that `from` sends into the room of `to`; one of them is the current thread, the
 * other waits. Where transfer_is_long(from), other threads may run, and the one that waits has to
 * wait for the current thread (message_owe) and in no queue, so that nobody else finds it. It is
 * pinned meanwhile: afterwards the caller looks whether it was killed. Returns whose error it is:
 */
enum transfer_result {
    TRANSFER_DONE = 0,
    TRANSFER_NO_ROOM,            /* the sender's: more bytes than the receiver has room for */
    TRANSFER_SENDER_BAD,         /* its buffer is not readable */
    TRANSFER_SENDER_NO_MEMORY,   /* a page of a stack in its buffer cannot be backed */
    TRANSFER_RECEIVER_BAD,       /* the receiver's buffer is not writable */
    TRANSFER_RECEIVER_NO_MEMORY, /* a page of a stack in it cannot be backed */
};
enum transfer_result transfer_bytes(struct thread *from, struct thread *to);

/* Whether it is the receiver's error. */
static inline bool transfer_receiver_failed(enum transfer_result result)
{
    return result >= TRANSFER_RECEIVER_BAD;
}

/* What the call of the side whose error it is returns; 0 for TRANSFER_DONE. */
int transfer_error(enum transfer_result result);

/* Fills in the current thread's side of the message. With `is_told` it will be told how many bytes
 * came: where that cannot be written, nothing is begun. Other threads may run. */
int message_prepare(struct thread *thread, const struct message_order *order, bool is_told,
                    uint32_t *timeout_ms);

/* Tells the program how many bytes it received. Returns `result`, or the error of that. Other
 * threads may run. */
int message_tell_received(const struct thread *thread, const struct message_order *order,
                          int result);

/* The words that `from` sends become results of the system call that `to` waits in. */
static inline void message_give_words(const struct thread *from, const struct thread *to)
{
    const uint32_t *words = from->message.words;

    arch_result_words(to->kernel_stack_top, words[0], words[1], words[2]);
}

/* The result of a receiver's wait that is none of a call: it has to look for senders again. */
#define RECEIVE_AGAIN (INT32_MIN + 1)

/* Receives at a port of the current thread's process. `wake`, if not NULL, is a thread that waits
 * no longer, and runs next when the current one has to wait. Other threads may run. */
int message_receive_at(struct thread *thread, int32_t number, uint32_t timeout_ms,
                       struct thread *wake);

#endif
