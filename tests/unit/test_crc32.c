/* sources: lib/crc32.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <lib/crc32.h>

/* Bit by bit, as the definition reads. */
static uint32_t slow_crc32(const uint8_t *data, size_t size)
{
    uint32_t crc = 0xFFFFFFFF;

    for (size_t i = 0; i < size; i++) {
        crc ^= data[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc & 1 ? crc >> 1 ^ 0xEDB88320 : crc >> 1;
    }
    return ~crc;
}

static uint8_t bytes[1000];

static int prepare(void **state)
{
    uint32_t random = 12345;

    (void)state;
    for (size_t i = 0; i < sizeof bytes; i++) {
        random = random * 1664525 + 1013904223;
        bytes[i] = (uint8_t)(random >> 24);
    }
    crc32_prepare();
    return 0;
}

static void the_check_value_of_the_standard_comes_out(void **state)
{
    (void)state;
    assert_int_equal(crc32_update(0, "123456789", 9), 0xCBF43926);
    assert_int_equal(crc32_update(0, "", 0), 0);
}

static void every_length_and_alignment_gives_the_definition(void **state)
{
    (void)state;
    for (size_t start = 0; start < 5; start++)
        for (size_t size = 0; size < 200; size++) {
            /* A block of its own, so that the sanitizer sees a read behind its end. */
            uint8_t *block = malloc(size + start + 1);

            memcpy(block + start + 1, bytes, size);
            assert_int_equal(crc32_update(0, block + start + 1, size), slow_crc32(bytes, size));
            free(block);
        }
}

static void pieces_give_the_sum_of_the_whole(void **state)
{
    uint32_t whole = slow_crc32(bytes, sizeof bytes);

    (void)state;
    for (size_t cut = 0; cut <= sizeof bytes; cut++) {
        uint32_t crc = crc32_update(0, bytes, cut);

        assert_int_equal(crc32_update(crc, bytes + cut, sizeof bytes - cut), whole);
    }
}

static void preparing_twice_does_no_harm(void **state)
{
    (void)state;
    crc32_prepare();
    assert_int_equal(crc32_update(0, bytes, sizeof bytes), slow_crc32(bytes, sizeof bytes));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_check_value_of_the_standard_comes_out),
        cmocka_unit_test(every_length_and_alignment_gives_the_definition),
        cmocka_unit_test(pieces_give_the_sum_of_the_whole),
        cmocka_unit_test(preparing_twice_does_no_harm),
    };

    return cmocka_run_group_tests(tests, prepare, NULL);
}
