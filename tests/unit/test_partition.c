/* sources: bootloader/stage2/partition.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../bootloader/stage2/partition.h"

static uint8_t table[64];
static struct partition found;

static void entry(int index, uint8_t status, uint8_t type, uint32_t lba, uint32_t sectors)
{
    uint8_t *at = table + 16 * index;

    at[0] = status;
    at[4] = type;
    memcpy(at + 8, &lba, 4);
    memcpy(at + 12, &sectors, 4);
}

static int prepare(void **state)
{
    (void)state;
    memset(table, 0, sizeof table);
    return 0;
}

static void the_one_active_partition_is_found_wherever_it_stands(void **state)
{
    static const uint8_t types[] = {0x04, 0x06, 0x0E};

    (void)state;
    for (int i = 0; i < PARTITION_COUNT; i++) {
        prepare(NULL);
        entry((i + 1) % 4, 0, 0x83, 63, 1000);
        entry(i, 0x80, types[i % 3], 0x12345678, 0x9ABCDEF0);
        assert_int_equal(partition_find(table, &found), PARTITION_OK);
        assert_int_equal(found.lba, 0x12345678);
        assert_true(found.sectors == 0x9ABCDEF0);
        assert_int_equal(found.type, types[i % 3]);
    }
}

static void no_active_partition_is_told(void **state)
{
    (void)state;
    assert_int_equal(partition_find(table, &found), PARTITION_NONE_ACTIVE);
    /* Only 80h means active. */
    entry(0, 0x81, 0x06, 2048, 1000);
    assert_int_equal(partition_find(table, &found), PARTITION_NONE_ACTIVE);
}

static void a_second_active_partition_is_told(void **state)
{
    (void)state;
    entry(1, 0x80, 0x06, 2048, 1000);
    entry(3, 0x80, 0x06, 4096, 1000);
    assert_int_equal(partition_find(table, &found), PARTITION_TWO_ACTIVE);
}

static void every_type_but_fat16_is_told(void **state)
{
    (void)state;
    for (int type = 0; type < 256; type++) {
        int fits = type == 0x04 || type == 0x06 || type == 0x0E;

        entry(0, 0x80, (uint8_t)type, 2048, 1000);
        assert_int_equal(partition_find(table, &found), fits ? PARTITION_OK : PARTITION_WRONG_TYPE);
        assert_int_equal(found.type, type);
    }
}

static void an_active_partition_without_sectors_is_told(void **state)
{
    (void)state;
    entry(0, 0x80, 0x06, 0, 1000);
    assert_int_equal(partition_find(table, &found), PARTITION_EMPTY);
    entry(0, 0x80, 0x06, 2048, 0);
    assert_int_equal(partition_find(table, &found), PARTITION_EMPTY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_one_active_partition_is_found_wherever_it_stands, prepare),
        cmocka_unit_test_setup(no_active_partition_is_told, prepare),
        cmocka_unit_test_setup(a_second_active_partition_is_told, prepare),
        cmocka_unit_test_setup(every_type_but_fat16_is_told, prepare),
        cmocka_unit_test_setup(an_active_partition_without_sectors_is_told, prepare),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
