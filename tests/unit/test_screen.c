/* sources: kernel/drivers/screen.c kernel/drivers/scrollback.c tests/unit/fakes/ports.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <hw/vga.h>
#include <kernel/drivers.h>

#include "fakes/ports.h"

static uint16_t memory[VGA_ROWS * VGA_COLUMNS];
static uint8_t crtc_index, crtc[32];

void *address_to_pointer(uint32_t address)
{
    assert_int_equal(address, KERNEL_BASE + VGA_TEXT_BASE);
    return memory;
}

static void crtc_write(uint16_t port, uint32_t value)
{
    if (port == VGA_CRTC_INDEX)
        crtc_index = value % sizeof crtc;
    else
        crtc[crtc_index] = (uint8_t)value;
}

static void blank(void)
{
    for (unsigned i = 0; i < VGA_ROWS * VGA_COLUMNS; i++)
        memory[i] = VGA_GREY_ON_BLACK << 8 | ' ';
}

static int prepare(void **state)
{
    (void)state;
    ports_reset();
    ports_attach(VGA_CRTC_INDEX, VGA_CRTC_DATA, NULL, crtc_write);
    blank();
    screen_start(0, 0);
    screen_colour(VGA_GREY_ON_BLACK);
    return 0;
}

static void say(const char *text)
{
    screen_write(text, strlen(text));
}

/* A row's text without the blanks at its end. */
static const char *row(unsigned number)
{
    static char text[VGA_COLUMNS + 1];
    unsigned size = 0;

    for (unsigned i = 0; i < VGA_COLUMNS; i++) {
        text[i] = (char)memory[number * VGA_COLUMNS + i];
        if (text[i] != ' ')
            size = i + 1;
    }
    text[size] = '\0';
    return text;
}

static void assert_cursor(unsigned at_row, unsigned at_column)
{
    assert_int_equal(crtc[VGA_CURSOR_HIGH] << 8 | crtc[VGA_CURSOR_LOW],
                     at_row * VGA_COLUMNS + at_column);
}

static void text_is_shown_where_the_loader_stopped(void **state)
{
    (void)state;
    memory[0] = VGA_GREY_ON_BLACK << 8 | 'L';
    screen_start(3, 5);
    say("hello");
    assert_string_equal(row(0), "L");
    assert_string_equal(row(3), "     hello");
    assert_int_equal(memory[3 * VGA_COLUMNS + 5] >> 8, VGA_GREY_ON_BLACK);
    assert_cursor(3, 10);
}

static void a_place_outside_the_screen_is_moved_into_it(void **state)
{
    (void)state;
    screen_start(1000, 1000);
    say("x");
    assert_string_equal(row(24), "x");
}

static void control_characters(void **state)
{
    (void)state;
    say("one\rO\ntwo\bO\tx\a\1\x7F");
    assert_string_equal(row(0), "One");
    assert_string_equal(row(1), "twO     x");
    say("\r\b\b");
    assert_cursor(1, 0);
}

static void a_tab_stays_in_its_row(void **state)
{
    (void)state;
    say("\t\t\t\t\t\t\t\t\t\t\t\t");
    assert_cursor(0, 79);
}

static void the_last_row_scrolls(void **state)
{
    char line[16];

    (void)state;
    for (int i = 0; i < 30; i++) {
        snprintf(line, sizeof line, "line %d\n", i);
        say(line);
    }
    assert_string_equal(row(0), "line 6");
    assert_string_equal(row(23), "line 29");
    assert_string_equal(row(24), "");
    assert_cursor(24, 0);
}

static void a_full_row_opens_the_next_with_the_next_character(void **state)
{
    char full[VGA_COLUMNS + 1];

    (void)state;
    memset(full, 'x', VGA_COLUMNS);
    full[VGA_COLUMNS] = '\0';
    say(full);
    assert_cursor(0, 79);
    say("\ny");
    assert_string_equal(row(1), "y");
    say("\r");
    say(full);
    say("z");
    assert_string_equal(row(1), full);
    assert_string_equal(row(2), "z");
}

static void sequences_erase(void **state)
{
    (void)state;
    say("0123456789\033[4D\033[K");
    assert_string_equal(row(0), "012345");
    say("\r\033[2Cx\033[1K");
    assert_string_equal(row(0), "    45");
    say("\033[2K");
    assert_string_equal(row(0), "");
    say("\033[Ha\nb\nc\nd\033[2;1H\033[J");
    assert_string_equal(row(0), "a");
    assert_string_equal(row(1), "");
    assert_string_equal(row(3), "");
    say("\033[Ha\nb\nc\033[1J");
    assert_string_equal(row(0), "");
    assert_string_equal(row(2), "");
    say("x\033[2J");
    assert_string_equal(row(2), "");
    assert_cursor(2, 2);
}

static void sequences_move(void **state)
{
    (void)state;
    say("\033[10;20H");
    assert_cursor(9, 19);
    say("\033[A\033[2B\033[3C\033[D");
    assert_cursor(10, 21);
    say("\033[99A\033[99D");
    assert_cursor(0, 0);
    say("\033[99B\033[99C");
    assert_cursor(24, 79);
    say("\033[999999999999;99999999999H");
    assert_cursor(24, 79);
    say("\033[;5H");
    assert_cursor(0, 4);
    say("\033[H");
    assert_cursor(0, 0);
}

