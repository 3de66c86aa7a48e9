/* Messages: calls and replies with words and bytes, priorities, and what happens when a side is
 * gone. */
#include <megha.h>
#include <megha/check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

PROGRAM_RIGHTS(RIGHT_RING0);

#define PATH  "/apps/messages"
#define LARGE MESSAGE_SIZE_MAX

static char sent[LARGE];
static char back[LARGE];

/* ---- The server: doubles the words, turns the bytes around -------------------------------------
 */

static void serve_one(uint32_t words[3], struct message_options *options)
{
    for (int i = 0; i < 3; i++)
        words[i] *= 2;
    options->send = (uint32_t)back;
    options->send_size = options->received;
    for (uint32_t i = 0; i < options->received; i++)
        back[i] = sent[options->received - 1 - i];
}

static int server(const char *name, uint32_t rounds)
{
    int32_t port = port_create(name);
    uint32_t words[3] = {0};
    struct message_options options = {
        .timeout_ms = WAIT_FOREVER, .receive = (uint32_t)sent, .receive_room = LARGE};
    int32_t caller = message_exchange(CALL_message_receive, port, words, &options);

    for (uint32_t i = 1; i < rounds && caller > 0; i++) {
        serve_one(words, &options);
        caller = message_exchange(CALL_message_reply_receive, caller, words, &options);
    }
    if (caller <= 0)
        return 1;
    serve_one(words, &options);
    return message_exchange(CALL_message_reply, caller, words, &options) == 0 ? 0 : 1;
}

/* Receives a call and ends without a reply. */
static int deserter(const char *name)
{
    uint32_t words[3] = {0};
    int32_t port = port_create(name);

    return message_exchange(CALL_message_receive, port, words, NULL) > 0 ? 0 : 1;
}

/* ---- The client --------------------------------------------------------------------------------
 */

static int32_t start(const char *what, uint32_t mode)
{
    return process_create(PATH, what, PRIORITY_NORMAL, 0, mode);
}

static int32_t call(int32_t port, uint32_t words[3], uint32_t size)
{
    struct message_options options = {.timeout_ms = WAIT_FOREVER,
                                      .send = (uint32_t)sent,
                                      .send_size = size,
                                      .receive = (uint32_t)back,
                                      .receive_room = LARGE};
    int32_t result = message_exchange(CALL_message_call, port, words, &options);

    return result < 0 ? result : (int32_t)options.received;
}

static bool turned_around(uint32_t size)
{
    for (uint32_t i = 0; i < size; i++)
        if (back[i] != sent[size - 1 - i])
            return false;
    return true;
}

static void check_server(const char *what, uint32_t mode, const char *sentence)
{
    static const uint32_t sizes[] = {0, 1, 16, 4095, 4096, 4097, LARGE};
    struct process_result result;
    int32_t pid = start(what, mode);
    int32_t port = port_find(what, 5000);
    bool right = pid > 0 && port > 0;

    for (uint32_t i = 0; i < LARGE; i++)
        sent[i] = (char)(i * 7 + i / 4096);
    for (unsigned i = 0; right && i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        uint32_t words[3] = {i, 100 + i, 0x40000000 + i};

        memset(back, 0, sizeof(back));
        right = call(port, words, sizes[i]) == (int32_t)sizes[i] && words[0] == 2 * i &&
                words[1] == 2 * (100 + i) && words[2] == 2 * (0x40000000 + i) &&
                turned_around(sizes[i]);
    }
    check(right, sentence);
    check(process_wait(pid, &result, 5000) == pid && result.status == 0, "and the server ends");
    check_error(port_find(what, 0), ERR_TIMED_OUT, "then its port is gone");
}

static void check_desertion(void)
{
    struct process_result result;
    uint32_t words[3] = {1, 2, 3};
    int32_t pid = start("deserter", MODE_USER);
    int32_t port = port_find("deserter", 5000);

    check_error(call(port, words, 0), ERR_PORT_GONE, "a server that ends without a reply is told");
    process_wait(pid, &result, 5000);
    check_error(call(port, words, 0), ERR_NOT_FOUND, "a port that is gone is not found");
}

static int late_sender(void *argument)
{
    thread_sleep(20);
    return message_send((int32_t)argument, 7, 8, 9, NULL);
}

