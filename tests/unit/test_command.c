/* sources: apps/shell/command.c lib/string.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../apps/shell/command.h"

static void expect(const char *line, const char *name, const char *arguments)
{
    char text[128];
    struct command command;
    strcpy(text, line);
    assert_true(command_parse(text, &command));
    assert_string_equal(command.name, name);
    assert_string_equal(command.arguments, arguments);
}

static void the_first_word_is_the_name(void **state)
{
    (void)state;
    expect("hello", "hello", "");
    expect("crash null", "crash", "null");
    expect("ring0 crash  null", "ring0", "crash  null");
}

static void blanks_around_are_dropped(void **state)
{
    (void)state;
    expect("  hello  ", "hello", "");
    expect("\thello \t 'a  b'  c \t", "hello", "'a  b'  c");
}

static void a_name_with_blanks_stands_between_quotes(void **state)
{
    (void)state;
    expect("'a long name' x 'y z'", "a long name", "x 'y z'");
    expect(" \"it's\"  ", "it's", "");
    expect("'open", "open", "");
    expect("''", "", "");
    expect("a'b c'", "a'b", "c'");
}

static void a_line_of_blanks_is_no_command(void **state)
{
    (void)state;
    char blanks[][8] = {"", " ", "\t  \t"};
    for (size_t i = 0; i < sizeof(blanks) / sizeof(blanks[0]); i++) {
        struct command command;
        assert_false(command_parse(blanks[i], &command));
    }
}

static void a_name_lies_in_apps(void **state)
{
    char path[16];
    (void)state;
    assert_true(command_path("hello", path, sizeof(path)));
    assert_string_equal(path, "/apps/hello");
    assert_true(command_path("/tests/one", path, sizeof(path)));
    assert_string_equal(path, "/tests/one");
}

static void a_name_that_is_too_long_is_refused(void **state)
{
    char path[16];
    (void)state;
    assert_true(command_path("123456789", path, sizeof(path)));
    assert_false(command_path("1234567890", path, sizeof(path)));
    assert_false(command_path("/23456789012345x", path, sizeof(path)));
    assert_false(command_path("a", path, 7));
    assert_false(command_path("a", path, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_word_is_the_name),
        cmocka_unit_test(blanks_around_are_dropped),
        cmocka_unit_test(a_name_with_blanks_stands_between_quotes),
        cmocka_unit_test(a_line_of_blanks_is_no_command),
        cmocka_unit_test(a_name_lies_in_apps),
        cmocka_unit_test(a_name_that_is_too_long_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
