/* sources: apps/shell/history.c lib/string.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <stdio.h>

#include "../../apps/shell/history.h"

static struct history history;

static int prepare(void **state)
{
    (void)state;
    memset(&history, 0, sizeof(history));
    return 0;
}

static void an_empty_history_has_no_line(void **state)
{
    (void)state;
    assert_null(history_older(&history, "typed"));
    assert_null(history_newer(&history));
}

static void lines_come_back_from_the_newest(void **state)
{
    (void)state;
    history_add(&history, "one");
    history_add(&history, "two");
    assert_string_equal(history_older(&history, "typed"), "two");
    assert_string_equal(history_older(&history, "two"), "one");
    assert_null(history_older(&history, "one"));
    assert_string_equal(history_newer(&history), "two");
    assert_string_equal(history_newer(&history), "typed");
    assert_null(history_newer(&history));
}

static void a_new_line_leads_back_to_the_present(void **state)
{
    (void)state;
    history_add(&history, "one");
    history_older(&history, "");
    history_add(&history, "two");
    assert_null(history_newer(&history));
    assert_string_equal(history_older(&history, ""), "two");
}

static void empty_and_repeated_lines_are_not_kept(void **state)
{
    (void)state;
    history_add(&history, "one");
    history_add(&history, "");
    history_add(&history, "one");
    assert_string_equal(history_older(&history, ""), "one");
    assert_null(history_older(&history, "one"));
}

static void the_oldest_makes_room(void **state)
{
    char text[16];
    (void)state;
    for (int i = 0; i < 3 * HISTORY_LINES; i++) {
        snprintf(text, sizeof(text), "line %d", i);
        history_add(&history, text);
    }
    for (int i = 0; i < HISTORY_LINES; i++) {
        snprintf(text, sizeof(text), "line %d", 3 * HISTORY_LINES - 1 - i);
        assert_string_equal(history_older(&history, ""), text);
    }
    assert_null(history_older(&history, ""));
}

static void the_longest_line_is_kept_whole(void **state)
{
    char text[LINE_LENGTH_MAX + 1];
    (void)state;
    memset(text, 'x', LINE_LENGTH_MAX);
    text[LINE_LENGTH_MAX] = '\0';
    history_add(&history, text);
    assert_string_equal(history_older(&history, text), text);
    assert_string_equal(history_newer(&history), text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(an_empty_history_has_no_line, prepare),
        cmocka_unit_test_setup(lines_come_back_from_the_newest, prepare),
        cmocka_unit_test_setup(a_new_line_leads_back_to_the_present, prepare),
        cmocka_unit_test_setup(empty_and_repeated_lines_are_not_kept, prepare),
        cmocka_unit_test_setup(the_oldest_makes_room, prepare),
        cmocka_unit_test_setup(the_longest_line_is_kept_whole, prepare),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
