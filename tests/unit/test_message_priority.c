/* sources: kernel/core/ipc/priority.c tests/unit/fakes/link.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../../kernel/core/ipc/ipc_private.h"

#define MOST      5000
#define THREADS   40
#define PORTS     6
#define ROUNDS    40000
#define MOST_TICK 64 /* threads that one call changes */

static struct thread threads[MOST];
static struct port test_ports[PORTS];
static uint32_t changes;

/* ---- What the tested file calls ----------------------------------------------------------------
 */

void sched_set_priority(struct thread *thread, uint32_t priority)
{
    thread->priority = priority;
    changes++;
}

void port_forget_idle(struct thread *server)
{
    (void)server;
}

/* ---- A model: everything is counted anew -------------------------------------------------------
 */

static bool waits_for(const struct thread *thread, const struct thread *server)
{
    return message_waited_for(thread) == server;
}

/* A port's queue counts for the server only while that receives there. */
static bool counts(const struct thread *thread, const struct thread *server)
{
    const struct port *port = thread->message.waits_at;

    return waits_for(thread, server) && (!port || server->message.served == port);
}

static void check_priorities(uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        uint32_t due = threads[i].base_priority;

        for (uint32_t j = 0; j < count; j++)
            if (counts(&threads[j], &threads[i]) && threads[j].priority > due)
                due = threads[j].priority;
        assert_int_equal(threads[i].priority, due);
    }
}

static void check_counts(const struct waiters *waiters, const uint32_t *expected)
{
    for (uint32_t level = 0; level < PRIORITY_LEVELS; level++) {
        assert_int_equal(waiters->count[level], expected[level]);
        assert_int_equal(waiters->levels >> level & 1, expected[level] != 0);
    }
}

static void check_all_counts(uint32_t count)
{
    for (uint32_t p = 0; p < PORTS; p++) {
        uint32_t expected[PRIORITY_LEVELS] = {0};

        for (uint32_t i = 0; i < count; i++)
            if (threads[i].message.waits_at == &test_ports[p])
                expected[threads[i].priority]++;
        check_counts(&test_ports[p].waiting, expected);
    }
    for (uint32_t s = 0; s < count; s++) {
        uint32_t expected[PRIORITY_LEVELS] = {0};

        for (uint32_t i = 0; i < count; i++)
            if (threads[i].message.server == &threads[s] &&
                threads[s].message.caller != &threads[i])
                expected[threads[i].priority]++;
        check_counts(&threads[s].message.waiting, expected);
    }
}

static void tick_until_settled(void)
{
    uint32_t before;

    do {
        before = changes;
        ipc_tick();
        assert_true(changes - before <= MOST_TICK);
    } while (changes != before);
    ipc_tick(); /* one that had nothing to change may have stood before others */
}

static int start(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < MOST; i++) {
        threads[i] = (struct thread){.state = THREAD_BLOCKED};
        threads[i].base_priority = threads[i].priority = i * 7 % PRIORITY_LEVELS;
        link_init(&threads[i].message.pending);
        link_init(&threads[i].message.callers);
        link_init(&threads[i].message.unsettled);
    }
    for (uint32_t p = 0; p < PORTS; p++)
        test_ports[p] = (struct port){.number = (int32_t)p + 1};
    return 0;
}

/* ---- Tests -------------------------------------------------------------------------------------
 */

static void make_equal(uint32_t count, uint32_t priority)
{
    for (uint32_t i = 0; i < count; i++)
        threads[i].base_priority = threads[i].priority = priority;
}

static void a_server_runs_at_its_callers_priority_and_gives_it_back(void **state)
{
    (void)state;
    make_equal(4, 2);
    threads[1].base_priority = threads[1].priority = 5;
    threads[2].base_priority = threads[2].priority = 9;
    message_owe(&threads[0], &threads[1]);
    assert_int_equal(threads[0].priority, 5);
    message_owe(&threads[0], &threads[2]);
    message_owe(&threads[0], &threads[3]);
    assert_int_equal(threads[0].priority, 9);
    message_let_go(&threads[2]);
    assert_int_equal(threads[0].priority, 5);
    message_forget(&threads[1]);
    assert_int_equal(threads[0].priority, 2);
    message_let_go(&threads[3]);
    check_all_counts(4);
}

static void those_in_the_queue_count_for_whoever_receives_there(void **state)
{
    (void)state;
    make_equal(4, 2);
    threads[2].base_priority = threads[2].priority = 9;
    message_set_server(&test_ports[0], &threads[0]);
    message_enter_queue(&test_ports[0], &threads[2]);
    assert_int_equal(threads[0].priority, 9);
    message_set_server(&test_ports[0], &threads[1]);
    assert_int_equal(threads[0].priority, 2);
    assert_int_equal(threads[1].priority, 9);
    message_leave_queue(&threads[2], &threads[1]);
    assert_int_equal(threads[1].priority, 9);
    message_forget(&threads[2]);
    assert_int_equal(threads[1].priority, 2);
    check_all_counts(4);
}

