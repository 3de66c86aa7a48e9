/* Between the files of kernel/core/ipc. */
#ifndef IPC_PRIVATE_H
#define IPC_PRIVATE_H

#include <kernel/ipc.h>
#include <kernel/process.h>

struct port {
    int32_t number;
    struct process *owner;
    struct link owned; /* in the owner's ports */
    struct wait_queue senders;
    struct wait_queue receivers;
    struct thread *idle_server; /* a receiver that waits, but not in the queue */
    uint32_t sender_count;
    struct thread *server; /* who last received here, or NULL */
    char name[PORT_NAME_MAX];
};

extern struct port *ports[PORTS_MAX]; /* by the low bits of their numbers */

/* Puts the idle server into the queue of receivers, where the general ways look. */
void port_queue_idle(struct port *port);

/* A server that no longer waits is not idle. */
void port_forget_idle(struct thread *server);

/* Puts the caller of a fast call into the ring of callers, where the general ways look. */
void message_queue_caller(struct thread *server);

/* Whom this thread waits for, or NULL. */
struct thread *message_waited_for(const struct thread *thread);

/* The server, and those whom it waits for, run at that priority at least. */
void message_raise(struct thread *server, uint32_t priority);

/* The server's own priority, or that of whoever still waits for it; then that of those whom the
 * server itself waits for. */
void message_settle_priority(struct thread *server);

/* The port with that number, or NULL. */
struct port *port_at(int32_t number);

/*
 * Copies the bytes that `from` sends into the room of `to`; one of them is the current thread, the
 * other waits. Interrupts come in between pages, but no other thread runs. 0, or whose error it is:
 */
enum transfer_result {
    TRANSFER_DONE = 0,
    TRANSFER_SENDER_BAD,   /* the sender's buffer is not readable */
    TRANSFER_RECEIVER_BAD, /* the receiver's buffer is not writable */
    TRANSFER_NO_ROOM       /* more bytes than the receiver has room for */
};
enum transfer_result transfer_bytes(struct thread *from, struct thread *to);

#endif
