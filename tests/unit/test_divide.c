/* sources: lib/divide.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <lib/divide.h>

static uint64_t random_state = 88172645463325252ull;

static uint64_t next_random(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    /* Numbers of every length. */
    return random_state >> (random_state % 64);
}

static const uint64_t edges[] = {0,
                                 1,
                                 2,
                                 3,
                                 10,
                                 0x7FFFFFFF,
                                 0x80000000,
                                 0xFFFFFFFF,
                                 0x100000000,
                                 0x100000001,
                                 0x1FFFFFFFF,
                                 0x7FFFFFFFFFFFFFFF,
                                 0x8000000000000000,
                                 0xFFFFFFFF00000000,
                                 0xFFFFFFFFFFFFFFFE,
                                 0xFFFFFFFFFFFFFFFF};

static void check(uint64_t dividend, uint64_t divisor)
{
    uint64_t remainder = 1;
    uint32_t short_remainder = 1;

    if (!divisor)
        return;
    assert_true(divide_by_64(dividend, divisor, &remainder) == dividend / divisor);
    assert_true(remainder == dividend % divisor);
    if (divisor >> 32)
        return;
    assert_true(divide_by_32(dividend, (uint32_t)divisor, &short_remainder) == dividend / divisor);
    assert_true(short_remainder == dividend % divisor);
}

static void the_edges_divide_as_the_host_divides(void **state)
{
    size_t count = sizeof edges / sizeof *edges;

    (void)state;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < count; j++)
            check(edges[i], edges[j]);
}

static void random_numbers_divide_as_the_host_divides(void **state)
{
    (void)state;
    for (int i = 0; i < 200000; i++) {
        uint64_t dividend = next_random();

        check(dividend, next_random());
    }
}

static void the_remainder_may_be_left_out(void **state)
{
    (void)state;
    assert_true(divide_by_64(1000, 7, NULL) == 142);
    assert_true(divide_by_64(UINT64_MAX, 1ull << 40, NULL) == (1u << 24) - 1);
    assert_true(divide_by_32(1000, 7, NULL) == 142);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_edges_divide_as_the_host_divides),
        cmocka_unit_test(random_numbers_divide_as_the_host_divides),
        cmocka_unit_test(the_remainder_may_be_left_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
