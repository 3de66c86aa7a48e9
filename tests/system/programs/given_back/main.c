/*
 * A server runs with the priority of whoever waits for it, along a chain of servers too, and no
 * longer than that: it gives back what it got from a sender that is heard, gives up or is killed,
 * or whose port is closed.
 */
#include <megha.h>
#include <megha/check.h>
#include <megha/counts.h>
#include <string.h>

#define PATH        "/apps/given_back"
#define STACK       0x4000
#define PATIENCE_MS 3000
#define MOMENT_MS   20
#define LOWEST      1
#define LOW         2
#define BETWEEN     3 /* below this process, above its servers */

enum { READY = 1, GO };

static volatile int32_t port;

/* ---- The parts of the children -----------------------------------------------------------------
 */

static int message(uint32_t call, int32_t number, uint32_t timeout_ms)
{
    struct message_options options = {.timeout_ms = timeout_ms};
    uint32_t words[MESSAGE_WORDS] = {0};

    return message_exchange(call, number, words, &options);
}

static void tell_parent(void)
{
    event_send(process_self()->parent, READY);
}

/* Never waits: who gets no turn does not hear it. */
static void stay_busy_until_told(void)
{
    struct event event = {0};

    while (event_wait(&event, 0) != 0 || event.value != GO)
        ;
}

/* Serves a port, but hears a sender only when it is told. */
static int hear(void)
{
    int32_t own = port_create("hear");

    message(CALL_message_receive, own, 0);
    tell_parent();
    stay_busy_until_told();
    message(CALL_message_receive, own, PATIENCE_MS);
    tell_parent();
    stay_busy_until_told();
    return 0;
}

static int close(void)
{
    int32_t own = port_create("close");

    message(CALL_message_receive, own, 0);
    tell_parent();
    stay_busy_until_told();
    port_close(own);
    tell_parent();
    stay_busy_until_told();
    return 0;
}

/* Hands its first call on to the next server, and answers the others by itself. */
static int first(void)
{
    int32_t own = port_create("first");
    int32_t next = port_find("second", PATIENCE_MS);
    int32_t caller = message(CALL_message_receive, own, WAIT_FOREVER);

    message(CALL_message_call, next, WAIT_FOREVER);
    while (caller > 0) {
        message(CALL_message_reply, caller, 0);
        caller = message(CALL_message_receive, own, WAIT_FOREVER);
    }
    return caller;
}

static int second(void)
{
    int32_t own = port_create("second");
    int32_t caller = message(CALL_message_receive, own, WAIT_FOREVER);

    tell_parent();
    stay_busy_until_told();
    message(CALL_message_reply, caller, 0);
    return message(CALL_message_receive, own, WAIT_FOREVER);
}

static int send_to(const char *name)
{
    return message(CALL_message_send, port_find(name, PATIENCE_MS), WAIT_FOREVER);
}

static int play(const char *part)
{
    if (strcmp(part, "hear") == 0)
        return hear();
    if (strcmp(part, "close") == 0)
        return close();
    if (strcmp(part, "first") == 0)
        return first();
    if (strcmp(part, "second") == 0)
        return second();
    if (strcmp(part, "send") == 0)
        return send_to("hear");
    if (strcmp(part, "call") == 0)
        return message(CALL_message_call, port_find("first", PATIENCE_MS), WAIT_FOREVER);
    stay_busy_until_told();
    return 0;
}

/* ---- The process that was typed ----------------------------------------------------------------
 */

static int start(const char *part, uint32_t priority)
{
    return process_create(PATH, part, priority, QUANTUM_DEFAULT_MS, MODE_USER);
}

static void end(int pid)
{
    struct process_result result;

    process_kill(pid);
    process_wait(pid, &result, PATIENCE_MS);
}

static bool told_by(int pid)
{
    struct event event = {0};

    while (event_wait(&event, PATIENCE_MS) == 0)
        if (event.kind == EVENT_USER && event.source == pid)
            return true;
    return false;
}

static uint32_t priority_of(int pid)
{
    struct thread_status status;

    return thread_next(pid, 0, &status) < 0 ? PRIORITY_LEVELS : status.priority;
}

static bool gets_priority(int pid, uint32_t priority)
{
    for (int i = 0; i < PATIENCE_MS && priority_of(pid) != priority; i++)
        thread_sleep(1);
    return priority_of(pid) == priority;
}

static int send(void *unused)
{
    (void)unused;
    return message(CALL_message_send, port, PATIENCE_MS);
}

static int call(void *unused)
{
    (void)unused;
    return message(CALL_message_call, port, PATIENCE_MS);
}

static int join(int thread)
{
    int32_t status = 0;
    int error = thread_join(thread, &status, PATIENCE_MS);

    return error < 0 ? error : status;
}

/* Starts a server of that name, which does not listen now. */
static int start_server(const char *name)
{
    int pid = start(name, LOWEST);

    told_by(pid);
    port = port_find(name, PATIENCE_MS);
    return pid;
}

static void check_heard(void)
{
    int server = start_server("hear");
    int sender = thread_start(send, NULL, STACK, MODE_USER);

    check(gets_priority(server, PRIORITY_NORMAL), "a server has its sender's priority");
    event_send(server, GO);
    check_error(join(sender), 0, "it hears the sender");
    check(told_by(server) && priority_of(server) == LOWEST, "then it has its own again");
    end(server);
}

static void check_gives_up(void)
{
    int server = start_server("hear");

    check_error(message(CALL_message_send, port, MOMENT_MS), ERR_TIMED_OUT, "a sender gives up");
    check(priority_of(server) == LOWEST, "its priority is given back");
    end(server);
}

static void check_killed(void)
{
    int server = start_server("hear");
    int sender = start("send", PRIORITY_NORMAL);

    check(gets_priority(server, PRIORITY_NORMAL), "a sender waits");
    end(sender);
    check(priority_of(server) == LOWEST, "that of one that was killed is given back");
    end(server);
}

static void check_closed(void)
{
    int server = start_server("close");
    int sender = thread_start(send, NULL, STACK, MODE_USER);

    check(gets_priority(server, PRIORITY_NORMAL), "a sender waits at a port");
    event_send(server, GO);
    check_error(join(sender), ERR_PORT_GONE, "the port is closed");
    check(told_by(server) && priority_of(server) == LOWEST, "its priority is given back as well");
    end(server);
}

/* This process waits for the first server, and that for the second, which gets no turn as long as
 * its priority is its own. */
static void check_chain(void)
{
    int last = start("second", LOWEST);
    int middle = start("first", LOW);
    int client = start("call", LOWEST);
    int busy, caller;

    check(told_by(last), "a server waits for another");
    busy = start("busy", BETWEEN);
    port = port_find("first", PATIENCE_MS);
    caller = thread_start(call, NULL, STACK, MODE_USER);
    check(gets_priority(middle, PRIORITY_NORMAL), "the first has its caller's priority");
    check(priority_of(last) == PRIORITY_NORMAL, "and the second has it from the first");
    event_send(last, GO);
    check_error(join(caller), 0, "so both run, though another is busy at a priority between");
    check(priority_of(last) == LOWEST && priority_of(middle) == LOW, "both give it back");
    end(busy);
    end(client);
    end(middle);
    end(last);
}

int main(int count, char **arguments)
{
    struct memory_info before;

    if (count > 1)
        return process_is_own_child() ? play(arguments[1]) : ERR_INVALID;
    check_heard();
    before = counts_take();
    check_gives_up();
    check_killed();
    check_closed();
    check_chain();
    check(counts_same(&before), "memory, processes and threads are as before");
    return check_result();
}
