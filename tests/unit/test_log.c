/* sources: kernel/debug/log.c lib/format.c lib/divide.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <kernel/debug.h>

static char written[16384];
static size_t written_size;
static uint64_t now_us;

static void write(const char *text, size_t size)
{
    assert_true(written_size + size < sizeof written);
    memcpy(&written[written_size], text, size);
    written_size += size;
    written[written_size] = '\0';
}

static uint64_t microseconds(void)
{
    return now_us;
}

static int prepare(void **state)
{
    static const struct debug_handlers handlers = {.write = write, .microseconds = microseconds};

    (void)state;
    debug_set_handlers(&handlers);
    written_size = 0;
    written[0] = '\0';
    now_us = 0;
    return 0;
}

/* Runs first: afterwards there is a writer for good. */
static void lines_before_the_writer_are_given_to_it(void **state)
{
    static const struct debug_handlers with_writer = {.write = write};
    char line[64];

    (void)state;
    written_size = 0;
    for (int i = 0; i < 200; i++)
        log_line("early", "line number %d, long enough to fill the ring", i);
    assert_int_equal(written_size, 0);
    debug_set_handlers(&with_writer);
    assert_int_equal(written_size, 4096);
    snprintf(line, sizeof line, "line number 199, long enough to fill the ring\n");
    assert_string_equal(&written[written_size - strlen(line)], line);
    debug_set_handlers(&with_writer);
    assert_int_equal(written_size, 4096);
}

static void a_line_has_time_and_part(void **state)
{
    (void)state;
    now_us = 12000034;
    log_line("memory", "%u KiB in %s", 640u, "all");
    assert_string_equal(written, "[12.000034] memory: 640 KiB in all\n");
}

static void seconds_go_on_after_an_hour(void **state)
{
    (void)state;
    now_us = 5000ull * 1000000 + 999999;
    log_line("x", "y");
    assert_string_equal(written, "[5000.999999] x: y\n");
}

static void a_plain_line_is_the_sentence(void **state)
{
    (void)state;
    log_plain("%s (pid %d) killed", "hello", 4);
    assert_string_equal(written, "hello (pid 4) killed\n");
}

static void a_long_line_is_cut(void **state)
{
    char text[LOG_LINE_MAX + 100];

    (void)state;
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    log_plain("%s", text);
    assert_int_equal(written_size, LOG_LINE_MAX + 1);
    assert_string_equal(&written[LOG_LINE_MAX - 4], "x...\n");
    written_size = 0;
    log_line("part", "%s%s", text, text);
    assert_int_equal(written_size, LOG_LINE_MAX + 1);
    assert_string_equal(&written[LOG_LINE_MAX - 4], "x...\n");
    written_size = 0;
    text[LOG_LINE_MAX + 1] = '\0'; /* a byte too long */
    log_plain("%s", text);
    assert_string_equal(&written[LOG_LINE_MAX - 4], "x...\n");
    /* The longest that fits. */
    written_size = 0;
    text[LOG_LINE_MAX] = '\0';
    log_plain("%s", text);
    assert_int_equal(written_size, LOG_LINE_MAX + 1);
    assert_string_equal(&written[LOG_LINE_MAX - 4], "xxxx\n");
    /* A part that fills the line alone. */
    written_size = 0;
    log_line(text, "%s", text);
    assert_int_equal(written_size, LOG_LINE_MAX + 1);
}

static void a_name_cannot_forge_a_line(void **state)
{
    (void)state;
    log_plain("%s", "a\n[0.000000] kernel: \033[2J\x7F\xFF");
    assert_string_equal(written, "a?[0.000000] kernel: ?[2J?\xFF\n");
}

static void the_ring_keeps_the_end(void **state)
{
    char end[32];

    (void)state;
    log_plain("the very last line");
    assert_int_equal(log_copy(end, 10), 10);
    assert_memory_equal(end, "last line\n", 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_before_the_writer_are_given_to_it),
        cmocka_unit_test_setup(a_line_has_time_and_part, prepare),
        cmocka_unit_test_setup(seconds_go_on_after_an_hour, prepare),
        cmocka_unit_test_setup(a_plain_line_is_the_sentence, prepare),
        cmocka_unit_test_setup(a_long_line_is_cut, prepare),
        cmocka_unit_test_setup(a_name_cannot_forge_a_line, prepare),
        cmocka_unit_test_setup(the_ring_keeps_the_end, prepare),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
