/*
 * For single steps (tests/harness/stepping.py): two threads of this process and a server make calls
 * without a rest for two seconds of the machine's time, and look at every result. Their numbers of
 * rounds are nobody's concern.
 */
#include <megha.h>
#include <megha/check.h>
#include <string.h>

#define PATH     "/apps/stepped"
#define STACK    0x4000
#define BUSY_US  2000000u
#define PATIENCE 60000

static int32_t server;
static uint64_t end_us;

static int serve(void)
{
    int32_t port = port_create("stepped");
    uint32_t words[MESSAGE_WORDS] = {0};
    int32_t caller = message_exchange(CALL_message_receive, port, words, NULL);

    while (caller > 0) {
        words[0]++;
        caller = message_exchange(CALL_message_reply_receive, caller, words, NULL);
    }
    return caller;
}

/* Whether each call of a round gives what it has to give. */
static bool round_is_right(uint32_t number)
{
    uint32_t words[MESSAGE_WORDS] = {number, ~number, 7};
    struct process_status status = {.pid = 0};
    uint32_t *page = (uint32_t *)memory_map(PAGE_SIZE, ACCESS_READ | ACCESS_WRITE);
    bool right;

    *page = number;
    thread_yield();
    right = message_exchange(CALL_message_call, server, words, NULL) == 0 &&
            words[0] == number + 1 && words[1] == ~number && words[2] == 7;
    right = right && process_next(process_self()->pid - 1, &status) == process_self()->pid;
    right = right && strcmp(status.name, "stepped") == 0 && *page == number;
    return memory_unmap((uint32_t)page, PAGE_SIZE) == 0 && right;
}

static int work(void *unused)
{
    uint64_t now = 0;
    uint32_t number = 0;

    (void)unused;
    do
        clock_now(&now);
    while (round_is_right(number++) && now < end_us);
    return now < end_us;
}

int main(void)
{
    struct process_result result;
    int32_t status = 1;
    int pid, thread;

    if (process_is_own_child())
        return serve();
    pid = process_create(PATH, "serve", PRIORITY_NORMAL, QUANTUM_DEFAULT_MS, MODE_USER);
    server = port_find("stepped", PATIENCE);
    clock_now(&end_us);
    end_us += BUSY_US;
    thread = thread_start(work, NULL, STACK, MODE_USER);
    check(work(NULL) == 0, "one thread got what it asked for");
    check(thread_join(thread, &status, PATIENCE) == 0 && status == 0, "and so did the other");
    process_kill(pid);
    check(process_wait(pid, &result, PATIENCE) == pid, "the server ends");
    return check_result();
}
