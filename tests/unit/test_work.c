/* sources: kernel/core/sched/work.c tests/unit/fakes/link.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../kernel/core/sched/sched_private.h"

#include <abi/errors.h>

static void (*thread_body)(void);
static bool is_ready, no_memory;
static jmp_buf away; /* the thread waits, or the kernel panics */
static unsigned points, waits, wakes;
static char done[64];

void wait_queue_init(struct wait_queue *queue)
{
    link_init(&queue->waiters);
}

int sched_prepare(struct thread *thread, uint32_t mode, void (*start)(void))
{
    (void)thread;
    assert_int_equal(mode, MODE_USER);
    thread_body = start;
    return no_memory ? ERR_NO_MEMORY : 0;
}

void sched_ready(struct thread *thread)
{
    assert_int_equal(thread->priority, PRIORITY_HIGHEST);
    assert_int_equal(thread->base_priority, PRIORITY_HIGHEST);
    is_ready = true;
}

uint32_t sched_wake_one(struct wait_queue *queue, int result)
{
    (void)queue;
    assert_int_equal(result, 0);
    wakes++;
    return 1;
}

void sched_preemption_point(void)
{
    points++;
}

int sched_block(struct wait_queue *queue, uint32_t timeout_ms)
{
    assert_non_null(queue);
    assert_int_equal(timeout_ms, WAIT_FOREVER);
    waits++;
    longjmp(away, 1);
}

void panic(const char *format, ...)
{
    assert_non_null(format);
    longjmp(away, 2);
}

/* Lets the kernel's thread run until it waits. */
static void run_thread(void)
{
    if (setjmp(away) == 0)
        thread_body();
}

struct job {
    struct work work;
    char letter;
    unsigned left;
    struct job *starts; /* begun by this one's first piece, or NULL */
};

static void do_letter(struct work *work)
{
    struct job *job = LINK_OWNER(work, struct job, work);
    size_t size = strlen(done);

    done[size] = job->letter;
    if (job->starts)
        work_start(&job->starts->work);
    job->starts = NULL;
    if (--job->left == 0)
        work_stop(work);
}

static void free_itself(struct work *work)
{
    struct job *job = LINK_OWNER(work, struct job, work);

    do_letter(work);
    free(job);
}

static int prepare(void **state)
{
    (void)state;
    memset(done, 0, sizeof(done));
    points = waits = wakes = 0;
    is_ready = no_memory = false;
    works_start();
    return 0;
}

static struct job job_of(char letter, unsigned pieces)
{
    return (struct job){.letter = letter, .left = pieces};
}

static void without_work_the_thread_waits(void **state)
{
    (void)state;
    assert_true(is_ready);
    run_thread();
    assert_int_equal(waits, 1);
    assert_int_equal(points, 0);
}

static void work_is_done_in_turns_with_a_point_behind_each_piece(void **state)
{
    struct job a = job_of('a', 3), b = job_of('b', 1), c = job_of('c', 2);

    (void)state;
    work_init(&a.work, do_letter);
    work_init(&b.work, do_letter);
    work_init(&c.work, do_letter);
    work_start(&a.work);
    work_start(&b.work);
    work_start(&c.work);
    assert_int_equal(wakes, 3);
    assert_string_equal(done, "");
    run_thread();
    assert_string_equal(done, "abcaca");
    assert_int_equal(points, 6);
    assert_int_equal(waits, 1);
}

static void work_that_is_under_way_is_not_started_twice(void **state)
{
    struct job a = job_of('a', 2);

    (void)state;
    work_init(&a.work, do_letter);
    a.starts = &a;
    work_start(&a.work);
    work_start(&a.work);
    run_thread();
    assert_string_equal(done, "aa");
    a.left = 1;
    work_start(&a.work);
    run_thread();
    assert_string_equal(done, "aaa");
}

static void stopped_work_is_not_done(void **state)
{
    struct job a = job_of('a', 2), b = job_of('b', 1);

    (void)state;
    work_init(&a.work, do_letter);
    work_init(&b.work, do_letter);
    work_stop(&a.work);
    work_start(&a.work);
    work_start(&b.work);
    work_stop(&a.work);
    run_thread();
    assert_string_equal(done, "b");
}

static void a_piece_may_start_other_work(void **state)
{
    struct job a = job_of('a', 1), b = job_of('b', 1);

    (void)state;
    work_init(&a.work, do_letter);
    work_init(&b.work, do_letter);
    a.starts = &b;
    work_start(&a.work);
    run_thread();
    assert_string_equal(done, "ab");
}

static void the_last_piece_may_give_its_work_back(void **state)
{
    struct job *a = malloc(sizeof(*a));

    (void)state;
    *a = job_of('a', 1);
    work_init(&a->work, free_itself);
    work_start(&a->work);
    run_thread();
    assert_string_equal(done, "a");
}

static void without_memory_for_the_thread_the_kernel_stops(void **state)
{
    int reason;

    (void)state;
    no_memory = true;
    reason = setjmp(away);
    if (reason == 0)
        works_start();
    assert_int_equal(reason, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(without_work_the_thread_waits, prepare),
        cmocka_unit_test_setup(work_is_done_in_turns_with_a_point_behind_each_piece, prepare),
        cmocka_unit_test_setup(work_that_is_under_way_is_not_started_twice, prepare),
        cmocka_unit_test_setup(stopped_work_is_not_done, prepare),
        cmocka_unit_test_setup(a_piece_may_start_other_work, prepare),
        cmocka_unit_test_setup(the_last_piece_may_give_its_work_back, prepare),
        cmocka_unit_test_setup(without_memory_for_the_thread_the_kernel_stops, prepare),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
