/* sources: kernel/core/sched/timeouts.c lib/divide.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../../kernel/core/sched/sched_private.h"

#define MOST           20000
#define FIRED_AT_MOST  54 /* by a tick's share, where nothing has to be merged */
#define FIRED_AT_LEAST 20 /* where 5000 run */

struct waiter {
    struct timeout timeout;
    uint32_t priority;
    uint64_t wanted_ms; /* not before */
    uint64_t fired_ms;  /* 0: not yet */
    bool running;
};

static struct waiter waiters[MOST];
static uint64_t now_us, now_ms;
static uint32_t fired, fired_at_once, charged;
static struct waiter *stops_at_fire; /* stopped by whichever fires next */
static uint64_t last_deadline[PRIORITY_LEVELS];

static uint64_t microseconds(void)
{
    return now_us;
}

void sched_charge(uint32_t milliseconds)
{
    charged += milliseconds;
}

static void fire(struct timeout *timeout)
{
    struct waiter *waiter = LINK_OWNER(timeout, struct waiter, timeout);

    assert_true(waiter->running);
    assert_true(now_ms >= waiter->wanted_ms);
    assert_true(timeout->deadline_ms >= last_deadline[waiter->priority]);
    last_deadline[waiter->priority] = timeout->deadline_ms;
    waiter->running = false;
    waiter->fired_ms = now_ms;
    fired++;
    fired_at_once++;
    if (stops_at_fire) {
        timeout_stop(&stops_at_fire->timeout);
        stops_at_fire->running = false;
        stops_at_fire = NULL;
    }
}

static int begin(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < MOST; i++) {
        timeout_stop(&waiters[i].timeout);
        waiters[i] = (struct waiter){0};
        timeout_init(&waiters[i].timeout, fire);
    }
    for (uint32_t i = 0; i < PRIORITY_LEVELS; i++)
        last_deadline[i] = 0;
    fired = 0;
    return 0;
}

static int start(void **state)
{
    timeouts_start(microseconds);
    return begin(state);
}

static void tick_at(uint64_t milliseconds)
{
    now_ms = milliseconds;
    if (now_us < now_ms * 1000)
        now_us = now_ms * 1000;
    fired_at_once = 0;
    sched_tick(now_ms);
    assert_true(fired_at_once <= FIRED_AT_MOST);
}

static void start_waiter(struct waiter *waiter, uint32_t priority, uint32_t delay_ms)
{
    waiter->priority = priority;
    waiter->running = true;
    waiter->fired_ms = 0;
    waiter->wanted_ms = (now_us + 999) / 1000 + delay_ms;
    timeout_start(&waiter->timeout, priority, delay_ms);
}

static void tick_through(uint64_t milliseconds)
{
    uint64_t end = now_ms + milliseconds;

    while (now_ms < end)
        tick_at(now_ms + 1);
}

/* ---- Tests -------------------------------------------------------------------------------------
 */

static void each_fires_in_its_millisecond(void **state)
{
    static const uint32_t delays[] = {0, 1, 2, 3, 5, 31, 32, 33, 255, 256, 257, 1000, 4095, 65536};

    (void)state;
    now_us += 137; /* between two ticks */
    for (uint32_t i = 0; i < sizeof(delays) / sizeof(delays[0]); i++)
        start_waiter(&waiters[i], i % PRIORITY_LEVELS, delays[i]);
    tick_through(70000);
    for (uint32_t i = 0; i < sizeof(delays) / sizeof(delays[0]); i++)
        assert_int_equal(waiters[i].fired_ms, waiters[i].wanted_ms);
}

static void one_that_is_stopped_does_not_fire(void **state)
{
    (void)state;
    start_waiter(&waiters[0], 4, 10);
    start_waiter(&waiters[1], 4, 10);
    timeout_stop(&waiters[0].timeout);
    waiters[0].running = false;
    tick_through(20);
    assert_int_equal(fired, 1);
    assert_int_equal(waiters[0].fired_ms, 0);
}

static void one_that_fires_may_stop_another_that_is_due(void **state)
{
    (void)state;
    start_waiter(&waiters[0], 4, 10);
    start_waiter(&waiters[1], 4, 10);
    stops_at_fire = &waiters[1];
    tick_through(20);
    assert_int_equal(fired, 1);
}

static void lost_ticks_are_made_up(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 30; i++)
        start_waiter(&waiters[i], i % 3, i * 7);
    charged = 0;
    tick_at(now_ms + 400);
    assert_int_equal(fired, 30);
    assert_int_equal(charged, 400);
}

/* All in one millisecond: a tick fires a bounded number, and none is forgotten. */
static void a_crowd_is_served_a_share_at_a_tick(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 5000; i++)
        start_waiter(&waiters[i], 4, 100);
    tick_through(99);
    assert_int_equal(fired, 0);
    tick_through(5000 / FIRED_AT_LEAST);
    assert_int_equal(fired, 5000);
}

