/* sources: kernel/core/boot_facts.c lib/string.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <abi/errors.h>
#include <kernel/boot_facts.h>
#include <kernel/debug.h>
#include <kernel/memory.h>

#define USER 0x00800000u

static struct boot_info info;
static _Alignas(
    8) char program[sizeof(struct boot_facts) + 40000]; /* the program's memory, at USER */
static void *taken;
static size_t taken_size;
static bool out_of_memory;
static int lines;

void *heap_take(size_t size)
{
    taken_size = size;
    free(taken);
    taken = out_of_memory ? NULL : malloc(size);
    return taken;
}

void log_line(const char *part, const char *format, ...)
{
    (void)part;
    (void)format;
    lines++;
}

int user_copy_out(user_ptr to, const void *from, size_t size)
{
    if (to.address < USER || to.address - USER > sizeof(program) ||
        size > sizeof(program) - (to.address - USER))
        return ERR_BAD_ADDRESS;
    memcpy(program + (to.address - USER), from, size);
    return 0;
}

static const struct boot_facts *start(void)
{
    info.drive = 0x80;
    info.drive_given = 0x81;
    info.disk_reads = 33;
    info.parameter_block[0] = 1;
    info.parameter_block_written[0] = 2;
    info.a20_method = A20_PORT_92;
    info.raw[info.raw_count - 1].length = 77;
    info.ranges[info.range_count - 1].kind = MEMORY_BAD;
    memcpy(info.log, "hello", 5);
    boot_facts_start(&info);
    memset(program, 0xEE, sizeof(program));
    return (const struct boot_facts *)(void *)program;
}

static int prepare(void **state)
{
    (void)state;
    memset(&info, 0, sizeof(info));
    info.raw_count = 3;
    info.range_count = 4;
    info.log_size = 5;
    out_of_memory = false;
    lines = 0;
    return 0;
}

static void a_program_reads_all_of_it(void **state)
{
    const struct boot_facts *facts = start();
    int size = boot_facts_read_user(0, (user_ptr){USER}, 0xFFFFFFFF);

    (void)state;
    assert_int_equal(size, taken_size);
    assert_int_equal(facts->size, size);
    assert_int_equal(facts->version, BOOT_FACTS_VERSION);
    assert_int_equal(facts->drive_given, 0x81);
    assert_int_equal(facts->disk_reads, 33);
    assert_int_equal(facts->a20_method, FACTS_A20_PORT_92);
    assert_int_equal(facts->parameters_found[0], 1);
    assert_int_equal(facts->parameters_written[0], 2);
    assert_int_equal(
        ((const struct boot_raw_range *)(void *)(program + facts->raw_offset))[2].length, 77);
    assert_int_equal(((const struct boot_range *)(void *)(program + facts->range_offset))[3].kind,
                     FACTS_BAD);
    assert_memory_equal(program + facts->log_offset, "hello", 5);
    assert_int_equal((uint8_t)program[size], 0xEE);
}

static void any_part_is_the_same_as_in_the_whole(void **state)
{
    static char whole[sizeof(program)];
    int size;

    (void)state;
    start();
    size = boot_facts_read_user(0, (user_ptr){USER}, sizeof(program));
    memcpy(whole, program, (size_t)size);
    for (uint32_t offset = 0; offset < (uint32_t)size; offset += 13) {
        int got = boot_facts_read_user(offset, (user_ptr){USER}, 100);

        assert_int_equal(got, size - (int)offset < 100 ? size - (int)offset : 100);
        assert_memory_equal(program, whole + offset, (size_t)got);
    }
    assert_int_equal(boot_facts_read_user((uint32_t)size, (user_ptr){USER}, 1), 0);
    assert_int_equal(boot_facts_read_user(0xFFFFFFFF, (user_ptr){USER}, 0xFFFFFFFF), 0);
}

static void counts_of_a_damaged_boot_info_stay_inside_it(void **state)
{
    const struct boot_facts *facts;

    (void)state;
    facts = start();
    info.raw_count = info.range_count = info.log_size = 0xFFFFFFFF;
    boot_facts_start(&info);
    assert_true(boot_facts_read_user(0, (user_ptr){USER}, 0xFFFFFFFF) > 0);
    assert_int_equal(facts->raw_count, BOOT_RAW_MAX);
    assert_int_equal(facts->range_count, BOOT_RANGES_MAX);
    assert_int_equal(facts->log_size, BOOT_LOG_MAX);
}

static void a_bad_address_is_refused(void **state)
{
    (void)state;
    start();
    assert_int_equal(boot_facts_read_user(0, (user_ptr){0}, 4), ERR_BAD_ADDRESS);
}

static void without_memory_there_are_no_facts_and_a_line_says_so(void **state)
{
    (void)state;
    out_of_memory = true;
    start();
    assert_int_equal(lines, 1);
    assert_int_equal(boot_facts_read_user(0, (user_ptr){USER}, 4), ERR_NO_MEMORY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_program_reads_all_of_it, prepare),
        cmocka_unit_test_setup(any_part_is_the_same_as_in_the_whole, prepare),
        cmocka_unit_test_setup(counts_of_a_damaged_boot_info_stay_inside_it, prepare),
        cmocka_unit_test_setup(a_bad_address_is_refused, prepare),
        cmocka_unit_test_setup(without_memory_there_are_no_facts_and_a_line_says_so, prepare),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);

    free(taken);
    return failed;
}
