/* Sleeping, waiting for children with and without a time-out, and killing. */
#include <megha.h>
#include <megha/check.h>
#include <stdlib.h>
#include <string.h>

#define PATH "/apps/waiting"

static int start(const char *arguments)
{
    return process_create(PATH, arguments, PRIORITY_NORMAL, QUANTUM_DEFAULT_MS, MODE_USER);
}

static uint64_t now_us(void)
{
    uint64_t now = 0;
    clock_now(&now);
    return now;
}

/* The tests say "at least": a busy machine may be late, but never early. */
static void check_sleep(void)
{
    bool right = true;
    for (uint32_t milliseconds = 0; milliseconds < 12; milliseconds++) {
        uint64_t start_us = now_us();
        right = thread_sleep(milliseconds) == 0 && right;
        right = now_us() - start_us >= milliseconds * 1000u && right;
    }
    check(right, "a sleep lasts as long as asked, or longer");
}

static void check_time_outs(void)
{
    struct process_result result = {.pid = 0};
    int child = start("sleep 150 3");
    check_error(process_wait(child, &result, 0), ERR_TIMED_OUT, "a wait can give up at once");
    uint64_t start_us = now_us();
    check_error(process_wait(child, &result, 20), ERR_TIMED_OUT, "a wait can give up later");
    check(now_us() - start_us >= 20000, "and does not give up early");
    check_error(process_wait(ANY_CHILD, &result, 1), ERR_TIMED_OUT, "for any child, too");
    check(process_wait(child, &result, WAIT_FOREVER) == child && result.status == 3,
          "without a time-out the child's end comes");
    check_error(process_wait(child, &result, 0), ERR_NO_CHILD, "and only once");
}

static void check_any(void)
{
    struct process_result one, two;
    int late = start("sleep 120 1");
    int early = start("sleep 20 2");
    int first = process_wait(ANY_CHILD, &one, WAIT_FOREVER);
    int second = process_wait(ANY_CHILD, &two, WAIT_FOREVER);
    check(first == early && one.pid == early && one.status == 2, "any child: the first that ends");
    check(second == late && two.pid == late && two.status == 1, "then the next");
    check_error(process_wait(ANY_CHILD, &one, WAIT_FOREVER), ERR_NO_CHILD, "then there is none");
}

static void check_kill(void)
{
    struct process_result result = {.pid = 0};
    int child = start("sleep 60000 0");
    thread_sleep(10);
    check_error(process_kill(child), 0, "a sleeping child is killed");
    check(process_wait(child, &result, WAIT_FOREVER) == child && result.reason == ENDED_KILLED,
          "and the wait says so");
    child = start("family");
    thread_sleep(30);
    process_kill(child);
    check(process_wait(child, &result, WAIT_FOREVER) == child && result.reason == ENDED_KILLED,
          "a child that waits for its own child is killed");
    child = start("sleep 60000 0");
    process_kill(child);
    check(process_wait(child, &result, WAIT_FOREVER) == child && result.reason == ENDED_KILLED,
          "a child that has not run yet is killed");
}

static int play(int count, char **arguments)
{
    if (strcmp(arguments[1], "sleep") == 0 && count == 4) {
        thread_sleep((uint32_t)atoi(arguments[2]));
        return atoi(arguments[3]);
    }
    struct process_result result;
    int child = start("sleep 100 0");
    return process_wait(child, &result, WAIT_FOREVER) == child ? 0 : 1;
}

int main(int count, char **arguments)
{
    if (count > 1)
        return play(count, arguments);
    check_sleep();
    check_time_outs();
    check_any();
    check_kill();
    return check_result();
}
