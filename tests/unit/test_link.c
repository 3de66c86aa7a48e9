/* sources: */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <lib/link.h>

static jmp_buf found;
static const struct link *damaged;

void link_broken(const struct link *link)
{
    damaged = link;
    longjmp(found, 1);
}

/* What link_broken was told by a statement; NULL where it was not called. */
#define BREAKS(statement) (damaged = NULL, setjmp(found) ? damaged : (statement, damaged))

static struct link head, first, second;

static int prepare(void **state)
{
    (void)state;
    link_init(&head);
    link_append(&head, &first);
    link_append(&head, &second);
    return 0;
}

static void a_ring_is_walked_in_the_order_of_joining(void **state)
{
    const struct link *seen[4];
    unsigned count = 0;

    (void)state;
    LINK_EACH(&head, item, following)
    {
        seen[count++] = item;
        link_remove(item);
    }
    assert_int_equal(count, 2);
    assert_ptr_equal(seen[0], &first);
    assert_ptr_equal(seen[1], &second);
    assert_true(link_alone(&head));
    assert_true(link_alone(&first));
}

static void an_item_in_no_ring_may_leave(void **state)
{
    struct link item;

    (void)state;
    link_init(&item);
    assert_null(BREAKS(link_remove(&item)));
    assert_true(link_alone(&item));
}

static void a_neighbour_that_does_not_point_back_is_found(void **state)
{
    struct link elsewhere;

    (void)state;
    link_init(&elsewhere);
    head.next = &elsewhere;
    assert_ptr_equal(BREAKS(link_remove(&first)), &first);
    assert_ptr_equal(first.previous, &head);
    assert_null(BREAKS(link_remove(&second)));
}

static void a_last_item_that_was_used_anew_is_found(void **state)
{
    struct link item;

    (void)state;
    link_init(&second);
    assert_ptr_equal(BREAKS(link_append(&head, &item)), &head);
}

static void an_item_that_leaves_twice_unlinks_nobody(void **state)
{
    (void)state;
    link_remove(&first);
    assert_null(BREAKS(link_remove(&first)));
    assert_ptr_equal(head.next, &second);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_ring_is_walked_in_the_order_of_joining, prepare),
        cmocka_unit_test_setup(an_item_in_no_ring_may_leave, prepare),
        cmocka_unit_test_setup(a_neighbour_that_does_not_point_back_is_found, prepare),
        cmocka_unit_test_setup(a_last_item_that_was_used_anew_is_found, prepare),
        cmocka_unit_test_setup(an_item_that_leaves_twice_unlinks_nobody, prepare),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
