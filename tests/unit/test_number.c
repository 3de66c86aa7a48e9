/* sources: apps/runtime/number.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../apps/runtime/number.h"

static void expect(const char *text, int base, uint32_t value, size_t length)
{
    struct number number = number_read(text, base);
    assert_int_equal(number.value, value);
    assert_int_equal(number.end - text, length);
    assert_false(number.too_large);
}

static void digits_up_to_the_base_are_read(void **state)
{
    (void)state;
    expect("123", 10, 123, 3);
    expect("129", 8, 10, 2);
    expect("7fFf", 16, 0x7FFF, 4);
    expect("zZ", 36, 35 * 36 + 35, 2);
    expect("102", 2, 2, 2);
}

static void blanks_and_a_sign_may_stand_in_front(void **state)
{
    (void)state;
    expect(" \t\n+42", 10, 42, 6);
    expect("-42", 10, 42, 3);
    assert_true(number_read("-42", 10).negative);
    assert_false(number_read("42", 10).negative);
}

static void a_prefix_tells_the_base(void **state)
{
    (void)state;
    expect("0x1F", 0, 31, 4);
    expect("0x1F", 16, 31, 4);
    expect("017", 0, 15, 3);
    expect("17", 0, 17, 2);
    expect("0x1F", 10, 0, 1);
}

static void a_prefix_without_a_digit_is_a_zero(void **state)
{
    (void)state;
    expect("0x", 16, 0, 1);
    expect("0xg", 0, 0, 1);
}

static void text_without_a_number_ends_where_it_began(void **state)
{
    (void)state;
    expect("", 10, 0, 0);
    expect("  x", 10, 0, 0);
    expect("-", 10, 0, 0);
    expect(" +-1", 10, 0, 0);
}

static void the_largest_number_fits_and_the_next_does_not(void **state)
{
    (void)state;
    expect("4294967295", 10, UINT32_MAX, 10);
    expect("ffffffff", 16, UINT32_MAX, 8);
    static const char *const large[] = {"4294967296", "42949672950", "99999999999999999999"};
    for (size_t i = 0; i < 3; i++) {
        struct number number = number_read(large[i], 10);
        assert_true(number.too_large);
        assert_int_equal(number.value, UINT32_MAX);
        assert_int_equal(number.end - large[i], strlen(large[i]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(digits_up_to_the_base_are_read),
        cmocka_unit_test(blanks_and_a_sign_may_stand_in_front),
        cmocka_unit_test(a_prefix_tells_the_base),
        cmocka_unit_test(a_prefix_without_a_digit_is_a_zero),
        cmocka_unit_test(text_without_a_number_ends_where_it_began),
        cmocka_unit_test(the_largest_number_fits_and_the_next_does_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
