/* sources: kernel/console/console.c kernel/console/input.c lib/divide.c tests/unit/fakes/link.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <abi/errors.h>
#include <hw/vga.h>
#include <kernel/console.h>
#include <kernel/debug.h>
#include <kernel/drivers.h>
#include <kernel/process.h>
#include <kernel/sched.h>

/* What the devices got. */
static char shown[8192], sent[8192], sent_now[8192];
static size_t shown_size, sent_size, sent_now_size;
static uint32_t room;
static bool room_grows; /* while a program sleeps */
static uint32_t sent_by_port, given_up;
static bool port_moves; /* it sends, though others take the room */
static uint8_t colour;

/* What time it is and what happens while the reader is blocked. */
static uint64_t now_us;
/* Typed one by one, a wait each; "-" wakes the reader with nothing, "+" logs a line. Behind one of
 * these, before the reader runs, "!" kills it, and "?" takes the console from it. */
static const char *keys;
static int block_result;            /* when the keys are at their end */
static struct thread reader, other; /* the one that runs; one that waits behind it, if it is to */
static bool another_waits, may_read;
static struct work *started;
static unsigned blocks, preemption_points;
static uint32_t last_timeout;
static unsigned milestones;

static void keep(char *to, size_t *size, const char *text, size_t more)
{
    assert_true(*size + more <= sizeof shown);
    memcpy(to + *size, text, more);
    *size += more;
}

void screen_write(const char *text, size_t size)
{
    keep(shown, &shown_size, text, size);
}

static int32_t scrolled[8];
static unsigned scrolls;

void screen_scroll(int32_t rows)
{
    scrolled[scrolls++ % 8] = rows;
}

void screen_colour(uint8_t attribute)
{
    colour = attribute;
}

void serial_write(const char *text, size_t size)
{
    keep(sent, &sent_size, text, size);
}

void serial_write_now(const char *text, size_t size)
{
    keep(sent_now, &sent_now_size, text, size);
}

uint32_t serial_room(void)
{
    return room;
}

uint32_t serial_sent(void)
{
    return sent_by_port;
}

void serial_give_up(void)
{
    given_up++;
}

uint64_t clock_microseconds(void)
{
    return now_us;
}

void milestone_reached(uint32_t number)
{
    assert_int_equal(number, 90);
    milestones++;
}

struct thread *sched_current(void)
{
    return &reader;
}

bool process_may_read_console(void)
{
    return may_read;
}

void work_init(struct work *work, void (*piece)(struct work *work))
{
    link_init(&work->link);
    work->piece = piece;
}

void work_start(struct work *work)
{
    started = work;
}

void work_stop(struct work *work)
{
    assert_ptr_equal(work, started);
    started = NULL;
}

void wait_queue_init(struct wait_queue *queue)
{
    link_init(&queue->waiters);
}

uint32_t sched_wake_one(struct wait_queue *queue, int result)
{
    assert_int_equal(result, 0);
    if (link_alone(&queue->waiters))
        return 0;
    link_remove(queue->waiters.next);
    return 1;
}

void sched_preemption_point(void)
{
    preemption_points++;
}

static void take_console(void)
{
    may_read = false;
    console_ask_readers();
}

static void what_happens_in_the_wait(void)
{
    if (*keys == '+')
        console_log("LOG\n", 4);
    else if (*keys != '-')
        console_key(*keys);
    keys++;
    for (; *keys == '!' || *keys == '?'; keys++) {
        if (*keys == '!')
            reader.killed = 1;
        else
            take_console();
    }
}

static void join_queue(struct wait_queue *queue, struct thread *thread)
{
    link_init(&thread->run);
    link_append(&queue->waiters, &thread->run);
}

int sched_block(struct wait_queue *queue, uint32_t timeout_ms)
{
    blocks++;
    assert_true(blocks < 1000);
    last_timeout = timeout_ms;
    if (!queue && room_grows)
        room += 100;
    if (!queue && (room_grows || port_moves))
        sent_by_port += 100;
    now_us += 10000;
    if (!*keys)
        return block_result;
    if (queue)
        join_queue(queue, &reader);
    if (queue && another_waits)
        join_queue(queue, &other);
    what_happens_in_the_wait();
    link_remove(&reader.run);
    return 0;
}

static bool other_waits(void)
{
    return !link_alone(&other.run);
}

static int prepare(void **state)
{
    (void)state;
    shown_size = sent_size = sent_now_size = 0;
    room = 16384;
    room_grows = true;
    port_moves = false;
    given_up = 0;
    colour = 0;
    keys = "";
    block_result = ERR_TIMED_OUT;
    blocks = 0;
    reader.killed = 0;
    link_init(&reader.run);
    link_init(&other.run);
    another_waits = false;
    may_read = true;
    started = NULL;
    console_start("", 0);
    console_write("\n", 1);
    shown_size = sent_size = 0;
    return 0;
}

