/* sources: kernel/core/process/group.c tests/unit/fakes/link.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../../kernel/core/process/table.c" /* for last_pid */

#include <abi/errors.h>

#define MANY 300

static struct link started = {&started, &started}; /* what the kernel's thread has to do */
static bool no_memory;
static size_t blocks; /* of the heap, in use */
static unsigned marks;

void *heap_take(size_t size)
{
    if (no_memory)
        return NULL;
    blocks++;
    return calloc(1, size);
}

void heap_give(void *block)
{
    blocks--;
    free(block);
}

int32_t sched_new_id(void)
{
    return 1;
}

void work_init(struct work *work, void (*piece)(struct work *work))
{
    link_init(&work->link);
    work->piece = piece;
}

void work_start(struct work *work)
{
    if (link_alone(&work->link))
        link_append(&started, &work->link);
}

void work_stop(struct work *work)
{
    link_remove(&work->link);
}

void process_mark_ending(struct process *process, uint32_t reason, int32_t status,
                         const struct thread *except)
{
    assert_null(except);
    assert_int_equal(status, ERR_CANCELLED);
    assert_false(process->ending);
    process->ending = true;
    process->result.reason = reason;
    marks++;
}

/* The next piece of all work; false where there is none. */
static bool do_piece(void)
{
    struct work *work;

    if (link_alone(&started))
        return false;
    work = LINK_OWNER(started.next, struct work, link);
    link_remove(&work->link);
    link_append(&started, &work->link);
    work->piece(work);
    return true;
}

static void do_all(void)
{
    while (do_piece())
        ;
}

/* As kernel/core/process/create.c. Returns NULL where no group is to be had. */
static struct process *make(struct process *creator, bool first)
{
    static uint64_t births;
    struct process *process = calloc(1, sizeof(*process));

    assert_non_null(process);
    if (group_enter(process, creator, first) < 0) {
        free(process);
        return NULL;
    }
    process->pid = table_new_pid();
    process->birth = ++births;
    link_init(&process->all);
    link_init(&process->named);
    table_add_process(process);
    group_begin(process);
    return process;
}

/* Somebody has waited for it. */
static void forget(struct process *process)
{
    table_remove_process(process);
    group_leave(process);
    free(process);
}

static struct process *shell;

static int prepare(void **state)
{
    (void)state;
    no_memory = false;
    marks = 0;
    shell = make(NULL, false);
    return 0;
}

static int finish(void **state)
{
    (void)state;
    forget(shell);
    assert_int_equal(blocks, 0);
    assert_true(link_alone(&started));
    return 0;
}

static void a_process_is_in_its_creators_group(void **state)
{
    struct process *plain = make(shell, false);
    struct process *first = make(shell, true);
    struct process *child = make(first, false);
    struct process *inner = make(child, true);

    (void)state;
    assert_null(shell->group);
    assert_null(plain->group);
    assert_int_equal(first->group->number, first->pid);
    assert_ptr_equal(child->group, first->group);
    assert_int_equal(inner->group->number, inner->pid);
    assert_ptr_equal(inner->group->outer, first->group);
    assert_true(group_within(inner->group, first->group));
    assert_false(group_within(first->group, inner->group));
    assert_false(group_within(NULL, first->group));
    assert_ptr_equal(group_find(first->pid), first->group);
    forget(plain);
    forget(first);
    forget(child);
    forget(inner);
}

static void a_group_lives_as_long_as_somebody_is_in_it(void **state)
{
    struct process *first = make(shell, true);
    struct process *child = make(first, false);
    struct process *inner = make(child, true);
    int32_t number = first->pid;

    (void)state;
    forget(first);
    assert_non_null(group_find(number));
    forget(child);
    assert_non_null(group_find(number));
    forget(inner);
    assert_null(group_find(number));
}

/* Pids begin again behind the largest number. */
static void a_living_groups_number_is_given_to_nobody(void **state)
{
    struct process *first = make(shell, true);
    struct process *child = make(first, false);
    int32_t number = first->pid;

    (void)state;
    forget(first);
    last_pid = INT32_MAX;
    for (int i = 0; i < MANY; i++) {
        struct process *process = make(shell, false);

        assert_int_not_equal(process->pid, number);
        forget(process);
    }
    forget(child);
}

static void too_many_inside_each_other_are_refused(void **state)
{
    struct process *row[GROUPS_NESTED_MAX + 1];
    struct process refused = {.pid = 0};

    (void)state;
    row[0] = shell;
    for (int i = 1; i <= GROUPS_NESTED_MAX; i++)
        assert_non_null(row[i] = make(row[i - 1], true));
    assert_int_equal(group_enter(&refused, row[GROUPS_NESTED_MAX], true), ERR_LIMIT);
    group_leave(&refused);
    no_memory = true;
    assert_int_equal(group_enter(&refused, row[1], true), ERR_NO_MEMORY);
    group_leave(&refused);
    for (int i = 1; i <= GROUPS_NESTED_MAX; i++)
        forget(row[i]);
}

