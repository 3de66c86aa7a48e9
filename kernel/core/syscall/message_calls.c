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

static int32_t call_slowly(int32_t port, uint32_t word0, uint32_t word1, uint32_t word2,
                           user_ptr options)
{
    const struct message_order order = {{word0, word1, word2}, options};

    return message_call(port, &order);
}

int32_t syscall_message_call(int32_t port, uint32_t word0, uint32_t word1, uint32_t word2,
                             user_ptr options)
{
    if (options.address == 0) {
        int32_t result = message_call_fast(port, word0, word1, word2);

        if (result != MESSAGE_SLOW)
            return result;
    }
    return call_slowly(port, word0, word1, word2, options);
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

static int32_t reply_receive_slowly(int32_t caller, uint32_t word0, uint32_t word1, uint32_t word2,
                                    user_ptr options)
{
    const struct message_order order = {{word0, word1, word2}, options};

    return message_reply_receive(caller, &order);
}

int32_t syscall_message_reply_receive(int32_t caller, uint32_t word0, uint32_t word1,
                                      uint32_t word2, user_ptr options)
{
    if (options.address == 0) {
        int32_t result = message_reply_receive_fast(caller, word0, word1, word2);

        if (result != MESSAGE_SLOW)
            return result;
    }
    return reply_receive_slowly(caller, word0, word1, word2, options);
}
