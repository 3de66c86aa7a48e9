/*
 * Waits that end before the other side comes: a caller whose time-out is over or that was killed, a
 * sender whose port goes away, a call behind a yield. Whoever stops waiting must be found by nobody
 * from that moment on, though it may run much later; and a server gives back its clients' priority.
 */
#include <megha.h>
#include <megha/check.h>
#include <string.h>

#define PATH        "/apps/broken_waits"
#define STACK       0x4000
#define PATIENCE_MS 2000
#define LOW         2
#define SOON_MS     3
#define LATER_US    6000 /* SOON_MS is over then, but not the quantum: nobody else has run */
#define ROUNDS      30

static volatile int32_t port;

static void stay_busy(uint32_t microseconds)
{
    uint64_t start = 0, now = 0;

    clock_now(&start);
    do
        clock_now(&now);
    while (now - start < microseconds);
}

static int message(uint32_t call, int32_t number, struct message_options *options)
{
    uint32_t words[MESSAGE_WORDS] = {0};

    return message_exchange(call, number, words, options);
}

static int join(int thread)
{
    int32_t status = 0;
    int error = thread_join(thread, &status, PATIENCE_MS);

    return error < 0 ? error : status;
}

static int call_for_a_moment(void *unused)
{
    struct message_options options = {.timeout_ms = SOON_MS};

    (void)unused;
    return message(CALL_message_call, port, &options);
}

static int send_for_a_moment(void *unused)
{
    struct message_options options = {.timeout_ms = SOON_MS};

    (void)unused;
    return message(CALL_message_send, port, &options);
}

static void check_late_reply(void)
{
    int caller, thread;

    port = port_create("late");
    thread = thread_start(call_for_a_moment, NULL, STACK, MODE_USER);
    caller = message(CALL_message_receive, port, NULL);
    stay_busy(LATER_US);
    check_error(message(CALL_message_reply, caller, NULL), ERR_NOT_FOUND,
                "nobody waits for a reply any more whose time-out is over");
    check_error(join(thread), ERR_TIMED_OUT, "the caller was told that it is over");
    port_close(port);
}

static void check_killed_caller(void)
{
    struct process_result result;
    int child, caller;

    port = port_create("killed");
    child = process_create(PATH, "call", PRIORITY_NORMAL, QUANTUM_DEFAULT_MS, MODE_USER);
    caller = message(CALL_message_receive, port, NULL);
    process_kill(child);
    check_error(message(CALL_message_reply_receive, caller, NULL), ERR_NOT_FOUND,
                "nor does one that was killed");
    check(process_wait(child, &result, PATIENCE_MS) == child && result.reason == ENDED_KILLED,
          "it has ended");
    port_close(port);
}

static void check_closed_port(void)
{
    struct message_options at_once = {.timeout_ms = 0};
    int thread, second;

    port = port_create("closed");
    thread = thread_start(send_for_a_moment, NULL, STACK, MODE_USER);
    thread_yield();
    stay_busy(LATER_US);
    port_close(port);
    port = port_create("next");
    join(thread);
    second = thread_start(send_for_a_moment, NULL, STACK, MODE_USER);
    thread_yield();
    check_error(message(CALL_message_receive, port, &at_once), 0,
                "a sender that gave up at a closed port leaves no trace in the next one");
    check_error(join(second), 0, "whose sender is heard");
    port_close(port);
}

static int close_and_fill(void *unused)
{
    (void)unused;
    for (int i = 0; i < ROUNDS; i++) {
        uint32_t memory;

        thread_sleep(1);
        port_close(port);
        memory = memory_map(8 * PAGE_SIZE, ACCESS_READ | ACCESS_WRITE);
        memset((void *)memory, 0x41, 8 * PAGE_SIZE);
        thread_yield();
        memory_unmap(memory, 8 * PAGE_SIZE);
        port = port_create("filled");
    }
    port_close(port);
    port = 0;
    return 0;
}

/* The options lie in two pages: between them others may run. */
static void check_port_that_closes_meanwhile(void)
{
    uint32_t memory = memory_map(2 * PAGE_SIZE, ACCESS_READ | ACCESS_WRITE);
    struct message_options *options = (struct message_options *)(memory + PAGE_SIZE - 8);
    int thread;

    port = port_create("filled");
    thread = thread_start(close_and_fill, NULL, STACK, MODE_USER);
    while (port)
        message(CALL_message_send, port, options);
    check_error(join(thread), 0, "a port may be closed while a sender's options are read");
    memory_unmap(memory, 2 * PAGE_SIZE);
}

static int reply_late(void *unused)
{
    int caller = message(CALL_message_receive, port, NULL);

    (void)unused;
    thread_sleep(30);
    return message(CALL_message_reply, caller, NULL);
}

static int call(void *unused)
{
    (void)unused;
    return message(CALL_message_call, port, NULL);
}

static int sleep_long(void *unused)
{
    uint64_t start = 0, now = 0;

    (void)unused;
    clock_now(&start);
    thread_sleep(300);
    clock_now(&now);
    return now - start >= 300000;
}

static void check_call_behind_a_yield(void)
{
    int server, caller, sleeper;

    port = port_create("yield");
    server = thread_start(reply_late, NULL, STACK, MODE_USER);
    thread_sleep(10);
    caller = thread_start(call, NULL, STACK, MODE_USER);
    sleeper = thread_start(sleep_long, NULL, STACK, MODE_USER);
    thread_yield();
    stay_busy(100000);
    check_error(join(caller), 0, "who got the processor by a yield may call");
    check_error(join(server), 0, "and is replied to");
    check(join(sleeper) == 1, "and nobody else is woken by it");
    port_close(port);
}

/* The process "serve": receives for a moment and stays busy, so that senders wait at its port. */
static void serve(void)
{
    struct message_options moment = {.timeout_ms = 50};

    port = port_create("given");
    message(CALL_message_receive, port, &moment);
    for (;;)
        stay_busy(1000);
}

static unsigned priority_of(int pid)
{
    struct thread_status status;

    return thread_next(pid, 0, &status) < 0 ? 0 : status.priority;
}

static void check_priority_is_given_back(void)
{
    struct message_options options = {.timeout_ms = 50};
    struct process_result result;
    int child = process_create(PATH, "serve", LOW - 1, QUANTUM_DEFAULT_MS, MODE_USER);
    int other = port_find("given", PATIENCE_MS);

    thread_sleep(100);
    check_error(message(CALL_message_send, other, &options), ERR_TIMED_OUT,
                "a server that does not listen is waited for as long as asked");
    check(priority_of(child) == LOW - 1, "and has its own priority afterwards");
    process_kill(child);
    process_wait(child, &result, PATIENCE_MS);
}

int main(int count, char **arguments)
{
    struct memory_info before, after;

    if (count > 1 && strcmp(arguments[1], "serve") == 0)
        serve();
    if (count > 1)
        return message(CALL_message_call, port_find("killed", PATIENCE_MS), NULL);
    memory_info(&before);
    check_late_reply();
    check_killed_caller();
    check_closed_port();
    check_port_that_closes_meanwhile();
    check_call_behind_a_yield();
    check_priority_is_given_back();
    memory_info(&after);
    check(after.heap_bytes == before.heap_bytes && after.stacks == before.stacks,
          "heap and stacks are as before");
    return check_result();
}
