/* Ten thousand calls, half of the callers killed in the middle of theirs: nothing is left behind.
 */
#include <megha.h>
#include <megha/check.h>
#include <stdlib.h>
#include <string.h>

#define PATH        "/apps/message_stress"
#define PORT        "stress"
#define CALLS       10000u
#define CALLERS     8 /* at a time */
#define BYTES       6000
#define CALLS_EACH  50u
#define STOP        0xFFFFFFFFu
#define STACK       16384
#define PATIENCE_MS 20000

static char request[BYTES];
static char answer[BYTES];
static volatile uint32_t served;

/* Replies until it is told to stop; a caller that is gone meanwhile is no error. */
static int serve(void *argument)
{
    struct message_options options = {
        .timeout_ms = WAIT_FOREVER, .receive = (uint32_t)request, .receive_room = BYTES};
    uint32_t words[3] = {0};
    int32_t port = (int32_t)argument;
    int32_t caller = message_exchange(CALL_message_receive, port, words, &options);

    while (caller >= 0 && words[0] != STOP) {
        served++;
        options.send = (uint32_t)answer;
        options.send_size = options.received;
        if (served % 64 == 0)
            thread_sleep(1); /* lets callers wait, and be killed while they do */
        caller = message_exchange(CALL_message_reply_receive, caller, words, &options);
        if (caller == ERR_NOT_FOUND)
            caller = message_exchange(CALL_message_receive, port, words, &options);
    }
    return message_reply(caller, 0, 0, 0, NULL);
}

/* What a child does: calls until it has done its share or is killed. */
static int call_often(void)
{
    int32_t port = port_find(PORT, PATIENCE_MS);

    for (uint32_t i = 0; i < CALLS_EACH; i++) {
        struct message_options options = {.timeout_ms = PATIENCE_MS,
                                          .send = (uint32_t)request,
                                          .send_size = i % 2 ? BYTES : 0,
                                          .receive = (uint32_t)answer,
                                          .receive_room = BYTES};
        uint32_t words[3] = {i, 0, 0};

        if (message_exchange(CALL_message_call, port, words, &options) < 0)
            return 1;
    }
    return 0;
}

static int32_t start_caller(void)
{
    return process_create(PATH, "caller", PRIORITY_LOWEST + 1, 0, MODE_USER);
}

/* Every other child is killed after a few of its calls. */
static bool end_caller(int32_t pid, uint32_t round)
{
    struct process_result result;
    uint32_t reason = ENDED_EXIT;

    if (round % 2) {
        thread_sleep(round % 5);
        process_kill(pid);
    }
    if (process_wait(pid, &result, PATIENCE_MS) != pid)
        return false;
    if (round % 2)
        return result.reason == ENDED_KILLED || result.reason == reason;
    return result.reason == reason && result.status == 0;
}

static bool run_callers(void)
{
    uint32_t round = 0;
    bool right = true;

    while (right && served < CALLS) {
        int32_t pids[CALLERS];

        for (unsigned i = 0; i < CALLERS; i++)
            pids[i] = start_caller();
        for (unsigned i = 0; i < CALLERS; i++)
            right = pids[i] > 0 && end_caller(pids[i], round++) && right;
    }
    return right;
}

int main(int argc, char **argv)
{
    struct memory_info before, after;
    struct message_options patience = {.timeout_ms = PATIENCE_MS};
    uint32_t words[3] = {STOP, 0, 0};
    int32_t status = -1;

    if (argc > 1 && strcmp(argv[1], "caller") == 0)
        return call_often();
    memory_info(&before);
    int32_t port = port_create(PORT);
    int thread = thread_start(serve, (void *)port, STACK, MODE_USER);
    check(run_callers(), "callers get replies or are killed");
    check(message_exchange(CALL_message_call, port, words, &patience) == 0, "the server lives on");
    check(thread_join(thread, &status, PATIENCE_MS) == 0 && status == 0, "and ends when told");
    check_error(port_close(port), 0, "the port is closed");
    memory_info(&after);
    check(before.free == after.free && before.heap_bytes == after.heap_bytes &&
              before.stacks == after.stacks && before.tables == after.tables &&
              before.processes == after.processes && before.threads == after.threads,
          "memory, processes and threads are as before");
    return check_result();
}
