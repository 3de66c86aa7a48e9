/* sources: bootloader/stage2/disk.c lib/format.c lib/divide.c lib/string.c */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* MAP_FIXED_NOREPLACE */
#endif
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include <boot/info.h>

#include "../../bootloader/stage2/bios.h"
#include "../../bootloader/stage2/disk.h"

/* As disk.c lays it out [EDD3]. */
extern struct {
    uint8_t size, reserved;
    uint16_t count, offset, segment;
    uint64_t lba;
} disk_packet;

/* A BIOS with one drive. Sector n is filled with bytes that follow from n. */
static struct {
    bool edd;
    bool geometry_fails;
    uint32_t heads, spt;
    uint32_t bad_lba; /* cannot be read, UINT32_MAX: none */
    bool bad_by_edd_only;
    uint32_t fail_next;    /* that many reads fail */
    uint32_t largest;      /* more sectors a call fail */
    uint32_t short_by_edd; /* EDD reads no more a call, says so in the packet, and sets no carry */
    bool claims_more;      /* the packet tells of more sectors than were asked for */
    uint32_t reads, resets, edd_reads, chs_reads, largest_read;
} bios;

#define LOW_SIZE 0x30000
static uint8_t *low; /* begins at a 64 KiB line, below 1 MiB as on the machine */

static bool read_fails(uint32_t lba, uint32_t count)
{
    bios.reads++;
    if (count > bios.largest_read)
        bios.largest_read = count;
    if (bios.fail_next) {
        bios.fail_next--;
        return true;
    }
    return count > bios.largest || (bios.bad_lba >= lba && bios.bad_lba - lba < count);
}

/* Sectors that lie 2^8 or 2^16 apart differ, too. */
static uint8_t pattern(uint32_t lba)
{
    return (uint8_t)((lba + (lba >> 8) * 3 + (lba >> 16) * 5) * 7 | 1);
}

static void deliver(uint32_t lba, uint32_t count, uint8_t *to)
{
    assert_true(((uintptr_t)to & 0xFFFF) + count * SECTOR_SIZE <= 0x10000);
    for (uint32_t i = 0; i < count; i++)
        memset(to + i * SECTOR_SIZE, pattern(lba + i), SECTOR_SIZE);
}

static bool serve_edd_read(void)
{
    uint32_t lba = (uint32_t)disk_packet.lba;
    uint16_t asked = disk_packet.count;

    assert_int_equal(disk_packet.size, 16);
    assert_in_range(disk_packet.count, 1, 127);
    bios.edd_reads++;
    if (!bios.edd || read_fails(lba, disk_packet.count))
        return false;
    if (asked > bios.short_by_edd)
        disk_packet.count = (uint16_t)bios.short_by_edd;
    deliver(lba, disk_packet.count,
            (uint8_t *)((uintptr_t)disk_packet.segment * 16 + disk_packet.offset));
    if (bios.claims_more)
        disk_packet.count = (uint16_t)(asked + 1);
    return true;
}

static bool serve_chs_read(const struct bios_registers *r)
{
    uint32_t count = r->eax & 0xFF;
    uint32_t sector = r->ecx & 0x3F;
    uint32_t cylinder = (r->ecx >> 8 & 0xFF) | (r->ecx & 0xC0) << 2;
    uint32_t head = r->edx >> 8 & 0xFF;
    uint32_t lba = (cylinder * bios.heads + head) * bios.spt + sector - 1;

    assert_in_range(sector, 1, bios.spt);
    assert_true(head < bios.heads);
    assert_in_range(count, 1, bios.spt - sector + 1); /* within its track */
    bios.chs_reads++;
    if (read_fails(bios.bad_by_edd_only ? UINT32_MAX - count : lba, count))
        return false;
    deliver(lba, count, (uint8_t *)((uintptr_t)r->es * 16 + (r->ebx & 0xFFFF)));
    return true;
}

