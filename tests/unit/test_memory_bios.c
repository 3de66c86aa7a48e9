/* sources: bootloader/stage2/memory_bios.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../bootloader/stage2/bios.h"
#include "../../bootloader/stage2/memory_bios.h"

#define SMAP 0x534D4150

extern struct e820_entry memory_bios_entry;

/* What the BIOS of a test offers. */
static struct {
    struct e820_entry entries[4];
    uint32_t count;
    uint32_t bytes;    /* what ECX returns, 0: leave it */
    bool endless;      /* EBX never becomes 0 */
    bool carry_at_end; /* instead of EBX = 0 */
    bool no_smap;
    bool zero_attributes; /* "ignore this entry" in the first */
    bool e801, e801_in_cx, e88;
    uint32_t e801_kb, e88_kb; /* above 1 MiB, where they are not the usual */
    uint32_t calls;
} bios;

static void serve_e820(struct bios_registers *r)
{
    uint32_t index = r->ebx;

    assert_int_equal(r->edx, SMAP);
    bios.calls++;
    if (!bios.count || (bios.carry_at_end && index == bios.count))
        return;
    r->flags = EFLAGS_FIXED;
    r->eax = bios.no_smap ? 0 : SMAP;
    if (bios.bytes)
        r->ecx = bios.bytes;
    memcpy(&memory_bios_entry, &bios.entries[index % bios.count],
           r->ecx < sizeof memory_bios_entry ? r->ecx : sizeof memory_bios_entry);
    if (bios.zero_attributes)
        memory_bios_entry.attributes = index != 0;
    r->ebx = index + 1;
    if (index + 1 == bios.count && !bios.endless && !bios.carry_at_end)
        r->ebx = 0;
}

static void serve_e801(struct bios_registers *r)
{
    if (!bios.e801)
        return;
    r->flags = EFLAGS_FIXED;
    if (bios.e801_kb) {
        r->eax = bios.e801_kb;
        r->ebx = r->ecx = r->edx = 0;
        return;
    }
    r->eax = bios.e801_in_cx ? 0 : 15 * 1024;
    r->ebx = bios.e801_in_cx ? 0 : 256;
    r->ecx = bios.e801_in_cx ? 15 * 1024 : 0;
    r->edx = bios.e801_in_cx ? 256 : 0;
}

void bios_call(uint8_t vector, struct bios_registers *r)
{
    assert_int_equal(vector, 0x15);
    r->flags = EFLAGS_FIXED | EFLAGS_CF;
    if (r->eax == 0xE820) {
        serve_e820(r);
    } else if (r->eax == 0xE801) {
        serve_e801(r);
    } else if (r->eax == 0x8800 && bios.e88) {
        r->flags = EFLAGS_FIXED;
        r->eax = bios.e88_kb ? bios.e88_kb : 3072;
    }
}

static struct e820_entry raw[BOOT_RAW_MAX];
static uint32_t count;

static int prepare(void **state)
{
    (void)state;
    memset(&bios, 0, sizeof bios);
    memset(raw, 0xEE, sizeof raw);
    bios.entries[0] = (struct e820_entry){0, 0x9FC00, 1, 1};
    bios.entries[1] = (struct e820_entry){0x9FC00, 0x400, 2, 1};
    bios.entries[2] = (struct e820_entry){0x100000, 0x3F00000, 1, 1};
    bios.count = 3;
    return 0;
}

static void assert_three_entries(void)
{
    assert_int_equal(memory_bios_read(639, raw, &count), MAP_E820);
    assert_int_equal(count, 3);
    assert_memory_equal(raw, bios.entries, 3 * sizeof *raw);
}

static void e820_is_read_until_its_end_however_that_is_told(void **state)
{
    (void)state;
    assert_three_entries();
    bios.carry_at_end = true;
    assert_three_entries();
}

static void entries_of_twenty_bytes_count(void **state)
{
    (void)state;
    bios.bytes = 20;
    assert_three_entries();
    bios.zero_attributes = true; /* behind the 20 bytes: nobody said so */
    assert_three_entries();
}

static void empty_ignored_and_short_entries_are_skipped(void **state)
{
    (void)state;
    bios.entries[1].length = 0;
    assert_int_equal(memory_bios_read(639, raw, &count), MAP_E820);
    assert_int_equal(count, 2);

    prepare(NULL);
    bios.entries[3].length = 0; /* the last one: its EBX = 0 ends the list all the same */
    bios.count = 4;
    assert_int_equal(memory_bios_read(639, raw, &count), MAP_E820);
    assert_int_equal(count, 3);
    assert_int_equal(bios.calls, 4);

    prepare(NULL);
    bios.zero_attributes = true;
    memory_bios_read(639, raw, &count);
    assert_int_equal(count, 2);

    prepare(NULL);
    bios.bytes = 16;
    bios.e88 = true;
    assert_int_equal(memory_bios_read(639, raw, &count), MAP_88);
}

