/* sources: kernel/core/ipc/ports.c kernel/core/ipc/priority.c lib/string.c tests/unit/fakes/link.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../../kernel/core/ipc/ipc_private.h"
#include <abi/errors.h>

#define CREATIONS 200000

static struct process process, other;
static struct process *current = &process;
static uint32_t woken, points;

/* ---- What the tested file calls ----------------------------------------------------------------
 */

struct process *process_current(void)
{
    return current;
}

void *heap_take(size_t size)
{
    return calloc(1, size);
}

void heap_give(void *memory)
{
    free(memory);
}

void wait_queue_init(struct wait_queue *queue)
{
    link_init(&queue->waiters);
}

uint64_t sched_deadline(uint32_t timeout_ms)
{
    return timeout_ms;
}

uint32_t sched_time_left(uint64_t deadline)
{
    return (uint32_t)deadline;
}

int sched_block(struct wait_queue *queue, uint32_t timeout_ms)
{
    (void)queue;
    (void)timeout_ms;
    return ERR_TIMED_OUT;
}

void sched_preemption_point(void)
{
    points++;
}

void sched_wake(struct thread *thread, int result)
{
    link_remove(&thread->run);
    if (result < 0)
        message_forget(thread);
    thread->wait_result = result;
    woken++;
}

uint32_t sched_wake_all(struct wait_queue *queue, int result)
{
    uint32_t before = woken;

    while (!link_alone(&queue->waiters))
        sched_wake(LINK_OWNER(queue->waiters.next, struct thread, run), result);
    return woken - before;
}

void sched_set_priority(struct thread *thread, uint32_t priority)
{
    thread->priority = priority;
}

/* ---- Tests -------------------------------------------------------------------------------------
 */

static int start(void **state)
{
    (void)state;
    link_init(&process.ports);
    link_init(&process.threads);
    link_init(&other.ports);
    link_init(&other.threads);
    current = &process;
    woken = 0;
    points = 0;
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    ipc_process_ended(&process);
    return 0;
}

static int create(uint32_t number)
{
    char name[PORT_NAME_MAX];

    snprintf(name, sizeof(name), "port %u", number);
    return port_create(name);
}

static void a_name_is_used_once(void **state)
{
    int port = port_create("clock");

    (void)state;
    assert_true(port > 0);
    assert_int_equal(port_create("clock"), ERR_EXISTS);
    assert_int_equal(port_create(""), ERR_INVALID);
    assert_true(port_create("clock ") > 0);
    assert_true(port_create("cloc") > 0);
    assert_int_equal(port_find("clock", 0), port);
    assert_int_equal(port_find("clo", 0), ERR_TIMED_OUT);
    assert_int_equal(port_close(port), 0);
    assert_int_equal(port_find("clock", 0), ERR_TIMED_OUT);
}

static void long_names_that_differ_at_the_end_are_told_apart(void **state)
{
    int first = port_create("a name of thirty-one characters"),
        second = port_create("a name of thirty-one characterz");

    (void)state;
    assert_true(first > 0 && second > 0 && first != second);
    assert_int_equal(port_find("a name of thirty-one characters", 0), first);
    assert_int_equal(port_find("a name of thirty-one characterz", 0), second);
}

static void a_stale_number_finds_nothing(void **state)
{
    int port = port_create("stale");

    (void)state;
    assert_int_equal(port_close(port), 0);
    assert_int_equal(port_close(port), ERR_NOT_FOUND);
    assert_null(port_at(port));
    assert_null(port_at(0));
    assert_null(port_at(-1));
    current = &other;
    port = port_create("another's");
    current = &process;
    assert_int_equal(port_close(port), ERR_NOT_ALLOWED);
    ipc_process_ended(&other);
}

static void there_are_so_many_and_no_more(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < PORTS_MAX; i++)
        assert_true(create(i) > 0);
    assert_int_equal(create(PORTS_MAX), ERR_LIMIT);
}

/* Somebody holds all ports but one, and makes that one over and over. */
static void a_place_comes_back_late_and_with_another_number(void **state)
{
    static uint32_t last_use[PORT_PLACES];
    static int last_number[PORT_PLACES];

    (void)state;
    for (uint32_t i = 1; i < PORTS_MAX; i++)
        assert_true(create(i) > 0);
    for (uint32_t i = 1; i < CREATIONS; i++) {
        int number = create(0);
        uint32_t place = (uint32_t)number % PORT_PLACES;

        assert_true(number > 0);
        if (last_use[place]) {
            assert_true(i - last_use[place] >= PORTS_MAX);
            assert_int_equal(number, last_number[place] + PORT_PLACES);
        }
        last_use[place] = i;
        last_number[place] = number;
        assert_int_equal(port_close(number), 0);
    }
}

static void who_waits_at_a_closed_port_is_told(void **state)
{
    struct thread sender = {.priority = 9, .base_priority = 9}, server = {.priority = 3};
    int number = port_create("told");

    (void)state;
    server.base_priority = 3;
    link_init(&server.member);
    link_init(&server.message.callers);
    link_init(&server.message.unsettled);
    link_append(&process.threads, &server.member);
    link_init(&sender.run);
    message_set_server(port_at(number), &server);
    link_append(&port_at(number)->senders.waiters, &sender.run);
    message_enter_queue(port_at(number), &sender);
    assert_int_equal(server.priority, 9);
    assert_int_equal(port_close(number), 0);
    assert_int_equal(woken, 1);
    assert_int_equal(sender.wait_result, ERR_PORT_GONE);
    assert_null(sender.message.waits_at);
    assert_null(server.message.served);
    assert_int_equal(server.priority, 3);
    link_remove(&server.member);
}

static void callers_of_a_thread_that_ends_are_told_piece_by_piece(void **state)
{
    static struct thread callers[100];
    struct thread server = {.process = &process};

    (void)state;
    link_init(&server.message.callers);
    link_init(&server.message.unsettled);
    for (uint32_t i = 0; i < 100; i++) {
        callers[i] = (struct thread){.priority = i % 16, .base_priority = i % 16};
        link_init(&callers[i].run);
        message_owe(&server, &callers[i]);
    }
    assert_int_equal(server.priority, 15);
    ipc_thread_ended(&server);
    assert_int_equal(woken, 100);
    assert_in_range(points, 4, 100);
    assert_int_equal(server.message.waiting.levels, 0);
    for (uint32_t i = 0; i < 100; i++)
        assert_int_equal(callers[i].wait_result, ERR_PORT_GONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_name_is_used_once, start, close_all),
        cmocka_unit_test_setup_teardown(long_names_that_differ_at_the_end_are_told_apart, start,
                                        close_all),
        cmocka_unit_test_setup_teardown(a_stale_number_finds_nothing, start, close_all),
        cmocka_unit_test_setup_teardown(there_are_so_many_and_no_more, start, close_all),
        cmocka_unit_test_setup_teardown(a_place_comes_back_late_and_with_another_number, start,
                                        close_all),
        cmocka_unit_test_setup_teardown(who_waits_at_a_closed_port_is_told, start, close_all),
        cmocka_unit_test_setup_teardown(callers_of_a_thread_that_ends_are_told_piece_by_piece,
                                        start, close_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