static void the_loaders_rest_goes_to_the_port_only(void **state)
{
    (void)state;
    console_start("unsent\n", 7);
    assert_int_equal(shown_size, 0);
    assert_int_equal(sent_size, 7);
    assert_memory_equal(sent, "unsent\n", 7);
}

static void text_goes_to_screen_and_port(void **state)
{
    (void)state;
    console_write("text", 4);
    assert_int_equal(shown_size, 4);
    assert_int_equal(sent_size, 4);
    assert_int_equal(blocks, 0);
}

static void a_panic_goes_out_by_polling_in_another_colour(void **state)
{
    (void)state;
    console_write_panic("PANIC", 5);
    assert_int_equal(shown_size, 5);
    assert_int_equal(sent_now_size, 5);
    assert_int_equal(sent_size, 0);
    assert_int_equal(colour, VGA_WHITE_ON_RED);
}

static void a_line_of_the_log_begins_a_line(void **state)
{
    (void)state;
    console_write("a\nbc", 4);
    console_log("LOG\n", 4);
    assert_int_equal(sent_size, 9);
    assert_memory_equal(sent, "a\nbc\nLOG\n", 9);
    console_log("LOG\n", 4);
    assert_memory_equal(sent, "a\nbc\nLOG\nLOG\n", 13);
    assert_memory_equal(shown, "a\nbc\nLOG\nLOG\n", 13);
}

static void a_waiting_prompt_is_shown_again_below_the_log(void **state)
{
    char byte;

    (void)state;
    console_write("text\nprompt> ", 13);
    sent_size = shown_size = 0;
    keys = "+x";
    assert_int_equal(console_read(&byte, 1, WAIT_FOREVER), 1);
    assert_int_equal(sent_size, 13);
    assert_memory_equal(sent, "\nLOG\nprompt> ", 13);
    assert_memory_equal(shown, "\r\033[KLOG\nprompt> ", 16);
    sent_size = 0;
    console_log("LOG\n", 4);
    assert_memory_equal(sent, "\nLOG\n", 5);
    assert_int_equal(sent_size, 5);
}

static void a_line_too_long_to_keep_is_not_shown_again(void **state)
{
    char byte;
    static char text[100];

    (void)state;
    memset(text, 'x', sizeof text);
    console_write("\n", 1);
    console_write(text, sizeof text);
    console_write(text, sizeof text);
    console_write(text, sizeof text);
    sent_size = 0;
    keys = "+x";
    assert_int_equal(console_read(&byte, 1, WAIT_FOREVER), 1);
    assert_int_equal(sent_size, 5);
    assert_memory_equal(sent, "\nLOG\n", 5);
}

static void a_program_sleeps_while_the_port_is_behind(void **state)
{
    static char text[1000];

    (void)state;
    memset(text, 'x', sizeof text);
    console_print(text, sizeof text);
    assert_int_equal(blocks, 0);
    assert_int_equal(sent_size, 1000);
    room = 20;
    console_print(text, 256);
    assert_int_equal(blocks, 3);
    assert_int_equal(sent_size, 1256);
    assert_int_equal(shown_size, 1256);
}

static void others_get_a_chance_after_each_line_of_a_program(void **state)
{
    static char text[300];

    (void)state;
    preemption_points = 0;
    console_print("one\ntwo\nthree", 13);
    assert_int_equal(preemption_points, 3);
    memset(text, 'x', sizeof text);
    console_print(text, sizeof text);
    assert_int_equal(preemption_points, 6);
    assert_int_equal(sent_size, 313);
}

static void a_killed_program_does_not_wait_for_the_port(void **state)
{
    (void)state;
    room = 0;
    block_result = ERR_CANCELLED;
    console_print("text", 4);
    assert_int_equal(blocks, 1);
    assert_int_equal(sent_size, 0);
}

static void a_port_that_makes_no_room_is_not_waited_for_without_end(void **state)
{
    (void)state;
    room = 0;
    room_grows = false;
    console_print("text", 4);
    assert_true(blocks > 10);
    assert_int_equal(sent_size, 4);
    assert_int_equal(given_up, 1);
}

static void a_port_that_moves_is_not_given_up(void **state)
{
    (void)state;
    room = 0;
    room_grows = false;
    port_moves = true;
    console_print("text", 4);
    assert_true(blocks > 10);
    assert_int_equal(sent_size, 4);
    assert_int_equal(given_up, 0);
}

static void a_thread_waits_until_a_line_of_the_log_has_room(void **state)
{
    (void)state;
    console_wait_for_room();
    assert_int_equal(blocks, 0);
    room = 100;
    console_wait_for_room();
    assert_true(blocks > 0 && room >= 2 * LOG_LINE_MAX);
    assert_int_equal(sent_size, 0);
    room = 0;
    block_result = ERR_CANCELLED;
    blocks = 0;
    console_wait_for_room();
    assert_int_equal(blocks, 1);
}