static void a_list_without_end_is_bounded(void **state)
{
    (void)state;
    bios.endless = true;
    assert_int_equal(memory_bios_read(639, raw, &count), MAP_E820);
    assert_int_equal(count, BOOT_RAW_MAX);

    bios.calls = 0;
    memset(bios.entries, 0, sizeof bios.entries); /* empty ones for ever */
    bios.e88 = true;
    assert_int_equal(memory_bios_read(639, raw, &count), MAP_88);
    assert_true(bios.calls <= 4 * BOOT_RAW_MAX);
}

static void e801_serves_without_e820_in_either_pair_of_registers(void **state)
{
    (void)state;
    for (int pair = 0; pair < 2; pair++) {
        bios.count = pair ? 0 : 3;
        bios.no_smap = true;
        bios.e801 = true;
        bios.e801_in_cx = pair;
        assert_int_equal(memory_bios_read(639, raw, &count), MAP_E801);
        assert_int_equal(count, 3);
        assert_int_equal(raw[0].length, 639 * 1024);
        assert_int_equal(raw[1].start, 0x100000);
        assert_int_equal(raw[1].length, 15 * 0x100000);
        assert_int_equal(raw[2].start, 0x1000000);
        assert_int_equal(raw[2].length, 0x1000000);
        assert_int_equal(raw[2].type, 1);
    }
}

static void the_oldest_call_serves_last(void **state)
{
    (void)state;
    bios.count = 0;
    bios.e88 = true;
    assert_int_equal(memory_bios_read(640, raw, &count), MAP_88);
    assert_int_equal(count, 2);
    assert_int_equal(raw[1].length, 3072 * 1024);
}

/* A real 486's E820h tells of conventional memory and ends. */
static void a_list_without_the_memory_above_1_mib_is_not_the_last_word(void **state)
{
    static const struct e820_entry useless[] = {
        {0x100000, 0x3F00000, 2, 1},    /* all of it reserved */
        {0x100000, 0x10000, 1, 1},      /* some, but too little to start */
        {0x100000000, 0x4000000, 1, 1}, /* where no 32-bit kernel reaches */
        {0xC0000, 0x10000, 1, 1},
    };

    (void)state;
    bios.count = 1;
    bios.e801 = true;
    assert_int_equal(memory_bios_read(639, raw, &count), MAP_E801);
    assert_int_equal(raw[1].length, 15 * 0x100000);
    bios.e801 = false;
    bios.e88 = true;
    assert_int_equal(memory_bios_read(639, raw, &count), MAP_88);
    for (size_t i = 0; i < sizeof useless / sizeof *useless; i++) {
        bios.count = 3;
        bios.entries[2] = useless[i];
        assert_int_equal(memory_bios_read(639, raw, &count), MAP_88);
        assert_int_equal(count, 2);
        assert_int_equal(raw[1].length, 3072 * 1024);
    }
}

static void a_useless_e801_is_not_the_last_word(void **state)
{
    (void)state;
    bios.count = 0;
    bios.e801 = true;
    bios.e801_kb = 384;
    bios.e88 = true;
    assert_int_equal(memory_bios_read(639, raw, &count), MAP_88);
    assert_int_equal(raw[1].length, 3072 * 1024);
}

/* With too little memory by every call, the sentence names the most that one of them told. */
static void where_none_is_enough_the_most_is_told(void **state)
{
    (void)state;
    bios.entries[2].length = 0x200000;
    bios.e801 = true;
    bios.e801_kb = 1024;
    assert_three_entries();
    bios.entries[2].length = 0x80000;
    assert_int_equal(memory_bios_read(639, raw, &count), MAP_E801);
    assert_int_equal(raw[1].length, 1024 * 1024);
    bios.e88 = true;
    bios.e88_kb = 1025;
    assert_int_equal(memory_bios_read(639, raw, &count), MAP_88);
    assert_int_equal(raw[1].length, 1025 * 1024);
}

static void with_no_call_at_all_only_conventional_memory_is_left(void **state)
{
    (void)state;
    bios.count = 0;
    memory_bios_read(640, raw, &count);
    assert_int_equal(count, 1);
    assert_int_equal(raw[0].length, 640 * 1024);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(e820_is_read_until_its_end_however_that_is_told, prepare),
        cmocka_unit_test_setup(entries_of_twenty_bytes_count, prepare),
        cmocka_unit_test_setup(empty_ignored_and_short_entries_are_skipped, prepare),
        cmocka_unit_test_setup(a_list_without_end_is_bounded, prepare),
        cmocka_unit_test_setup(e801_serves_without_e820_in_either_pair_of_registers, prepare),
        cmocka_unit_test_setup(the_oldest_call_serves_last, prepare),
        cmocka_unit_test_setup(a_list_without_the_memory_above_1_mib_is_not_the_last_word, prepare),
        cmocka_unit_test_setup(a_useless_e801_is_not_the_last_word, prepare),
        cmocka_unit_test_setup(where_none_is_enough_the_most_is_told, prepare),
        cmocka_unit_test_setup(with_no_call_at_all_only_conventional_memory_is_left, prepare),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
