/* System calls about ports and messages. */
#include <kernel/ipc.h>
#include <kernel/syscall.h>

int32_t syscall_port_create(user_ptr name)
{
    char text[PORT_NAME_MAX];
    int error = user_copy_text(text, name, sizeof(text));

    return error < 0 ? error : port_create(text);
}

int32_t syscall_port_find(user_ptr name, uint32_t timeout_ms)
{
    char text[PORT_NAME_MAX];
    int error = user_copy_text(text, name, sizeof(text));

    return error < 0 ? error : port_find(text, timeout_ms);
}

int32_t syscall_port_close(int32_t port)
{
    return port_close(port);
}

int32_t syscall_message_send(int32_t port, uint32_t word0, uint32_t word1, uint32_t word2,
                             user_ptr options)
{
    const struct message_order order = {{word0, word1, word2}, options};

    return message_send(port, &order);
}

/* syscall_message_call and syscall_message_reply_receive are in kernel/core/ipc/fast.c. */
int32_t message_call_slowly(int32_t port, uint32_t word0, uint32_t word1, uint32_t word2,
                            user_ptr options)
{
    const struct message_order order = {{word0, word1, word2}, options};

    return message_call(port, &order);
}

int32_t syscall_message_receive(int32_t port, uint32_t unused0, uint32_t unused1, uint32_t unused2,
                                user_ptr options)
{
    const struct message_order order = {{unused0, unused1, unused2}, options};

    return message_receive(port, &order);
}

int32_t syscall_message_reply(int32_t caller, uint32_t word0, uint32_t word1, uint32_t word2,
                              user_ptr options)
{
    const struct message_order order = {{word0, word1, word2}, options};

    return message_reply(caller, &order);
}

int32_t message_reply_receive_slowly(int32_t caller, uint32_t word0, uint32_t word1, uint32_t word2,
                                     user_ptr options)
{
    const struct message_order order = {{word0, word1, word2}, options};

    return message_reply_receive(caller, &order);
}