/* The fast way has not counted its caller. */
static void a_caller_of_the_fast_way_counts_when_its_priority_rises(void **state)
{
    (void)state;
    make_equal(3, 4);
    threads[2].base_priority = threads[2].priority = 9;
    threads[0].message.caller = &threads[1];
    threads[1].message.server = &threads[0];
    message_owe(&threads[1], &threads[2]);
    assert_int_equal(threads[1].priority, 9);
    assert_int_equal(threads[0].priority, 9);
    message_forget(&threads[2]);
    tick_until_settled();
    assert_int_equal(threads[0].priority, 4);
    check_all_counts(3);
}

static void a_long_chain_is_changed_a_piece_at_a_tick(void **state)
{
    (void)state;
    make_equal(MOST, 1);
    for (uint32_t i = 0; i + 1 < MOST - 1; i++)
        message_owe(&threads[i + 1], &threads[i]);
    threads[MOST - 1].base_priority = threads[MOST - 1].priority = 10;
    changes = 0;
    message_owe(&threads[0], &threads[MOST - 1]);
    assert_in_range(changes, 1, MOST_TICK);
    tick_until_settled();
    for (uint32_t i = 0; i < MOST; i++)
        assert_int_equal(threads[i].priority, 10);
    changes = 0;
    message_forget(&threads[MOST - 1]);
    assert_in_range(changes, 0, 1);
    tick_until_settled();
    for (uint32_t i = 0; i < MOST - 1; i++)
        assert_int_equal(threads[i].priority, 1);
}

static void a_circle_ends(void **state)
{
    (void)state;
    make_equal(4, 1);
    for (uint32_t i = 0; i < 3; i++)
        message_owe(&threads[(i + 1) % 3], &threads[i]);
    threads[3].base_priority = threads[3].priority = 8;
    message_owe(&threads[0], &threads[3]);
    tick_until_settled();
    for (uint32_t i = 0; i < 3; i++)
        assert_int_equal(threads[i].priority, 8);
}

static bool is_free(const struct thread *thread)
{
    return !thread->message.server && !thread->message.waits_at;
}

static bool would_circle(const struct thread *waiting, const struct thread *server)
{
    while (server && server != waiting)
        server = message_waited_for(server);
    return server != NULL;
}

static void begin_to_wait(struct thread *thread, struct thread *server, struct port *port, int how)
{
    if (how == 0 && !would_circle(thread, port->server)) {
        message_enter_queue(port, thread);
    } else if (how == 1 && !would_circle(thread, server)) {
        message_owe(server, thread);
    } else if (how == 2 && !would_circle(thread, server) && !server->message.caller &&
               server->priority >= thread->priority) {
        server->message.caller = thread;
        thread->message.server = server;
    }
}

static void stop_waiting(struct thread *thread, int how)
{
    if (how == 0)
        message_forget(thread);
    else if (thread->message.waits_at && thread->message.waits_at->server)
        message_leave_queue(thread, thread->message.waits_at->server);
    else
        message_let_go(thread);
}

/* A server that changes its port must not come to wait for itself. */
static bool may_serve(const struct thread *server, const struct port *port)
{
    for (uint32_t i = 0; i < THREADS; i++)
        if (threads[i].message.waits_at == port && would_circle(&threads[i], server))
            return false;
    return true;
}

static void random_waits_agree_with_a_model(void **state)
{
    (void)state;
    srand(2);
    for (uint32_t round = 0; round < ROUNDS; round++) {
        struct thread *thread = &threads[rand() % THREADS], *server = &threads[rand() % THREADS];
        struct port *port = &test_ports[rand() % PORTS];

        if (rand() % 6 == 0) {
            if (may_serve(server, port))
                message_set_server(port, server);
        } else if (is_free(thread)) {
            begin_to_wait(thread, server, port, rand() % 3);
        } else {
            stop_waiting(thread, rand() % 2);
        }
        tick_until_settled();
        check_priorities(THREADS);
        check_all_counts(THREADS);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_server_runs_at_its_callers_priority_and_gives_it_back, start),
        cmocka_unit_test_setup(those_in_the_queue_count_for_whoever_receives_there, start),
        cmocka_unit_test_setup(a_caller_of_the_fast_way_counts_when_its_priority_rises, start),
        cmocka_unit_test_setup(a_long_chain_is_changed_a_piece_at_a_tick, start),
        cmocka_unit_test_setup(a_circle_ends, start),
        cmocka_unit_test_setup(random_waits_agree_with_a_model, start),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
