/* sources: kernel/debug/symbols.c lib/format.c lib/divide.c lib/string.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <kernel/debug.h>

struct debug_handlers debug_now;

/* As tools/kernel_symbols.py lays it out. */
const struct {
    uint32_t count;
    uint32_t addresses[4];
    char names[32];
} symbol_table = {
    .count = 4,
    .addresses = {0xC0100000, 0xC0100040, 0xC0100100, 0xC0200000},
    .names = "start\0one\0two\0last",
};

/* Behind the functions. */
uint32_t arch_kernel_constants(void)
{
    return 0xC0201000;
}

static void an_address_has_its_function(void **state)
{
    uint32_t offset;
    char text[32];

    (void)state;
    assert_string_equal(symbol_find(0xC0100000, &offset), "start");
    assert_int_equal(offset, 0);
    assert_string_equal(symbol_find(0xC010003F, &offset), "start");
    assert_int_equal(offset, 0x3F);
    assert_string_equal(symbol_find(0xC0100040, &offset), "one");
    assert_string_equal(symbol_find(0xC01FFFFF, &offset), "two");
    assert_string_equal(symbol_find(0xC0200010, &offset), "last");
    assert_int_equal(offset, 0x10);
    symbol_describe(0xC0100052, text, sizeof text);
    assert_string_equal(text, "one+0x12");
}

static void an_address_below_the_kernel_has_none(void **state)
{
    uint32_t offset;
    char text[32];

    (void)state;
    assert_null(symbol_find(0xC00FFFFF, &offset));
    assert_null(symbol_find(0, &offset));
    symbol_describe(0x00400123, text, sizeof text);
    assert_string_equal(text, "0x00400123");
    symbol_describe(0xC0100052, text, 5);
    assert_string_equal(text, "one+");
}

static void an_address_behind_the_functions_has_none(void **state)
{
    uint32_t offset;

    (void)state;
    assert_non_null(symbol_find(0xC0200FFF, &offset));
    assert_null(symbol_find(0xC0201000, &offset));
    assert_null(symbol_find(0xF4002000, &offset));
    assert_null(symbol_find(0xFFFFFFFF, &offset));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_has_its_function),
        cmocka_unit_test(an_address_below_the_kernel_has_none),
        cmocka_unit_test(an_address_behind_the_functions_has_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