static void keys_are_read_in_order(void **state)
{
    char text[8];

    (void)state;
    console_key('a');
    console_key('b');
    console_key('c');
    assert_int_equal(console_read(text, 2, WAIT_FOREVER), 2);
    assert_memory_equal(text, "ab", 2);
    assert_int_equal(console_read(text, sizeof text, 0), 1);
    assert_int_equal(text[0], 'c');
    assert_int_equal(blocks, 0);
}

static void a_return_is_a_newline(void **state)
{
    char text[8];

    (void)state;
    console_key('\r');
    console_key(3);
    assert_int_equal(console_read(text, sizeof text, 0), 2);
    assert_memory_equal(text, "\n\3", 2);
}

static void a_full_queue_keeps_what_it_has_and_rings(void **state)
{
    static char text[2 * CONSOLE_QUEUE];

    (void)state;
    for (int i = 0; i < CONSOLE_QUEUE; i++)
        console_key((char)('A' + i % 26));
    assert_int_equal(sent_size, 0);
    console_key('!');
    assert_int_equal(sent_size, 1);
    assert_int_equal(sent[0], '\a');
    assert_int_equal(console_read(text, sizeof text, 0), CONSOLE_QUEUE);
    assert_int_equal(text[0], 'A');
    assert_null(memchr(text, '!', CONSOLE_QUEUE));
}

static void nothing_is_asked_for(void **state)
{
    char byte;

    (void)state;
    assert_int_equal(console_read(&byte, 0, WAIT_FOREVER), ERR_INVALID);
    assert_int_equal(console_read(&byte, 1, 0), ERR_TIMED_OUT);
    assert_int_equal(blocks, 0);
    assert_int_equal(milestones, 0);
}

static void the_first_wait_is_milestone_90(void **state)
{
    char byte;

    (void)state;
    keys = "xy";
    assert_int_equal(console_read(&byte, 1, WAIT_FOREVER), 1);
    assert_int_equal(byte, 'x');
    assert_int_equal(milestones, 1);
    assert_int_equal(last_timeout, WAIT_FOREVER);
    assert_int_equal(console_read(&byte, 1, WAIT_FOREVER), 1);
    assert_int_equal(milestones, 1);
}

static void a_reader_who_comes_too_late_waits_on(void **state)
{
    char byte;

    (void)state;
    keys = "--z";
    assert_int_equal(console_read(&byte, 1, WAIT_FOREVER), 1);
    assert_int_equal(byte, 'z');
    assert_int_equal(blocks, 3);
    /* With a time-out it waits for the rest of its time only: each wait here takes 10 ms. */
    keys = "-----------";
    blocks = 0;
    assert_int_equal(console_read(&byte, 1, 35), ERR_TIMED_OUT);
    assert_int_equal(blocks, 4);
    assert_int_equal(last_timeout, 5);
}

static void errors_of_the_wait_are_told(void **state)
{
    char byte;

    (void)state;
    block_result = ERR_CANCELLED;
    assert_int_equal(console_read(&byte, 1, WAIT_FOREVER), ERR_CANCELLED);
    block_result = ERR_TIMED_OUT;
    assert_int_equal(console_read(&byte, 1, 20), ERR_TIMED_OUT);
    assert_int_equal(last_timeout, 20);
}

static void who_may_not_read_gets_no_key(void **state)
{
    char byte;

    (void)state;
    console_key('x');
    may_read = false;
    assert_int_equal(console_read(&byte, 1, WAIT_FOREVER), ERR_NOT_ALLOWED);
    assert_int_equal(blocks, 0);
    may_read = true;
    assert_int_equal(console_read(&byte, 1, 0), 1);
}

static void a_killed_reader_hands_its_key_on(void **state)
{
    char byte;

    (void)state;
    keys = "x!";
    another_waits = true;
    assert_int_equal(console_read(&byte, 1, WAIT_FOREVER), ERR_CANCELLED);
    assert_false(other_waits());
    reader.killed = 0;
    assert_int_equal(console_read(&byte, 1, 0), 1);
    assert_int_equal(byte, 'x');
}

static void a_killed_thread_takes_no_key_that_is_there(void **state)
{
    char byte;

    (void)state;
    console_key('x');
    reader.killed = 1;
    assert_int_equal(console_read(&byte, 1, WAIT_FOREVER), ERR_CANCELLED);
    reader.killed = 0;
    assert_int_equal(console_read(&byte, 1, 0), 1);
}

