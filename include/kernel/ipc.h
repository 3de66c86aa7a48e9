/*
 * Messages between threads: synchronous, through ports that have names. kernel/core/ipc.
 *
 * A message is three words, and bytes that are copied from the sender's buffer into the receiver's.
 * A call waits for a reply; until then its server runs at the higher of its own and the caller's
 * priority. Whoever waits is told when the other side is gone.
 */
#ifndef KERNEL_IPC_H
#define KERNEL_IPC_H

#include <abi/types.h>
#include <kernel/sched.h>
#include <kernel/user_copy.h>

struct process;

/* A message call's words and options, as the system call got them. */
struct message_order {
    uint32_t words[MESSAGE_WORDS];
    user_ptr options; /* struct message_options, or 0 */
};

/* Once, before the first process. */
void ipc_start(void);

/* Called each timer tick. */
void ipc_tick(void);

/* Makes a port of the current process; returns its number. ERR_EXISTS, ERR_INVALID (no name),
 * ERR_LIMIT, ERR_NO_MEMORY. Other threads may run while those that look for it are woken. */
int port_create(const char *name);

/* Returns the number of the port with that name, once there is one. Other threads may run until
 * then. ERR_TIMED_OUT, ERR_CANCELLED. */
int port_find(const char *name, uint32_t timeout_ms);

/* Closes a port of the current process. ERR_NOT_FOUND, ERR_NOT_ALLOWED. Other threads may run while
 * those that wait at it are woken; none of them finds it any more. */
int port_close(int32_t number);

/*
 * For all: ERR_NOT_FOUND (no such port or caller), ERR_BAD_ADDRESS, ERR_TOO_LONG (a buffer is
 * larger than MESSAGE_SIZE_MAX, or than the other side's room), ERR_TIMED_OUT, ERR_CANCELLED,
 * ERR_PORT_GONE. Sending: ERR_LIMIT where too many wait at the port. Receiving: ERR_NOT_ALLOWED at
 * another's port. message_receive and message_reply_receive return the caller's thread id, or 0 for
 * a message without a reply. Other threads may run in each of them, if only while the options are
 * copied.
 */
int message_send(int32_t port, const struct message_order *order);
int message_call(int32_t port, const struct message_order *order);
int message_receive(int32_t port, const struct message_order *order);
int message_reply(int32_t caller, const struct message_order *order);
int message_reply_receive(int32_t caller, const struct message_order *order);

/* The two system calls that have a fast way (kernel/core/ipc/fast.c), where it cannot be taken.
 * Other threads may run. */
int32_t message_call_slowly(int32_t port, uint32_t word0, uint32_t word1, uint32_t word2,
                            user_ptr options);
int32_t message_reply_receive_slowly(int32_t caller, uint32_t word0, uint32_t word1, uint32_t word2,
                                     user_ptr options);

/* Tells everybody who waits for the thread, or for the process's ports, that they are gone. Other
 * threads may run. */
void ipc_thread_ended(struct thread *thread);
void ipc_process_ended(struct process *process);

#endif