static void other_sequences_print_nothing(void **state)
{
    (void)state;
    say("a\033[1;31mb\033[?25lc\033[3~d\033[1;2;3;4;5;6Hx\033c\033\033[7me");
    assert_cursor(0, 3);
    assert_string_equal(row(0), "axed");
    say("\033[\nf\033[\033[1Dg");
    assert_string_equal(row(0), "axed");
    assert_string_equal(row(1), "g");
}

static void a_sequence_may_come_in_pieces(void **state)
{
    (void)state;
    say("\033");
    say("[");
    say("5");
    say(";7");
    say("H");
    assert_cursor(4, 6);
}

static void ports_are_touched_once_a_write_at_most(void **state)
{
    (void)state;
    say("x");
    ports_writes = 0;
    say("a long text\nof several lines\n");
    assert_int_equal(ports_writes, 4);
    ports_writes = 0;
    say("ab\b\b");
    assert_int_equal(ports_writes, 0);
    assert_int_equal(ports_reads, 0);
}

static void a_colour_holds_for_what_follows(void **state)
{
    (void)state;
    say("a\033[");
    screen_colour(VGA_WHITE_ON_RED);
    say("b");
    assert_int_equal(memory[0] >> 8, VGA_GREY_ON_BLACK);
    assert_int_equal(memory[1], VGA_WHITE_ON_RED << 8 | 'b');
}

static void any_bytes_are_survived(void **state)
{
    (void)state;
    srand(1);
    for (unsigned i = 0; i < 20000; i++) {
        char noise[64];
        size_t size = (size_t)rand() % sizeof noise;

        for (size_t j = 0; j < size; j++)
            noise[j] = rand() % 4 ? (char)rand() : "\033[;0J"[rand() % 6];
        screen_write(noise, size);
        assert_true((crtc[VGA_CURSOR_HIGH] << 8 | crtc[VGA_CURSOR_LOW]) < VGA_ROWS * VGA_COLUMNS);
    }
    say("\030\033[2J\033[Hsane");
    assert_string_equal(row(0), "sane");
}

static void say_rows(unsigned count)
{
    char text[32];

    for (unsigned i = 0; i < count; i++) {
        snprintf(text, sizeof text, "row %u\n", i);
        say(text);
    }
}

static void what_has_left_the_screen_is_shown_again(void **state)
{
    (void)state;
    say_rows(100); /* the screen shows 76 to 99, and an empty row */
    assert_string_equal(row(0), "row 76");
    screen_scroll(24);
    assert_string_equal(row(0), "row 52");
    assert_string_equal(row(24), "row 76");
    assert_true((crtc[VGA_CURSOR_HIGH] << 8 | crtc[VGA_CURSOR_LOW]) >= VGA_ROWS * VGA_COLUMNS);
    screen_scroll(10);
    assert_string_equal(row(0), "row 42");
    screen_scroll(-24);
    assert_string_equal(row(0), "row 66");
    assert_string_equal(row(24), "row 90");
    screen_scroll(-24);
    assert_string_equal(row(0), "row 76");
    assert_cursor(24, 0);
    screen_scroll(-24);
    assert_string_equal(row(0), "row 76");
}

static void text_and_zero_show_the_end_again(void **state)
{
    (void)state;
    say_rows(60);
    screen_scroll(30);
    screen_scroll(0);
    assert_string_equal(row(23), "row 59");
    assert_cursor(24, 0);
    screen_scroll(30);
    say("end");
    assert_string_equal(row(23), "row 59");
    assert_string_equal(row(24), "end");
    assert_cursor(24, 3);
}

static void some_hundred_rows_are_kept_and_no_more(void **state)
{
    (void)state;
    say_rows(1000);
    screen_scroll(100000);
    assert_string_equal(row(0), "row 776");
    screen_scroll(1);
    assert_string_equal(row(0), "row 776");
    say("");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(text_is_shown_where_the_loader_stopped, prepare),
        cmocka_unit_test_setup(a_place_outside_the_screen_is_moved_into_it, prepare),
        cmocka_unit_test_setup(control_characters, prepare),
        cmocka_unit_test_setup(a_tab_stays_in_its_row, prepare),
        cmocka_unit_test_setup(the_last_row_scrolls, prepare),
        cmocka_unit_test_setup(a_full_row_opens_the_next_with_the_next_character, prepare),
        cmocka_unit_test_setup(sequences_erase, prepare),
        cmocka_unit_test_setup(sequences_move, prepare),
        cmocka_unit_test_setup(other_sequences_print_nothing, prepare),
        cmocka_unit_test_setup(a_sequence_may_come_in_pieces, prepare),
        cmocka_unit_test_setup(ports_are_touched_once_a_write_at_most, prepare),
        cmocka_unit_test_setup(a_colour_holds_for_what_follows, prepare),
        cmocka_unit_test_setup(any_bytes_are_survived, prepare),
        cmocka_unit_test_setup(what_has_left_the_screen_is_shown_again, prepare),
        cmocka_unit_test_setup(text_and_zero_show_the_end_again, prepare),
        cmocka_unit_test_setup(some_hundred_rows_are_kept_and_no_more, prepare),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
