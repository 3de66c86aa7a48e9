/* The queue of events: it is bounded, equal events that wait together are one, none is made up. */
#include <megha.h>
#include <megha/check.h>
#include <stdlib.h>
#include <string.h>

#define PATH       "/apps/events_test"
#define STACK_SIZE 0x2000

static int self(void)
{
    return (int)process_self()->pid;
}

static struct event take(uint32_t timeout_ms)
{
    struct event event = {.kind = 0};
    int error = event_wait(&event, timeout_ms);
    if (error < 0)
        event.kind = (uint32_t)error;
    return event;
}

static bool is_user(const struct event *event, uint32_t value, uint32_t count)
{
    return event->kind == EVENT_USER && event->source == self() && event->value == value &&
           event->count == count;
}

static void check_empty(void)
{
    struct event event;
    check_error(event_wait(&event, 0), ERR_TIMED_OUT,
                "without an event a wait can give up at once");
    check_error(event_wait(&event, 5), ERR_TIMED_OUT, "or later");
}

static void check_equal(void)
{
    event_send(self(), 1);
    event_send(self(), 2);
    event_send(self(), 1);
    event_send(self(), 1);
    struct event first = take(0), second = take(0);
    check(is_user(&first, 1, 3), "three equal events are one, with a count of 3");
    check(is_user(&second, 2, 1), "another value is another event, behind it");
    check(take(0).kind == (uint32_t)ERR_TIMED_OUT, "then the queue is empty");
}

/* Fills the queue with the values 0, 1, ... */
static bool fill(void)
{
    bool right = true;
    for (uint32_t value = 0; value < EVENTS_MAX; value++)
        right = event_send(self(), value) == 0 && right;
    return right;
}

static bool drain(uint32_t count)
{
    bool right = true;
    for (uint32_t value = 0; value < count; value++) {
        struct event event = take(0);
        right = is_user(&event, value, value == 3 ? 2 : 1) && right;
    }
    return right;
}

static void check_bound(void)
{
    check(fill(), "the queue takes EVENTS_MAX events");
    check_error(event_send(self(), EVENTS_MAX), ERR_LIMIT, "one more is refused");
    check_error(event_send(self(), 3), 0, "one that waits already is counted");
    check(drain(EVENTS_MAX), "all come in their order");
    check(take(0).kind == (uint32_t)ERR_TIMED_OUT, "and nothing else");
}

static int start(const char *part)
{
    return process_create(PATH, part, PRIORITY_NORMAL, QUANTUM_DEFAULT_MS, MODE_USER);
}

static void check_children(void)
{
    struct process_result result;
    int child = start("end");
    struct event event = take(5000);
    check(event.kind == EVENT_CHILD_ENDED && event.source == child && event.count == 1,
          "a child's end is an event");
    check_error(event_send(child, 1), ERR_NOT_FOUND, "an ended process gets none");
    process_wait(child, &result, WAIT_FOREVER);
    check_error(event_send(child, 1), ERR_NOT_FOUND, "nor does one that is gone");

    fill();
    event_send(self(), 3);
    child = start("end");
    process_wait(child, &result, WAIT_FOREVER);
    check(drain(EVENTS_MAX - 1), "a child that ends leaves a full queue as it is");
    event = take(0);
    check(event.kind == EVENT_CHILD_ENDED && event.source == ANY_CHILD,
          "but for the last place, which tells that some child has ended");
}

static void check_timer(void)
{
    uint64_t start_us = 0, end_us = 0;
    clock_now(&start_us);
    timer_set(20, 0, 5);
    struct event event = take(5000);
    clock_now(&end_us);
    check(event.kind == EVENT_TIMER && event.value == 5 && event.source == 0,
          "the timer's end is an event with its value");
    check(end_us - start_us >= 20000, "and does not come early");
    check(take(60).kind == (uint32_t)ERR_TIMED_OUT, "without a period it comes once");
    timer_set(5, 5, 6);
    thread_sleep(80);
    event = take(0);
    check(event.kind == EVENT_TIMER && event.count >= 2, "periods that nobody saw are one event");
    event = take(5000);
    check(event.kind == EVENT_TIMER && event.value == 6, "and the next one comes");
    timer_set(0, 0, 0);
    take(0);
    check(take(30).kind == (uint32_t)ERR_TIMED_OUT, "a stopped timer is silent");
    timer_set(WAIT_FOREVER, WAIT_FOREVER, 1);
    check(take(10).kind == (uint32_t)ERR_TIMED_OUT, "the longest time is long");
    timer_set(0, 0, 0);
}

static int take_one(void *unused)
{
    (void)unused;
    struct event event = take(5000);
    return event.kind == EVENT_USER ? (int)event.value : -1;
}

static void check_two_waiters(void)
{
    int32_t one = 0, two = 0;
    int first = thread_start(take_one, NULL, STACK_SIZE, MODE_USER);
    int second = thread_start(take_one, NULL, STACK_SIZE, MODE_USER);
    thread_sleep(10);
    event_send(self(), 100);
    event_send(self(), 200);
    thread_join(first, &one, WAIT_FOREVER);
    thread_join(second, &two, WAIT_FOREVER);
    check(one + two == 300, "two threads that wait get an event each");
}

int main(int count, char **arguments)
{
    (void)arguments;
    if (count > 1)
        return EXIT_SUCCESS;
    check_empty();
    check_equal();
    check_bound();
    check_children();
    check_timer();
    check_two_waiters();
    check_error(event_send(0, 1), ERR_NOT_FOUND, "there is no process 0");
    check_error(event_send(-1, 1), ERR_NOT_FOUND, "there is no process -1");
    return check_result();
}
