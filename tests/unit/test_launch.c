/* sources: apps/shell/launch.c apps/shell/command.c lib/string.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <abi/types.h>

#include "../../apps/shell/launch.h"

static void expect(const char *line, const char *name, const char *arguments, uint32_t mode,
                   bool background)
{
    char text[128];
    struct launch launch;
    strcpy(text, line);
    assert_null(launch_parse(text, &launch));
    assert_string_equal(launch.name, name);
    assert_string_equal(launch.arguments, arguments);
    assert_int_equal(launch.mode, mode);
    assert_int_equal(launch.background, background);
}

static void a_program_runs_in_ring_3_in_the_foreground(void **state)
{
    (void)state;
    expect("primes 100", "primes", "100", MODE_USER, false);
}

static void an_ampersand_at_the_end_means_background(void **state)
{
    (void)state;
    expect("primes 100 &", "primes", "100", MODE_USER, true);
    expect("primes 100&", "primes", "100", MODE_USER, true);
    expect("primes &", "primes", "", MODE_USER, true);
}

static void words_in_front_choose_ring_and_rights(void **state)
{
    (void)state;
    expect("ring0 hello", "hello", "", MODE_KERNEL, false);
    expect("without ring0 rings", "rings", "", MODE_WITHHOLD(RIGHT_RING0), false);
    expect("without kill_any without POWER ring0 hello x &", "hello", "x",
           MODE_KERNEL | MODE_WITHHOLD(RIGHT_POWER | RIGHT_KILL_ANY), true);
}

static void expect_wrong(const char *line)
{
    char text[128];
    struct launch launch;
    strcpy(text, line);
    assert_non_null(launch_parse(text, &launch));
}

static void an_ampersand_between_words_is_told(void **state)
{
    (void)state;
    expect_wrong("primes & 100");
    expect_wrong("hello &  & ");
    expect_wrong("hello & foo &");
    expect("hello a&b", "hello", "a&b", MODE_USER, false);
    expect("hello a &", "hello", "a", MODE_USER, true);
    expect("hello &", "hello", "", MODE_USER, true);
}

static void what_is_missing_is_told(void **state)
{
    (void)state;
    expect_wrong("");
    expect_wrong("ring0");
    expect_wrong("without");
    expect_wrong("without ring0");
    expect_wrong("without air hello");
}

static void rights_have_names(void **state)
{
    (void)state;
    assert_string_equal(launch_right_name(0), "ring0");
    assert_string_equal(launch_right_name(3), "kill_any");
    assert_null(launch_right_name(4));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_program_runs_in_ring_3_in_the_foreground),
        cmocka_unit_test(an_ampersand_at_the_end_means_background),
        cmocka_unit_test(words_in_front_choose_ring_and_rights),
        cmocka_unit_test(an_ampersand_between_words_is_told),
        cmocka_unit_test(what_is_missing_is_told),
        cmocka_unit_test(rights_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
