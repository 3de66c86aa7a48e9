/* sources: apps/shell/line_editor.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../apps/shell/line_editor.h"

#define LEFT   "\x1B[D"
#define RIGHT  "\x1B[C"
#define DELETE "\x1B[3~"
#define HOME   "\x1B[H"
#define END    "\x1B[F"

/* A console of one line: text overwrites, Backspace moves left. */
static char screen[1024];
static size_t column;
static size_t bells;

static void console(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (text[i] == '\b') {
            assert_true(column > 0);
            column--;
        } else if (text[i] == '\a') {
            bells++;
        } else {
            assert_true(column < sizeof(screen) - 1);
            screen[column++] = text[i];
        }
    }
}

static struct line_editor line;

static int prepare(void **state)
{
    (void)state;
    memset(screen, 0, sizeof(screen));
    column = 0;
    bells = 0;
    line_start(&line, console);
    return 0;
}

/* Types all keys but Enter; the screen has to show what the line holds, with the cursor in place.
 */
static void type(const char *keys)
{
    for (size_t i = 0; keys[i] != '\0'; i++)
        assert_int_equal(line_feed(&line, keys[i]), LINE_MORE);
    assert_int_equal(strlen(line.text), line.length);
    assert_int_equal(line.cursor, column);
    assert_memory_equal(screen, line.text, line.length);
    for (size_t i = line.length; screen[i] != '\0'; i++)
        assert_int_equal(screen[i], ' ');
}

static void expect_line(const char *keys, const char *text)
{
    type(keys);
    assert_int_equal(line_feed(&line, '\n'), LINE_DONE);
    assert_string_equal(line.text, text);
}

static void typed_text_is_the_line(void **state)
{
    (void)state;
    expect_line("hello world", "hello world");
}

static void an_empty_line_is_a_line(void **state)
{
    (void)state;
    expect_line("", "");
}

static void text_goes_in_at_the_cursor(void **state)
{
    (void)state;
    expect_line("hllo" LEFT LEFT LEFT "e" RIGHT RIGHT RIGHT "!", "hello!");
}

static void backspace_removes_before_the_cursor(void **state)
{
    (void)state;
    expect_line("helxlo" LEFT LEFT "\b", "hello");
}

static void both_backspace_bytes_work(void **state)
{
    (void)state;
    expect_line("abc\b\x7F", "a");
}

static void delete_removes_at_the_cursor(void **state)
{
    (void)state;
    expect_line("hexllo" LEFT LEFT LEFT LEFT DELETE, "hello");
}

static void nothing_happens_at_the_ends(void **state)
{
    (void)state;
    expect_line("\b" DELETE LEFT RIGHT "a" DELETE RIGHT LEFT LEFT "\b", "a");
}

static void home_and_end_move(void **state)
{
    (void)state;
    expect_line("b" HOME "a" END "c\x1B[1~0\x1B[4~d\x1B[7~-\x1B[8~e\x1BOHx\x1BOFy", "x-0abcdey");
}

static void enter_in_the_middle_takes_the_whole_line(void **state)
{
    (void)state;
    expect_line("hello" LEFT LEFT, "hello");
    assert_int_equal(column, 6); /* the new line was written at the end */
}

static void control_bytes_and_high_bytes_are_ignored(void **state)
{
    (void)state;
    for (int byte = 1; byte < 256; byte++) {
        prepare(NULL);
        if (byte == '\n' || (byte >= ' ' && byte <= '~'))
            continue;
        char key[2] = {(char)byte, '\0'};
        type(key);
        if (byte != 0x1B)
            expect_line("a", "a");
    }
    prepare(NULL);
    assert_int_equal(line_feed(&line, '\0'), LINE_MORE);
    expect_line("a", "a");
}

static void unknown_sequences_are_ignored(void **state)
{
    (void)state;
    expect_line("a\x1B[A\x1B[B\x1B[2~\x1B[1;5C\x1B[99999999999~\x1BOP\x1Bxb", "ab");
}

static void a_control_byte_ends_a_sequence(void **state)
{
    (void)state;
    expect_line("ab\x1B[\bc", "ac");
    prepare(NULL);
    expect_line("ab\x1B\x1B[Dc", "acb");
    prepare(NULL);
    expect_line("ab\x1B", "ab");
}

static void the_longest_line_is_taken(void **state)
{
    char text[LINE_LENGTH_MAX + 1];
    (void)state;
    memset(text, 'x', LINE_LENGTH_MAX);
    text[LINE_LENGTH_MAX] = '\0';
    expect_line(text, text);
    assert_int_equal(bells, 0);
}

static void a_longer_line_is_told_and_lost(void **state)
{
    (void)state;
    for (int i = 0; i < LINE_LENGTH_MAX; i++)
        type("x");
    type("y");
    assert_int_equal(bells, 1);
    for (int i = 0; i < 3 * LINE_LENGTH_MAX; i++)
        type("z");
    type("\b\b" HOME "a" DELETE);
    assert_int_equal(bells, 1);
    assert_int_equal(line_feed(&line, '\n'), LINE_TOO_LONG);
    prepare(NULL);
    expect_line("ls", "ls");
}

static void a_full_line_can_be_edited(void **state)
{
    (void)state;
    for (int i = 0; i < LINE_LENGTH_MAX; i++)
        type("x");
    type(HOME DELETE "y" END "\b");
    assert_int_equal(line_feed(&line, '\n'), LINE_DONE);
    assert_int_equal(strlen(line.text), LINE_LENGTH_MAX - 1);
    assert_int_equal(line.text[0], 'y');
}

/* Any bytes at all: the editor's own rules hold after each one. */
static void random_bytes_do_no_harm(void **state)
{
    uint32_t seed = 12345;
    (void)state;
    for (int i = 0; i < 200000; i++) {
        seed = seed * 1664525u + 1013904223u;
        char byte = (char)(seed >> 24);
        if (seed >> 16 & 1)
            byte = "\x1B[DC3~HF\b"[(seed >> 20) % 9];
        if (line_feed(&line, byte) != LINE_MORE)
            prepare(NULL);
        assert_true(line.cursor <= line.length && line.length <= LINE_LENGTH_MAX);
        assert_int_equal(strlen(line.text), line.length);
        assert_int_equal(line.cursor, column);
        assert_memory_equal(screen, line.text, line.length);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(typed_text_is_the_line, prepare),
        cmocka_unit_test_setup(an_empty_line_is_a_line, prepare),
        cmocka_unit_test_setup(text_goes_in_at_the_cursor, prepare),
        cmocka_unit_test_setup(backspace_removes_before_the_cursor, prepare),
        cmocka_unit_test_setup(both_backspace_bytes_work, prepare),
        cmocka_unit_test_setup(delete_removes_at_the_cursor, prepare),
        cmocka_unit_test_setup(nothing_happens_at_the_ends, prepare),
        cmocka_unit_test_setup(home_and_end_move, prepare),
        cmocka_unit_test_setup(enter_in_the_middle_takes_the_whole_line, prepare),
        cmocka_unit_test_setup(control_bytes_and_high_bytes_are_ignored, prepare),
        cmocka_unit_test_setup(unknown_sequences_are_ignored, prepare),
        cmocka_unit_test_setup(a_control_byte_ends_a_sequence, prepare),
        cmocka_unit_test_setup(the_longest_line_is_taken, prepare),
        cmocka_unit_test_setup(a_longer_line_is_told_and_lost, prepare),
        cmocka_unit_test_setup(a_full_line_can_be_edited, prepare),
        cmocka_unit_test_setup(random_bytes_do_no_harm, prepare),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
