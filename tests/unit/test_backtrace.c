/* sources: kernel/debug/backtrace.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <abi/layout.h>
#include <kernel/debug.h>

/* A page of stack at STACK; nothing else may be read. */
#define STACK 0xF4002000u
static uint32_t stack[PAGE_SIZE / 4];
static unsigned outside;

void *address_to_pointer(uint32_t address)
{
    if (address < STACK || address > STACK + PAGE_SIZE - 8 || address % 4 != 0)
        outside++;
    return &stack[(address - STACK) / 4 % (PAGE_SIZE / 4)];
}

static unsigned visits;
static uint32_t visited[PAGE_SIZE / 8];

static void visit(uint32_t address)
{
    assert_true(visits < sizeof visited / sizeof visited[0]);
    visited[visits++] = address;
}

static int prepare(void **state)
{
    (void)state;
    memset(stack, 0, sizeof stack);
    outside = 0;
    visits = 0;
    return 0;
}

static void frame_at(uint32_t address, uint32_t caller, uint32_t back)
{
    stack[(address - STACK) / 4] = caller;
    stack[(address - STACK) / 4 + 1] = back;
}

static void walk(uint32_t ebp)
{
    backtrace_walk(ebp, STACK, STACK + PAGE_SIZE, visit);
    assert_int_equal(outside, 0);
}

static void frames_are_followed_upwards(void **state)
{
    (void)state;
    frame_at(STACK + 0x10, STACK + 0x40, 0xC0100001);
    frame_at(STACK + 0x40, STACK + 0xFF8, 0xC0100002);
    frame_at(STACK + 0xFF8, 0, 0xC0100003);
    walk(STACK + 0x10);
    assert_int_equal(visits, 3);
    assert_int_equal(visited[2], 0xC0100003);
}

static void no_address_outside_the_stack_is_read(void **state)
{
    static const uint32_t bad[] = {
        0,          1,          STACK - 4, STACK - 8,  STACK + 0xFFC, STACK + 0xFF9, STACK + 0x1000,
        0xFFFFFFFF, 0xFFFFFFF8, STACK + 2, 0x80000000, 0xC0000000};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        walk(bad[i]);
        assert_int_equal(visits, 0);
        frame_at(STACK + 0x10, bad[i], 0xC0100001);
        walk(STACK + 0x10);
        assert_int_equal(visits, 1);
        visits = 0;
    }
}

static void circles_end(void **state)
{
    (void)state;
    frame_at(STACK + 0x10, STACK + 0x10, 0xC0100001);
    walk(STACK + 0x10);
    assert_int_equal(visits, 1);
    frame_at(STACK + 0x10, STACK + 0x40, 0xC0100001);
    frame_at(STACK + 0x40, STACK + 0x10, 0xC0100001);
    visits = 0;
    walk(STACK + 0x10);
    assert_int_equal(visits, 2);
}

static void a_long_chain_is_followed_to_its_end(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 200; i++)
        frame_at(STACK + i * 8, STACK + i * 8 + 8, 0xC0100001);
    walk(STACK);
    assert_int_equal(visits, 200);
}

static void a_direct_call_has_to_lead_to_the_function(void **state)
{
    static const uint8_t call[BACKTRACE_BEFORE] = {0x90, 0x90, 0xE8, 0x10, 0x00, 0x00, 0x00};

    (void)state;
    assert_true(backtrace_is_call(call, 0x1000, 0x1010));
    assert_false(backtrace_is_call(call, 0x1000, 0x1014));
}

static void a_call_through_a_pointer_may_lead_anywhere(void **state)
{
    static const uint8_t by_register[BACKTRACE_BEFORE] = {0, 0, 0, 0, 0, 0xFF, 0xD0};
    static const uint8_t by_table[BACKTRACE_BEFORE] = {0xFF, 0x14, 0x85, 1, 2, 3, 4};
    static const uint8_t jump[BACKTRACE_BEFORE] = {0, 0, 0, 0, 0, 0xFF, 0xE0};

    (void)state;
    assert_true(backtrace_is_call(by_register, 0x1000, 0x5555));
    assert_true(backtrace_is_call(by_table, 0x1000, 0x5555));
    assert_false(backtrace_is_call(jump, 0x1000, 0x5555));
}

static void a_frame_is_there_behind_push_and_mov(void **state)
{
    (void)state;
    assert_false(backtrace_has_frame(0x55, 0));
    assert_false(backtrace_has_frame(0x55, 1));
    assert_true(backtrace_has_frame(0x55, 3));
    assert_false(backtrace_has_frame(0x8B, 3));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(frames_are_followed_upwards, prepare),
        cmocka_unit_test_setup(no_address_outside_the_stack_is_read, prepare),
        cmocka_unit_test_setup(circles_end, prepare),
        cmocka_unit_test_setup(a_long_chain_is_followed_to_its_end, prepare),
        cmocka_unit_test(a_direct_call_has_to_lead_to_the_function),
        cmocka_unit_test(a_call_through_a_pointer_may_lead_anywhere),
        cmocka_unit_test(a_frame_is_there_behind_push_and_mov),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