static void those_of_higher_priority_are_not_late(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 5000; i++)
        start_waiter(&waiters[i], 4, 100);
    for (uint32_t i = 5000; i < 5060; i++)
        start_waiter(&waiters[i], 5 + i % 10, 100 + i % 40);
    tick_through(300);
    assert_int_equal(fired, 5060);
    for (uint32_t i = 5000; i < 5060; i++)
        assert_int_equal(waiters[i].fired_ms, waiters[i].wanted_ms);
}

static void the_idle_thread_catches_up(void **state)
{
    bool more = true;

    (void)state;
    for (uint32_t i = 0; i < 1000; i++)
        start_waiter(&waiters[i], 2, 1);
    tick_at(waiters[0].wanted_ms);
    assert_in_range(fired, FIRED_AT_LEAST, FIRED_AT_MOST);
    while (more) {
        fired_at_once = 0;
        more = timeouts_catch_up();
        assert_in_range(fired_at_once, more ? FIRED_AT_LEAST : 0, FIRED_AT_MOST);
    }
    assert_int_equal(fired, 1000);
    assert_false(timeouts_catch_up());
}

/* While those that are due wait for their turn, others start and stop. */
static void a_queue_that_is_behind_changes(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 2000; i++)
        start_waiter(&waiters[i], 4, 1 + i % 3);
    tick_through(5);
    for (uint32_t i = 0; i < 2000; i += 2) {
        timeout_stop(&waiters[i].timeout);
        waiters[i].running = false;
    }
    for (uint32_t i = 2000; i < 2020; i++)
        start_waiter(&waiters[i], 4, 200);
    tick_through(210);
    for (uint32_t i = 0; i < 2020; i++)
        assert_false(waiters[i].running);
    for (uint32_t i = 2000; i < 2020; i++)
        assert_int_equal(waiters[i].fired_ms, waiters[i].wanted_ms);
}

/* None too early and none out of order, which fire checks; and where a tick has little to do, none
 * late. */
static void a_random_storm_is_served_in_order(void **state)
{
    (void)state;
    srand(1);
    for (uint32_t round = 0; round < 30000; round++) {
        struct waiter *waiter = &waiters[rand() % 3000];

        now_us += (uint64_t)(rand() % 300);
        if (!waiter->running) {
            start_waiter(waiter, (uint32_t)rand() % PRIORITY_LEVELS,
                         (uint32_t)rand() % (rand() % 3 ? 300 : 100000));
        } else if (rand() % 8 == 0) {
            timeout_stop(&waiter->timeout);
            waiter->running = false;
        }
        if (now_us / 1000 > now_ms)
            tick_at(now_us / 1000);
        if (waiter->running)
            assert_true(waiter->wanted_ms + 1 >= now_ms);
    }
    tick_through(110000);
    for (uint32_t i = 0; i < 3000; i++)
        assert_false(waiters[i].running);
}

static void the_longest_delay_is_kept(void **state)
{
    (void)state;
    start_waiter(&waiters[0], 4, WAIT_FOREVER - 1);
    tick_at(waiters[0].wanted_ms - 1);
    assert_int_equal(fired, 0);
    tick_at(now_ms + 1);
    assert_int_equal(waiters[0].fired_ms, waiters[0].wanted_ms);
}

static void a_deadline_gives_the_time_that_is_left(void **state)
{
    uint64_t deadline;

    (void)state;
    assert_int_equal(sched_deadline(WAIT_FOREVER), 0);
    assert_int_equal(sched_time_left(0), WAIT_FOREVER);
    deadline = sched_deadline(20);
    assert_int_equal(sched_time_left(deadline), 20);
    now_us += 19001;
    assert_int_equal(sched_time_left(deadline), 1);
    now_us += 999;
    assert_int_equal(sched_time_left(deadline), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(each_fires_in_its_millisecond, begin),
        cmocka_unit_test_setup(one_that_is_stopped_does_not_fire, begin),
        cmocka_unit_test_setup(one_that_fires_may_stop_another_that_is_due, begin),
        cmocka_unit_test_setup(lost_ticks_are_made_up, begin),
        cmocka_unit_test_setup(a_crowd_is_served_a_share_at_a_tick, begin),
        cmocka_unit_test_setup(those_of_higher_priority_are_not_late, begin),
        cmocka_unit_test_setup(the_idle_thread_catches_up, begin),
        cmocka_unit_test_setup(a_queue_that_is_behind_changes, begin),
        cmocka_unit_test_setup(a_random_storm_is_served_in_order, begin),
        cmocka_unit_test_setup(the_longest_delay_is_kept, begin),
        cmocka_unit_test_setup(a_deadline_gives_the_time_that_is_left, begin),
    };

    return cmocka_run_group_tests(tests, start, NULL);
}
