/* sources: kernel/core/relocate.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <abi/errors.h>
#include <kernel/relocate.h>

#define PLACE  0x00405000u
#define SYMBOL 0x00500040u
#define BASE   0x00403000u
#define ADDEND 0xFFFFFFFCu /* -4, as of a call */

static uint32_t result_of(uint32_t type)
{
    const struct relocation relocation = {type, PLACE, SYMBOL, BASE, ADDEND};
    uint32_t value = 0x11111111;

    assert_int_equal(relocation_apply(&relocation, &value), 0);
    return value;
}

static void each_kind_has_its_formula(void **state)
{
    (void)state;
    assert_int_equal(result_of(0), ADDEND);
    assert_int_equal(result_of(1), SYMBOL - 4);
    assert_int_equal(result_of(2), SYMBOL - 4 - PLACE);
    assert_int_equal(result_of(4), SYMBOL - 4 - PLACE);
    assert_int_equal(result_of(6), SYMBOL);
    assert_int_equal(result_of(7), SYMBOL);
    assert_int_equal(result_of(8), BASE - 4);
}

static void other_kinds_are_refused(void **state)
{
    (void)state;
    for (uint32_t type = 0; type < 256; type++) {
        const struct relocation relocation = {type, PLACE, SYMBOL, BASE, ADDEND};
        uint32_t value = 0x11111111;

        if (type <= 2 || type == 4 || (type >= 6 && type <= 8))
            continue;
        assert_int_equal(relocation_apply(&relocation, &value), ERR_BAD_RELOCATION);
        assert_int_equal(value, 0x11111111);
    }
}

static void all_but_two_kinds_name_a_symbol(void **state)
{
    (void)state;
    for (uint32_t type = 0; type < 256; type++)
        assert_int_equal(relocation_names(type), type != 0 && type != 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_has_its_formula),
        cmocka_unit_test(other_kinds_are_refused),
        cmocka_unit_test(all_but_two_kinds_name_a_symbol),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
