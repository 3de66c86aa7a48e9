/* sources: apps/shell/complete.c lib/string.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../apps/shell/complete.h"

static const char *some_name(unsigned int number)
{
    static const char *const names[] = {"help", "hello", "Halt", "heap", "a name", "primes", NULL};
    return names[number];
}

static void expect(const char *typed, size_t matches, const char *common)
{
    struct completion found;
    complete_find(typed, strlen(typed), some_name, &found);
    assert_int_equal(found.matches, matches);
    assert_string_equal(found.common, common);
}

static void a_name_is_completed(void **state)
{
    (void)state;
    expect("p", 1, "primes");
    expect("primes", 1, "primes");
}

static void of_several_names_the_common_part_is_found(void **state)
{
    (void)state;
    expect("hel", 2, "hel");
    expect("he", 3, "he");
    expect("h", 4, "h");
}

static void capital_and_small_letters_are_the_same(void **state)
{
    (void)state;
    expect("HA", 1, "Halt");
    expect("PRI", 1, "primes");
}

static void what_nothing_begins_with_is_not_completed(void **state)
{
    (void)state;
    expect("x", 0, "");
    expect("primesx", 0, "");
}

static void names_with_blanks_do_not_count(void **state)
{
    (void)state;
    expect("a", 0, "");
}

static void the_word_is_the_one_at_the_cursor(void **state)
{
    (void)state;
    assert_int_equal(complete_start("", 0), 0);
    assert_int_equal(complete_start("hel", 3), 0);
    assert_int_equal(complete_start("ring0 hel", 9), 6);
    assert_int_equal(complete_start("ring0 hel", 6), 6);
    assert_int_equal(complete_start("ring0 hel", 2), 0);
}

static void expect_kind(const char *line, enum word_kind kind)
{
    assert_int_equal(complete_kind(line, strlen(line)), kind);
}

static void what_may_stand_there_follows_from_what_stands_before(void **state)
{
    (void)state;
    expect_kind("", WORD_COMMAND);
    expect_kind("  ", WORD_COMMAND);
    expect_kind("ring0 ", WORD_PROGRAM);
    expect_kind("RING0 ", WORD_PROGRAM);
    expect_kind("without ", WORD_RIGHT);
    expect_kind("without ring0 ", WORD_PROGRAM);
    expect_kind("without ring0  without ", WORD_RIGHT);
    expect_kind("cat ", WORD_FILE);
    expect_kind("hello ", WORD_OTHER);
    expect_kind("cat x ", WORD_OTHER);
    expect_kind("hello ring0 ", WORD_OTHER);
    expect_kind("ring0 cat ", WORD_OTHER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_is_completed),
        cmocka_unit_test(of_several_names_the_common_part_is_found),
        cmocka_unit_test(capital_and_small_letters_are_the_same),
        cmocka_unit_test(what_nothing_begins_with_is_not_completed),
        cmocka_unit_test(names_with_blanks_do_not_count),
        cmocka_unit_test(the_word_is_the_one_at_the_cursor),
        cmocka_unit_test(what_may_stand_there_follows_from_what_stands_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