static void check_send(void)
{
    int32_t port = port_create("mailbox");
    uint32_t words[3] = {0};
    struct message_options soon = {.timeout_ms = 10};
    int32_t status = -1;
    int thread;

    check_error(message_exchange(CALL_message_receive, port, words, &soon), ERR_TIMED_OUT,
                "a receive without a message runs out of time");
    check_error(message_send(port, 1, 2, 3, &soon), ERR_TIMED_OUT,
                "so does a send without a receiver");
    thread = thread_start(late_sender, (void *)port, 16384, MODE_USER);
    check(message_exchange(CALL_message_receive, port, words, NULL) == 0 && words[0] == 7 &&
              words[1] == 8 && words[2] == 9,
          "a message without a reply arrives");
    check(thread_join(thread, &status, 5000) == 0 && status == 0, "and its sender goes on");
    thread = thread_start(late_sender, (void *)port, 16384, MODE_KERNEL);
    thread_sleep(60);
    check(message_exchange(CALL_message_receive, port, words, NULL) == 0 && words[2] == 9,
          "a sender in ring 0 may wait for the receiver");
    thread_join(thread, &status, 5000);
    check_error(port_create("mailbox"), ERR_EXISTS, "a name is used once");
    check_error(message_reply(12345, 0, 0, 0, NULL), ERR_NOT_FOUND, "a reply to nobody is refused");
    check_error(port_close(port), 0, "a port is closed");
    check_error(port_close(port), ERR_NOT_FOUND, "once");
    check_error(port_create(""), ERR_INVALID, "a port has a name");
}

static int small_room(void *argument)
{
    struct message_options options = {
        .timeout_ms = 2000, .receive = (uint32_t)back, .receive_room = 8};
    uint32_t words[3] = {0};
    int32_t caller = message_exchange(CALL_message_receive, (int32_t)argument, words, &options);

    return caller > 0 ? message_reply(caller, 0, 0, 0, NULL) : caller;
}

static void check_bytes(void)
{
    int32_t port = port_create("small");
    int thread = thread_start(small_room, (void *)port, 16384, MODE_USER);
    uint32_t words[3] = {0};
    struct message_options bad = {.timeout_ms = 100, .send = 0xC0000000, .send_size = 4};
    int32_t status;

    thread_sleep(20);
    check_error(call(port, words, 9), ERR_TOO_LONG,
                "more bytes than there is room for are refused");
    check_error(message_exchange(CALL_message_call, port, words, &bad), ERR_BAD_ADDRESS,
                "bytes of the kernel are refused");
    bad.send_size = LARGE + 1;
    check_error(message_exchange(CALL_message_call, port, words, &bad), ERR_TOO_LONG,
                "so are more than a message may have");
    check_error(call(port, words, 8), 0, "the receiver still waits, and what fits arrives");
    check(thread_join(thread, &status, 5000) == 0 && status == 0, "and was replied to");
    port_close(port);
}

static void check_killed_caller(void)
{
    int32_t port = port_create("slow");
    int32_t pid = start("caller", MODE_USER);
    uint32_t words[3] = {0};
    struct process_result result;
    int32_t caller = message_exchange(CALL_message_receive, port, words, NULL);

    check(caller > 0, "a child calls");
    check_error(process_kill(pid), 0, "it is killed while it waits for the reply");
    check(process_wait(pid, &result, 5000) == pid && result.reason == ENDED_KILLED, "and ends");
    check_error(message_reply(caller, 0, 0, 0, NULL), ERR_NOT_FOUND,
                "then there is no one to reply to");
    port_close(port);
}

int main(int argc, char **argv)
{
    uint32_t words[3] = {0};

    if (argc > 1 && strcmp(argv[1], "deserter") == 0)
        return deserter(argv[1]);
    if (argc > 1 && strcmp(argv[1], "caller") == 0)
        return call(port_find("slow", 5000), words, 0) < 0;
    if (argc > 1)
        return server(argv[1], 7);
    check_server("user", MODE_USER, "a server in ring 3 gets words and bytes and replies");
    check_server("kernel", MODE_KERNEL, "so does one in ring 0");
    check_desertion();
    check_send();
    check_bytes();
    check_killed_caller();
    return check_result();
}
