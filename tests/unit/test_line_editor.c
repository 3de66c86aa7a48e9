/* sources: apps/shell/line_editor.c lib/string.c */
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

/* The screen shows what the line holds around the cursor, and the cursor in its place. */
static void check_screen(void)
{
    size_t wanted = line.length - line.first;
    if (wanted > LINE_WIDTH)
        wanted = LINE_WIDTH;
    assert_int_equal(strlen(line.text), line.length);
    assert_in_range(line.cursor, line.first, line.first + LINE_WIDTH);
    assert_int_equal(line.cursor - line.first, column);
    assert_memory_equal(screen, line.text + line.first, wanted);
    for (size_t i = wanted; screen[i] != '\0'; i++)
        assert_int_equal(screen[i], ' ');
}

/* Types keys that do not end the line. */
static void type(const char *keys)
{
    for (size_t i = 0; keys[i] != '\0'; i++)
        assert_int_equal(line_feed(&line, keys[i]), LINE_MORE);
    check_screen();
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
        if (byte == '\n' || byte == '\t' || byte == 3 || (byte >= ' ' && byte <= '~'))
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
    expect_line("a\x1B[E\x1B[G\x1B[2~\x1B[1;5C\x1B[99999999999~\x1BOP\x1Bxb", "ab");
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
            byte = "\x1B[DC3~HF\bABxy"[(seed >> 20) % 13];
        enum line_event event = line_feed(&line, byte);
        if (event == LINE_DONE || event == LINE_TOO_LONG || event == LINE_CANCELLED)
            prepare(NULL);
        assert_true(line.cursor <= line.length && line.length <= LINE_LENGTH_MAX);
        check_screen();
    }
}

static void keys_that_need_more_than_the_line_are_told(void **state)
{
    (void)state;
    type("ab");
    assert_int_equal(line_feed(&line, '\t'), LINE_COMPLETE);
    type("\x1B[");
    assert_int_equal(line_feed(&line, 'A'), LINE_OLDER);
    type("\x1B[");
    assert_int_equal(line_feed(&line, 'B'), LINE_NEWER);
    expect_line("c", "abc");
}

static void ctrl_c_gives_the_line_up(void **state)
{
    (void)state;
    type("abc" LEFT LEFT);
    assert_int_equal(line_feed(&line, 3), LINE_CANCELLED);
    assert_string_equal(screen, "abc^C\n");
    prepare(NULL);
    for (int i = 0; i <= LINE_LENGTH_MAX; i++)
        type("x");
    assert_int_equal(line_feed(&line, 3), LINE_CANCELLED);
}

static void another_line_takes_the_place_of_this(void **state)
{
    (void)state;
    type("a long one" LEFT LEFT);
    line_replace(&line, "short");
    check_screen();
    type("!");
    line_replace(&line, "the longest of all");
    expect_line("", "the longest of all");
}

static void text_is_put_in_at_the_cursor_as_far_as_there_is_room(void **state)
{
    char long_text[2 * LINE_LENGTH_MAX];
    (void)state;
    memset(long_text, 'y', sizeof(long_text));
    type("ad" LEFT);
    line_insert(&line, "bc", 2);
    check_screen();
    line_insert(&line, long_text, sizeof(long_text));
    check_screen();
    assert_int_equal(line.length, LINE_LENGTH_MAX);
    assert_int_equal(line.text[LINE_LENGTH_MAX - 1], 'd');
}

static void a_wide_line_shows_what_is_around_the_cursor(void **state)
{
    char text[LINE_WIDTH * 2 + 1];
    (void)state;
    for (size_t i = 0; i < sizeof(text) - 1; i++)
        text[i] = (char)('a' + i % 26);
    text[sizeof(text) - 1] = '\0';
    type(text);
    for (size_t i = 0; i < LINE_WIDTH + 5; i++)
        type(LEFT);
    type("-" HOME "<" END ">");
    assert_int_equal(line.length, sizeof(text) - 1 + 3);
    assert_int_equal(line_feed(&line, '\n'), LINE_DONE);
    assert_memory_equal(screen, line.text, line.length); /* at the end all of it is shown */
    assert_int_equal(screen[line.length], '\n');
}

static void the_line_is_shown_again_behind_a_new_prompt(void **state)
{
    (void)state;
    type("hello" LEFT LEFT);
    memset(screen, 0, sizeof(screen));
    column = 0;
    line_show_again(&line);
    check_screen();
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
        cmocka_unit_test_setup(keys_that_need_more_than_the_line_are_told, prepare),
        cmocka_unit_test_setup(ctrl_c_gives_the_line_up, prepare),
        cmocka_unit_test_setup(another_line_takes_the_place_of_this, prepare),
        cmocka_unit_test_setup(text_is_put_in_at_the_cursor_as_far_as_there_is_room, prepare),
        cmocka_unit_test_setup(a_wide_line_shows_what_is_around_the_cursor, prepare),
        cmocka_unit_test_setup(the_line_is_shown_again_behind_a_new_prompt, prepare),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