/* process_create may fail between group_enter and group_begin. */
static void what_does_not_begin_leaves_nothing_behind(void **state)
{
    struct process *first = make(shell, true);
    struct process failed = {.pid = 0};

    (void)state;
    assert_int_equal(group_enter(&failed, first, true), 0);
    assert_int_equal(blocks, 2);
    group_end(first->group, ENDED_KILLED);
    do_all();
    group_leave(&failed);
    assert_int_equal(blocks, 1);
    forget(first);
}

static void an_end_is_set_at_once_and_told_one_by_one(void **state)
{
    struct process *members[MANY];

    (void)state;
    members[0] = make(shell, true);
    for (int i = 1; i < MANY; i++)
        members[i] = make(members[i - 1], i % 100 == 0);
    group_end(members[0]->group, ENDED_INTERRUPTED);
    assert_int_equal(marks, 0);
    for (int i = 0; i < MANY; i++)
        assert_true(process_is_ending(members[i]));
    assert_false(process_is_ending(shell));
    for (unsigned before = marks; do_piece(); before = marks)
        assert_in_range(marks, before, before + 1);
    assert_int_equal(marks, MANY);
    for (int i = 0; i < MANY; i++) {
        assert_int_equal(members[i]->result.reason, ENDED_INTERRUPTED);
        forget(members[i]);
    }
}

static void the_first_end_decides_the_reason(void **state)
{
    struct process *outer = make(shell, true);
    struct process *inner = make(outer, true);

    (void)state;
    group_end(inner->group, ENDED_KILLED);
    assert_false(process_is_ending(outer));
    group_end(inner->group, ENDED_INTERRUPTED);
    group_end(outer->group, ENDED_INTERRUPTED);
    do_all();
    assert_int_equal(inner->result.reason, ENDED_KILLED);
    assert_int_equal(outer->result.reason, ENDED_INTERRUPTED);
    forget(outer);
    forget(inner);
}

static void who_is_forgotten_meanwhile_is_not_told(void **state)
{
    struct process *first = make(shell, true);
    struct process *second = make(first, false);

    (void)state;
    group_end(first->group, ENDED_KILLED);
    forget(second);
    assert_true(do_piece());
    forget(first);
    assert_false(do_piece());
    assert_int_equal(marks, 1);
}

/* ---- At random ---------------------------------------------------------------------------------
 */

static uint32_t random_below(uint32_t below)
{
    static uint32_t number = 1;

    number = number * 1664525 + 1013904223;
    return (number >> 8) % below;
}

static bool should_end(const struct process *process)
{
    for (const struct group *group = process->group; group; group = group->outer)
        if (group->ending)
            return true;
    return false;
}

static void all_and_only_those_of_ended_groups_are_told(void **state)
{
    struct process *alive[MANY] = {shell};
    uint32_t count = 1;

    (void)state;
    for (int step = 0; step < 200000; step++) {
        uint32_t chosen = random_below(count);
        struct process *process = alive[chosen];
        uint32_t act = random_below(100);

        if (act < 50 && count < MANY && !process_is_ending(process)) {
            alive[count] = make(process, act < 10);
            count += alive[count] != NULL;
        } else if (act < 80 && process != shell) {
            alive[chosen] = alive[--count];
            forget(process);
        } else if (act < 82 && process->group) {
            group_end(process->group, ENDED_KILLED);
        } else {
            do_piece();
        }
        if (step % 500 == 0) {
            do_all();
            for (uint32_t i = 0; i < count; i++)
                assert_int_equal(alive[i]->ending, should_end(alive[i]));
        }
    }
    while (count > 1)
        forget(alive[--count]);
    do_all();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_process_is_in_its_creators_group, prepare, finish),
        cmocka_unit_test_setup_teardown(a_group_lives_as_long_as_somebody_is_in_it, prepare,
                                        finish),
        cmocka_unit_test_setup_teardown(a_living_groups_number_is_given_to_nobody, prepare, finish),
        cmocka_unit_test_setup_teardown(too_many_inside_each_other_are_refused, prepare, finish),
        cmocka_unit_test_setup_teardown(what_does_not_begin_leaves_nothing_behind, prepare, finish),
        cmocka_unit_test_setup_teardown(an_end_is_set_at_once_and_told_one_by_one, prepare, finish),
        cmocka_unit_test_setup_teardown(the_first_end_decides_the_reason, prepare, finish),
        cmocka_unit_test_setup_teardown(who_is_forgotten_meanwhile_is_not_told, prepare, finish),
        cmocka_unit_test_setup_teardown(all_and_only_those_of_ended_groups_are_told, prepare,
                                        finish),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
