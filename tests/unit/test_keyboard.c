/* sources: kernel/drivers/keyboard.c tests/unit/fakes/ports.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <hw/keyboard.h>
#include <hw/pic.h>
#include <kernel/drivers.h>

#include "fakes/ports.h"

/* The controller: what it has for the CPU, and what it was told. */
static struct {
    uint8_t output[256];
    unsigned put, got;
    bool from_mouse, deaf, never_ready;
    uint8_t config;
    uint8_t command; /* that waits for its byte */
    bool disabled;
} controller;

static char typed[256];
static size_t typed_size;

static void key(char byte)
{
    assert_true(typed_size < sizeof typed);
    typed[typed_size++] = byte;
}

static uint32_t controller_read(uint16_t port)
{
    if (port == KEYBOARD_STATUS)
        return (controller.put != controller.got ? KEYBOARD_OUTPUT_FULL : 0u) |
               (controller.from_mouse ? KEYBOARD_FROM_MOUSE : 0u) |
               (controller.never_ready ? KEYBOARD_INPUT_FULL : 0u);
    if (controller.put == controller.got)
        return 0;
    return controller.output[controller.got++];
}

static void controller_write(uint16_t port, uint32_t value)
{
    if (port == KEYBOARD_DATA) {
        if (controller.command == KEYBOARD_WRITE_CONFIG)
            controller.config = (uint8_t)value;
        controller.command = 0;
        return;
    }
    controller.command = (uint8_t)value;
    if (value == KEYBOARD_DISABLE_1)
        controller.disabled = true;
    if (value == KEYBOARD_ENABLE_1)
        controller.disabled = false;
    if (value == KEYBOARD_READ_CONFIG && !controller.deaf)
        controller.output[controller.put++] = controller.config;
}

static char pages[8]; /* '-' back, '+' forth */
static size_t page_count;

static void page(bool back)
{
    pages[page_count++ % sizeof pages] = back ? '-' : '+';
}

static int prepare(void **state)
{
    page_count = 0;
    (void)state;
    ports_reset();
    ports_attach(KEYBOARD_DATA, KEYBOARD_DATA, controller_read, controller_write);
    ports_attach(KEYBOARD_STATUS, KEYBOARD_STATUS, controller_read, controller_write);
    memset(&controller, 0, sizeof controller);
    typed_size = 0;
    return 0;
}

/* Each byte comes with an interrupt of its own. */
static void send(const char *codes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        controller.put = 1;
        controller.got = 0;
        controller.output[0] = (uint8_t)codes[i];
        ports_handlers[IRQ_KEYBOARD]();
    }
}

/* What comes of these scan codes on a fresh keyboard. */
#define EXPECT(codes, text)                                                                        \
    do {                                                                                           \
        typed_size = 0;                                                                            \
        send(codes, sizeof(codes) - 1);                                                            \
        assert_int_equal(typed_size, sizeof(text) - 1);                                            \
        assert_memory_equal(typed, text, typed_size);                                              \
    } while (0)

static void letters_and_releases(void **state)
{
    (void)state;
    assert_true(keyboard_start(key, page));
    EXPECT("\x23\xA3\x17\x97\x02\x82\x39\xB9\x1C\x9C\x0E\x8E\x0F\x8F\x01\x81\x2B\x56",
           "hi1 \n\b\t\033\\\\");
    EXPECT("\x3B\x44\x45\x46\x57\x58\x5B\x7F\x38\xB8", "");
}

static void every_printable_character_can_be_typed(void **state)
{
    char seen[128] = {0};

    (void)state;
    assert_true(keyboard_start(key, page));
    for (char code = 1; code < 0x40; code++) {
        if (code == 0x2A || code == 0x36 || code == 0x1D || code == 0x3A)
            continue;
        send(&code, 1);
        send("\x2A", 1);
        send(&code, 1);
        send("\xAA", 1);
    }
    for (size_t i = 0; i < typed_size; i++)
        seen[(unsigned char)typed[i]] = 1;
    for (int byte = ' '; byte < 0x7F; byte++)
        if (!seen[byte])
            fail_msg("no key gives '%c'", byte);
}

static void shift_lasts_while_either_shift_is_held(void **state)
{
    (void)state;
    assert_true(keyboard_start(key, page));
    EXPECT("\x2A\x1E\x36\xAA\x1E\x02\xB6\x1E", "AA!a");
}

static void caps_lock_turns_letters_only(void **state)
{
    (void)state;
    assert_true(keyboard_start(key, page));
    EXPECT("\x3A\x3A\xBA\x1E\x02\x2A\x1E\xAA", "A1a");
    EXPECT("\x3A\xBA\x1E", "a");
}

static void control_makes_control_characters(void **state)
{
    (void)state;
    assert_true(keyboard_start(key, page));
    EXPECT("\x1D\x2E\x9D\x2E", "\003c");
    EXPECT("\xE0\x1D\x1E\x2C\xE0\x9D\x1E", "\001\032a");
}