static bool serve(struct bios_registers *r)
{
    assert_int_equal(r->edx & 0xFF, 0x80);
    switch (r->eax >> 8 & 0xFF) {
    case 0x00:
        bios.resets++;
        return true;
    case 0x02:
        return serve_chs_read(r);
    case 0x08:
        r->ecx = 0xFFC0 | bios.spt;
        r->edx = (bios.heads - 1) << 8 | 1;
        return !bios.geometry_fails;
    case 0x41:
        if (!bios.edd)
            return false;
        r->eax = 0x3000;
        r->ebx = 0xAA55;
        r->ecx = 1;
        return true;
    case 0x42:
        return serve_edd_read();
    }
    return false;
}

void bios_call(uint8_t vector, struct bios_registers *r)
{
    assert_int_equal(vector, 0x13);
    if (serve(r)) {
        r->flags = EFLAGS_FIXED;
    } else {
        r->eax = 0x0C00;
        r->flags = EFLAGS_FIXED | EFLAGS_CF;
    }
}

static void start(uint32_t method)
{
    struct stage1_record record = {.drive_given = 0x80, .drive = 0x80, .method = (uint8_t)method};

    disk_start(&record);
}

static int prepare(void **state)
{
    (void)state;
    memset(&bios, 0, sizeof bios);
    bios.edd = true;
    bios.heads = 16;
    bios.spt = 63;
    bios.bad_lba = UINT32_MAX;
    bios.largest = 127;
    bios.short_by_edd = 127;
    memset(low, 0, LOW_SIZE);
    return 0;
}