static void so_does_one_that_has_lost_the_console(void **state)
{
    char byte;

    (void)state;
    keys = "x?";
    another_waits = true;
    assert_int_equal(console_read(&byte, 1, WAIT_FOREVER), ERR_NOT_ALLOWED);
    assert_non_null(started);
    started->piece(started);
    assert_false(other_waits());
    may_read = true;
    assert_int_equal(console_read(&byte, 1, 0), 1);
    assert_int_equal(byte, 'x');
}

static void without_a_key_nobody_is_woken_for_it(void **state)
{
    char byte;

    (void)state;
    keys = "-!";
    another_waits = true;
    assert_int_equal(console_read(&byte, 1, WAIT_FOREVER), ERR_CANCELLED);
    assert_true(other_waits());
}

/* Until they are asked, a key wakes none of them. */
static void waiting_readers_are_asked_one_by_one(void **state)
{
    char byte;
    struct work *work;

    (void)state;
    console_ask_readers();
    assert_null(started);
    keys = "-";
    another_waits = true;
    console_read(&byte, 1, 20);
    assert_true(other_waits());
    console_ask_readers();
    work = started;
    assert_non_null(work);
    console_key('x');
    assert_true(other_waits());
    work->piece(work);
    assert_false(other_waits());
    assert_ptr_equal(started, work);
    work->piece(work);
    assert_null(started);
}

/* A line at a serial terminal never waits, so the reader has to know which one was read. */
static void where_a_key_came_from_is_known_when_it_is_read(void **state)
{
    struct machine_console told;
    char key;

    (void)state;
    console_key('a');
    console_keyboard_key('b');
    console_key('c');
    for (const char *expected = "abc"; *expected; expected++) {
        assert_int_equal(console_read(&key, 1, 0), 1);
        assert_int_equal(key, *expected);
        console_look(&told);
        assert_int_equal(told.at_keyboard, key == 'b');
        assert_int_equal(told.rows, 25);
        assert_int_equal(told.columns, 80);
    }
}

static void keys_of_the_keyboard_show_the_end_and_pages_turn(void **state)
{
    (void)state;
    scrolls = 0;
    console_key('a');
    assert_int_equal(scrolls, 0);
    console_keyboard_key('b');
    console_page(true);
    console_page(false);
    assert_int_equal(scrolls, 3);
    assert_int_equal(scrolled[0], 0);
    assert_int_equal(scrolled[1], 24);
    assert_int_equal(scrolled[2], -24);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_loaders_rest_goes_to_the_port_only, prepare),
        cmocka_unit_test_setup(text_goes_to_screen_and_port, prepare),
        cmocka_unit_test_setup(a_panic_goes_out_by_polling_in_another_colour, prepare),
        cmocka_unit_test_setup(a_line_of_the_log_begins_a_line, prepare),
        cmocka_unit_test_setup(a_program_sleeps_while_the_port_is_behind, prepare),
        cmocka_unit_test_setup(others_get_a_chance_after_each_line_of_a_program, prepare),
        cmocka_unit_test_setup(a_killed_program_does_not_wait_for_the_port, prepare),
        cmocka_unit_test_setup(a_port_that_makes_no_room_is_not_waited_for_without_end, prepare),
        cmocka_unit_test_setup(a_port_that_moves_is_not_given_up, prepare),
        cmocka_unit_test_setup(a_thread_waits_until_a_line_of_the_log_has_room, prepare),
        cmocka_unit_test_setup(keys_are_read_in_order, prepare),
        cmocka_unit_test_setup(a_return_is_a_newline, prepare),
        cmocka_unit_test_setup(where_a_key_came_from_is_known_when_it_is_read, prepare),
        cmocka_unit_test_setup(keys_of_the_keyboard_show_the_end_and_pages_turn, prepare),
        cmocka_unit_test_setup(a_full_queue_keeps_what_it_has_and_rings, prepare),
        cmocka_unit_test_setup(nothing_is_asked_for, prepare),
        cmocka_unit_test_setup(the_first_wait_is_milestone_90, prepare),
        cmocka_unit_test_setup(a_reader_who_comes_too_late_waits_on, prepare),
        cmocka_unit_test_setup(errors_of_the_wait_are_told, prepare),
        cmocka_unit_test_setup(who_may_not_read_gets_no_key, prepare),
        cmocka_unit_test_setup(a_killed_reader_hands_its_key_on, prepare),
        cmocka_unit_test_setup(a_killed_thread_takes_no_key_that_is_there, prepare),
        cmocka_unit_test_setup(so_does_one_that_has_lost_the_console, prepare),
        cmocka_unit_test_setup(without_a_key_nobody_is_woken_for_it, prepare),
        cmocka_unit_test_setup(waiting_readers_are_asked_one_by_one, prepare),
        cmocka_unit_test_setup(a_waiting_prompt_is_shown_again_below_the_log, prepare),
        cmocka_unit_test_setup(a_line_too_long_to_keep_is_not_shown_again, prepare),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
