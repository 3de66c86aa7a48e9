/* sources: apps/runtime/arguments.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../apps/runtime/arguments.h"

static char text[ARGUMENTS_MAX];
static char *words[ARGUMENTS_COUNT_MAX + 1];

static int split(const char *line)
{
    strcpy(text, line);
    int count = arguments_split(text, words, ARGUMENTS_COUNT_MAX);
    assert_null(words[count]);
    return count;
}

static void blanks_separate_words(void **state)
{
    (void)state;
    assert_int_equal(split("one  two\tthree "), 3);
    assert_string_equal(words[0], "one");
    assert_string_equal(words[1], "two");
    assert_string_equal(words[2], "three");
}

static void no_text_has_no_words(void **state)
{
    (void)state;
    assert_int_equal(split(""), 0);
    assert_int_equal(split(" \t "), 0);
}

static void quotes_keep_blanks(void **state)
{
    (void)state;
    assert_int_equal(split("'a b' \"c  d\""), 2);
    assert_string_equal(words[0], "a b");
    assert_string_equal(words[1], "c  d");
}

static void quotes_join_with_their_neighbours(void **state)
{
    (void)state;
    assert_int_equal(split("a'b c'd\"'\"e"), 1);
    assert_string_equal(words[0], "ab cd'e");
}

static void an_empty_pair_of_quotes_is_a_word(void **state)
{
    (void)state;
    assert_int_equal(split("a '' \"\""), 3);
    assert_string_equal(words[1], "");
    assert_string_equal(words[2], "");
}

static void an_open_quote_reaches_to_the_end(void **state)
{
    (void)state;
    assert_int_equal(split("a 'b c"), 2);
    assert_string_equal(words[1], "b c");
    assert_int_equal(split("a '"), 2);
    assert_string_equal(words[1], "");
}

static void as_many_words_fit_as_text_can_hold(void **state)
{
    char line[ARGUMENTS_MAX];
    (void)state;
    for (size_t i = 0; i < ARGUMENTS_MAX; i++)
        line[i] = i % 2 == 0 ? 'x' : ' ';
    line[ARGUMENTS_MAX - 1] = '\0';
    assert_int_equal(split(line), ARGUMENTS_COUNT_MAX);
}

static void words_beyond_the_limit_are_left_out(void **state)
{
    char line[] = "a b c";
    char *two[3] = {line, line, line};
    (void)state;
    assert_int_equal(arguments_split(line, two, 2), 2);
    assert_string_equal(two[1], "b");
    assert_null(two[2]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blanks_separate_words),
        cmocka_unit_test(no_text_has_no_words),
        cmocka_unit_test(quotes_keep_blanks),
        cmocka_unit_test(quotes_join_with_their_neighbours),
        cmocka_unit_test(an_empty_pair_of_quotes_is_a_word),
        cmocka_unit_test(an_open_quote_reaches_to_the_end),
        cmocka_unit_test(as_many_words_fit_as_text_can_hold),
        cmocka_unit_test(words_beyond_the_limit_are_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