static int map_low_memory(void **state)
{
    (void)state;
    low = mmap((void *)0x20000, LOW_SIZE, PROT_READ | PROT_WRITE,
               MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    return low == (void *)0x20000 ? 0 : -1;
}

static void assert_sectors(uint32_t lba, uint32_t count, const uint8_t *at)
{
    for (uint32_t i = 0; i < count * SECTOR_SIZE; i++)
        assert_int_equal(at[i], pattern(lba + i / SECTOR_SIZE));
    assert_int_equal(at[count * SECTOR_SIZE], 0);
}

static void edd_reads_a_block_in_one_call(void **state)
{
    (void)state;
    start(READ_EDD);
    assert_int_equal(disk.edd_version, 0x30);
    assert_int_equal(disk_read(100, 120, low), 0);
    assert_sectors(100, 120, low);
    assert_int_equal(bios.reads, 1);
    assert_int_equal(disk.reads, 1);
    assert_int_equal(disk.sectors, 120);
}

static void no_call_exceeds_the_limit_or_crosses_a_dma_line(void **state)
{
    (void)state;
    start(READ_EDD);
    assert_int_equal(disk_read(5, 150, low + 0xF000), 0); /* deliver() checks the line */
    assert_sectors(5, 150, low + 0xF000);
    assert_true(bios.largest_read <= BOUNCE_SECTORS);
    assert_int_equal(bios.reads, 4); /* 8, 120, 8, 14 */
}

static void chs_reads_track_by_track(void **state)
{
    static const struct {
        uint32_t heads, spt;
    } geometries[] = {{16, 63}, {2, 18}, {7, 9}, {256, 32}, {1, 1}, {255, 63}};

    (void)state;
    for (size_t i = 0; i < sizeof geometries / sizeof *geometries; i++) {
        prepare(NULL);
        bios.edd = false;
        bios.heads = geometries[i].heads;
        bios.spt = geometries[i].spt;
        start(READ_CHS);
        assert_int_equal(disk.heads, geometries[i].heads);
        assert_int_equal(disk_read(57, 100, low), 0);
        assert_sectors(57, 100, low);
        assert_int_equal(bios.edd_reads, 0);
    }
}

static void a_failed_read_is_tried_again_after_a_reset(void **state)
{
    (void)state;
    start(READ_EDD);
    bios.fail_next = 2;
    assert_int_equal(disk_read(100, 10, low), 0);
    assert_sectors(100, 10, low);
    assert_int_equal(bios.reads, 3);
    assert_int_equal(bios.resets, 2);
    assert_int_equal(disk.retries, 2);
}

static void a_bad_sector_is_named_and_all_others_are_read(void **state)
{
    char text[128];

    (void)state;
    bios.bad_lba = 107;
    start(READ_EDD);
    assert_int_equal(disk_read(100, 10, low), ERR_NO_DEVICE);
    assert_int_equal(disk.bad_lba, 107);
    assert_int_equal(disk.bad_status, 0x0C);
    assert_sectors(100, 7, low);
    assert_true(bios.reads < 20);
    disk_describe_failure(text, sizeof text);
    assert_string_equal(text,
                        "sector (LBA) 107 of drive 80h cannot be read: the BIOS status is 0Ch");
}

static void a_bios_that_fails_on_blocks_is_read_sector_by_sector(void **state)
{
    (void)state;
    bios.largest = 1;
    start(READ_EDD);
    assert_int_equal(disk_read(100, 10, low), 0);
    assert_sectors(100, 10, low);
    assert_int_equal(disk.method, READ_EDD);
}

static void a_bios_that_reads_16_sectors_is_given_pieces_from_then_on(void **state)
{
    (void)state;
    bios.largest = 16;
    start(READ_EDD);
    assert_int_equal(disk_read(100, 80, low), 0);
    assert_sectors(100, 80, low);
    assert_int_equal(bios.edd_reads, 3 + 10); /* three that fail */
    assert_int_equal(disk_read(300, 80, low), 0);
    assert_sectors(300, 80, low);
    assert_int_equal(bios.edd_reads, 3 + 10 + 10);
}

static void what_edd_left_out_without_an_error_is_read_then(void **state)
{
    (void)state;
    bios.short_by_edd = 16;
    start(READ_EDD);
    assert_int_equal(disk_read(100, 80, low), 0);
    assert_sectors(100, 80, low);
    assert_int_equal(disk.reads, 5);
    assert_int_equal(disk.retries, 0);
    assert_int_equal(disk.sectors, 80);
    assert_int_equal(bios.chs_reads, 0);
    prepare(NULL);
    bios.short_by_edd = 7; /* 80 is no multiple */
    assert_int_equal(disk_read(100, 80, low), 0);
    assert_sectors(100, 80, low);
}

static void edd_that_reads_nothing_is_not_taken_for_success(void **state)
{
    char text[160];

    (void)state;
    bios.short_by_edd = 0;
    start(READ_EDD);
    assert_int_equal(disk_read(100, 10, low), 0);
    assert_sectors(100, 10, low);
    assert_int_equal(disk.method, READ_CHS);

    prepare(NULL);
    bios.short_by_edd = 0;
    bios.geometry_fails = true;
    start(READ_EDD);
    assert_int_equal(disk_read(100, 10, low), ERR_NO_DEVICE);
    assert_int_equal(disk.bad_lba, 100);
    assert_true(bios.reads < 20);
    disk_describe_failure(text, sizeof text);
    assert_string_equal(text, "sector (LBA) 100 of drive 80h cannot be read: the BIOS reports no "
                              "error, and no sector read");
}

static void a_packet_that_tells_of_more_than_was_asked_is_not_believed(void **state)
{
    (void)state;
    bios.claims_more = true;
    start(READ_EDD);
    assert_int_equal(disk_read(100, 10, low), 0);
    assert_sectors(100, 10, low);
    assert_int_equal(disk.sectors, 10);
}

static void one_bad_sector_does_not_make_the_rest_slow(void **state)
{
    (void)state;
    bios.bad_lba = 150;
    bios.bad_by_edd_only = true;
    start(READ_EDD);
    assert_int_equal(disk_read(100, 60, low), 0);
    assert_sectors(100, 60, low);
    bios.bad_lba = 0;
    bios.edd_reads = 0;
    bios.chs_reads = 0;
    assert_int_equal(disk_read(200, 16, low), 0);
    assert_in_range(bios.edd_reads + bios.chs_reads, 1, 4);
}

static void when_edd_fails_chs_serves_and_stays(void **state)
{
    (void)state;
    bios.bad_lba = 100;
    bios.bad_by_edd_only = true;
    start(READ_EDD);
    assert_int_equal(disk_read(100, 10, low), 0);
    assert_sectors(100, 10, low);
    assert_int_equal(disk.method, READ_CHS);
    bios.edd_reads = 0;
    assert_int_equal(disk_read(200, 10, low), 0);
    assert_int_equal(bios.edd_reads, 0);
}

static void without_sectors_a_track_nothing_is_divided_by_zero(void **state)
{
    char text[160];

    (void)state;
    bios.spt = 0;
    bios.bad_lba = 100;
    start(READ_EDD);
    assert_int_equal(disk.heads, 0);
    assert_int_equal(disk_read(100, 1, low), ERR_NO_DEVICE);
    assert_int_equal(disk.bad_status, 0x0C); /* of EDD: it tells more */

    prepare(NULL);
    bios.edd = false;
    bios.geometry_fails = true;
    start(READ_CHS);
    assert_int_equal(disk_read(100, 1, low), ERR_NO_DEVICE);
    assert_int_equal(bios.reads, 0);
    disk_describe_failure(text, sizeof text);
    assert_string_equal(text,
                        "sector (LBA) 100 of drive 80h cannot be read: the BIOS offers neither "
                        "EDD nor a usable geometry");
}

static void cylinders_above_1023_are_refused(void **state)
{
    uint32_t last = 1024 * 16 * 63 - 1;
    char text[160];

    (void)state;
    bios.edd = false;
    start(READ_CHS);
    assert_int_equal(disk_read(last, 1, low), 0);
    assert_sectors(last, 1, low);
    bios.reads = 0;
    assert_int_equal(disk_read(last + 1, 1, low), ERR_NO_DEVICE);
    assert_int_equal(bios.reads, 0);
    disk_describe_failure(text, sizeof text);
    assert_non_null(strstr(text, "it lies behind cylinder 1023, and the BIOS offers no EDD"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(edd_reads_a_block_in_one_call, prepare),
        cmocka_unit_test_setup(no_call_exceeds_the_limit_or_crosses_a_dma_line, prepare),
        cmocka_unit_test_setup(chs_reads_track_by_track, prepare),
        cmocka_unit_test_setup(a_failed_read_is_tried_again_after_a_reset, prepare),
        cmocka_unit_test_setup(a_bad_sector_is_named_and_all_others_are_read, prepare),
        cmocka_unit_test_setup(a_bios_that_fails_on_blocks_is_read_sector_by_sector, prepare),
        cmocka_unit_test_setup(a_bios_that_reads_16_sectors_is_given_pieces_from_then_on, prepare),
        cmocka_unit_test_setup(what_edd_left_out_without_an_error_is_read_then, prepare),
        cmocka_unit_test_setup(edd_that_reads_nothing_is_not_taken_for_success, prepare),
        cmocka_unit_test_setup(a_packet_that_tells_of_more_than_was_asked_is_not_believed, prepare),
        cmocka_unit_test_setup(one_bad_sector_does_not_make_the_rest_slow, prepare),
        cmocka_unit_test_setup(when_edd_fails_chs_serves_and_stays, prepare),
        cmocka_unit_test_setup(without_sectors_a_track_nothing_is_divided_by_zero, prepare),
        cmocka_unit_test_setup(cylinders_above_1023_are_refused, prepare),
    };

    return cmocka_run_group_tests(tests, map_low_memory, NULL);
}