static void extended_keys(void **state)
{
    (void)state;
    assert_true(keyboard_start(key, page));
    EXPECT("\xE0\x48\xE0\xC8\xE0\x50\xE0\x4D\xE0\x4B", "\033[A\033[B\033[C\033[D");
    EXPECT("\xE0\x47\xE0\x4F\xE0\x53\xE0\x1C\xE0\x35", "\033[H\033[F\033[3~\n/");
    EXPECT("\x47\x53\x4A\x4E\x37", "7.-+*");
}

static void the_shifts_around_extended_keys_are_not_shifts(void **state)
{
    (void)state;
    assert_true(keyboard_start(key, page));
    EXPECT("\xE0\x2A\xE0\x48\x1E\xE0\xC8\xE0\xAA", "\033[Aa");
}

static void pause_types_nothing(void **state)
{
    (void)state;
    assert_true(keyboard_start(key, page));
    EXPECT("\xE1\x1D\x45\xE1\x9D\xC5\x1E", "a");
    EXPECT("\xE1\x1D\x45\x1E\xE1\x9D\xC5", "a"); /* its 1D is not the control key */
}

static void errors_of_the_keyboard_end_a_sequence(void **state)
{
    (void)state;
    assert_true(keyboard_start(key, page));
    EXPECT("\xE0\xFF\x1E\xE0\x00\x1E\xFA\xFE\x1E", "aaa");
}

static void bytes_of_the_mouse_are_ignored(void **state)
{
    (void)state;
    assert_true(keyboard_start(key, page));
    controller.from_mouse = true;
    EXPECT("\x1E\x30", "");
}

static void the_controller_is_set_up(void **state)
{
    (void)state;
    controller.output[controller.put++] = 0x1E; /* a key from before */
    controller.config = 0x30 | 0x02;            /* both devices off, the mouse interrupting */
    assert_true(keyboard_start(key, page));
    assert_int_equal(controller.config, 0x20 | KEYBOARD_CONFIG_IRQ1 | KEYBOARD_CONFIG_TRANSLATE);
    assert_false(controller.disabled);
    assert_int_equal(controller.put, controller.got);
    assert_int_equal(typed_size, 0);
}

static void a_machine_without_a_controller_costs_one_read(void **state)
{
    (void)state;
    ports_reset();
    assert_false(keyboard_start(key, page));
    assert_int_equal(ports_reads, 1);
    assert_null(ports_handlers[IRQ_KEYBOARD]);
}

static void a_controller_that_never_answers_is_given_up(void **state)
{
    (void)state;
    controller.deaf = true;
    assert_false(keyboard_start(key, page));
    assert_null(ports_handlers[IRQ_KEYBOARD]);
    prepare(NULL);
    controller.never_ready = true;
    assert_false(keyboard_start(key, page));
    assert_null(ports_handlers[IRQ_KEYBOARD]);
}

/* The keyboard takes Shift away around the grey keys, so that they do not look like the keypad's.
 */
static void shift_and_page_keys_turn_pages(void **state)
{
    (void)state;
    assert_true(keyboard_start(key, page));
    EXPECT("\xE0\x49\xE0\xC9\xE0\x51\xE0\xD1", "");
    assert_int_equal(page_count, 0);
    EXPECT("\x2A\xE0\xAA\xE0\x49\xE0\xC9\xE0\x2A\xE0\x51\xE0\xD1\xAA", "");
    assert_int_equal(page_count, 2);
    assert_memory_equal(pages, "-+", 2);
    EXPECT("\x36\xE0\x51\xB6\xE0\x51", "");
    assert_int_equal(page_count, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(letters_and_releases, prepare),
        cmocka_unit_test_setup(shift_and_page_keys_turn_pages, prepare),
        cmocka_unit_test_setup(every_printable_character_can_be_typed, prepare),
        cmocka_unit_test_setup(shift_lasts_while_either_shift_is_held, prepare),
        cmocka_unit_test_setup(caps_lock_turns_letters_only, prepare),
        cmocka_unit_test_setup(control_makes_control_characters, prepare),
        cmocka_unit_test_setup(extended_keys, prepare),
        cmocka_unit_test_setup(the_shifts_around_extended_keys_are_not_shifts, prepare),
        cmocka_unit_test_setup(pause_types_nothing, prepare),
        cmocka_unit_test_setup(errors_of_the_keyboard_end_a_sequence, prepare),
        cmocka_unit_test_setup(bytes_of_the_mouse_are_ignored, prepare),
        cmocka_unit_test_setup(the_controller_is_set_up, prepare),
        cmocka_unit_test_setup(a_machine_without_a_controller_costs_one_read, prepare),
        cmocka_unit_test_setup(a_controller_that_never_answers_is_given_up, prepare),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
