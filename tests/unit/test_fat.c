/* sources: bootloader/stage2/fat.c bootloader/stage2/fat_name.c lib/string.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <boot/layout.h>

#include "../../bootloader/stage2/disk.h"
#include "../../bootloader/stage2/fat.h"
#include "../../bootloader/stage2/log.h"

/*
 * A volume of 5000 clusters of 2 sectors at LBA 64: boot record, two FATs of 20 sectors, a root of
 * 64 entries, data.
 */
#define START     64u
#define FAT_LBA   (START + 1)
#define FAT_SECT  20u
#define ROOT_LBA  (FAT_LBA + 2 * FAT_SECT)
#define ROOT_SECT 4u
#define DATA_LBA  (ROOT_LBA + ROOT_SECT)
#define CLUSTER   2u
#define CLUSTERS  5000u
#define TOTAL     (DATA_LBA - START + CLUSTERS * CLUSTER)
#define CHAIN_END 0xFFFF

static uint8_t *image;
static uint32_t unreadable; /* LBA; 0: none */
static uint32_t reads;
static int warnings;

struct disk disk;

int disk_read(uint32_t lba, uint32_t count, void *to)
{
    reads++;
    assert_true(lba >= START && lba + count <= START + TOTAL);
    if (unreadable && unreadable >= lba && unreadable < lba + count) {
        disk.bad_lba = unreadable;
        memset(to, 0xA5, (size_t)count * SECTOR_SIZE);
        return ERR_NO_DEVICE;
    }
    memcpy(to, image + (size_t)lba * SECTOR_SIZE, (size_t)count * SECTOR_SIZE);
    return 0;
}

void log_warning(const char *format, ...)
{
    (void)format;
    warnings++;
}

static struct fat_volume volume;
static struct fat_memory memory;

static uint8_t *sector(uint32_t lba)
{
    return image + (size_t)lba * SECTOR_SIZE;
}

static void set_fat(uint32_t cluster, uint32_t next)
{
    for (uint32_t copy = 0; copy < 2; copy++) {
        uint8_t *at = sector(FAT_LBA + copy * FAT_SECT) + cluster * 2;

        at[0] = (uint8_t)next;
        at[1] = (uint8_t)(next >> 8);
    }
}

static uint8_t *cluster_data(uint32_t cluster)
{
    return sector(DATA_LBA + (cluster - 2) * CLUSTER);
}

static void put16(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)value;
    at[1] = (uint8_t)(value >> 8);
}

static void put_entry(uint8_t *at, const char *name, uint32_t attributes, uint32_t cluster,
                      uint32_t size)
{
    memset(at, 0, 32);
    memcpy(at, name, 11);
    at[11] = (uint8_t)attributes;
    put16(at + 26, cluster);
    put16(at + 28, size);
    put16(at + 30, size >> 16);
}

/* Writes the pieces of a long name and the short entry behind them; returns how many entries. */
static uint32_t put_long(uint8_t *at, const uint16_t *text, const char *short_name,
                         uint32_t attributes, uint32_t cluster, uint32_t size)
{
    static const uint8_t offsets[] = {1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30};
    uint32_t length = 0, pieces;
    uint8_t sum = 0;

    while (text[length])
        length++;
    pieces = (length + 12) / 13;
    for (int i = 0; i < 11; i++)
        sum = (uint8_t)((sum >> 1 | sum << 7) + (uint8_t)short_name[i]);
    for (uint32_t piece = pieces; piece; piece--, at += 32) {
        memset(at, 0, 32);
        at[0] = (uint8_t)(piece | (piece == pieces ? 0x40 : 0));
        at[11] = 0x0F;
        at[13] = sum;
        for (uint32_t i = 0; i < 13; i++) {
            uint32_t index = (piece - 1) * 13 + i;

            put16(at + offsets[i], index < length ? text[index] : index == length ? 0 : 0xFFFF);
        }
    }
    put_entry(at, short_name, attributes, cluster, size);
    return pieces + 1;
}

static void put_boot_record(void)
{
    uint8_t *at = sector(START);

    memset(at, 0, SECTOR_SIZE);
    put16(at + 11, SECTOR_SIZE);
    at[13] = CLUSTER;
    put16(at + 14, 1);
    at[16] = 2;
    put16(at + 17, ROOT_SECT * 16);
    put16(at + 19, TOTAL);
    put16(at + 22, FAT_SECT);
    put16(at + 510, 0xAA55);
}

/* A sane volume: /APPS (cluster 2) and /BIG.BIN: 3500 bytes in clusters 5, 6, 9, 10. */
static int prepare(void **state)
{
    (void)state;
    if (!image)
        image = malloc((size_t)(START + TOTAL) * SECTOR_SIZE);
    memset(image, 0, (size_t)(START + TOTAL) * SECTOR_SIZE);
    unreadable = reads = 0;
    warnings = 0;
    put_boot_record();
    set_fat(2, CHAIN_END);
    set_fat(5, 6);
    set_fat(6, 9);
    set_fat(9, 10);
    set_fat(10, 0xFFF8);
    for (int i = 0; i < 2048; i++) {
        cluster_data(5)[i] = (uint8_t)(i % 251);
        cluster_data(9)[i] = (uint8_t)((i + 2048) % 251);
    }
    put_entry(sector(ROOT_LBA), "MEGHA      ", FAT_LABEL, 0, 0);
    put_entry(sector(ROOT_LBA) + 32, "APPS       ", FAT_FOLDER, 2, 0);
    put_entry(sector(ROOT_LBA) + 64, "BIG     BIN", 0x20, 5, 3500);
    put_entry(cluster_data(2), ".          ", FAT_FOLDER, 2, 0);
    put_entry(cluster_data(2) + 32, "..         ", FAT_FOLDER, 0, 0);
    free(memory.bounce);
    free(memory.fat);
    free(memory.directory);
    memory.bounce = malloc(BOUNCE_SECTORS * SECTOR_SIZE);
    memory.fat = malloc(FAT_SIZE);
    memory.directory = malloc(DIRECTORY_SIZE);
    return 0;
}

static int mount(void)
{
    return fat_mount(&volume, START, TOTAL, memory);
}

static uint8_t file_bytes[8192];
static uint32_t file_size;

static bool gather(void *context, const void *data, uint32_t size)
{
    (void)context;
    assert_true(file_size + size <= sizeof file_bytes);
    memcpy(file_bytes + file_size, data, size);
    file_size += size;
    return true;
}

static int read_file(const char *path)
{
    struct fat_entry entry;
    int result = fat_find(&volume, path, &entry);

    file_size = 0;
    return result ? result : fat_read(&volume, &entry, gather, NULL);
}

static char listed[4096];

static bool list_names(void *context, const struct fat_entry *entry)
{
    (void)context;
    assert_true(strlen(entry->name) < FAT_NAME_MAX);
    if (strlen(listed) < sizeof listed - 80)
        snprintf(listed + strlen(listed), sizeof listed - strlen(listed), "%s|", entry->name);
    return true;
}

static int list(const char *path)
{
    struct fat_entry folder;
    int result = fat_find(&volume, path, &folder);

    listed[0] = '\0';
    return result ? result : fat_list(&volume, &folder, list_names, NULL);
}

/* ---- Good volumes --------------------------------------------------------------------------- */

static void a_file_in_pieces_is_read_whole_with_one_read_a_run(void **state)
{
    (void)state;
    assert_int_equal(mount(), FAT_OK);
    assert_int_equal(reads, 2);
    assert_int_equal(read_file("/big.BIN"), FAT_OK);
    assert_int_equal(reads, 5); /* root, two runs */
    assert_int_equal(file_size, 3500);
    for (uint32_t i = 0; i < file_size; i++)
        assert_int_equal(file_bytes[i], i % 251);
}

static void the_root_is_read_once(void **state)
{
    struct fat_entry entry;

    (void)state;
    mount();
    fat_find(&volume, "/apps/none", &entry);
    reads = 0;
    assert_int_equal(fat_find(&volume, "/BIG.BIN", &entry), FAT_OK);
    assert_int_equal(fat_find(&volume, "/apps/none", &entry), FAT_NOT_FOUND);
    assert_int_equal(reads, 0);
}

static void paths_lead_to_the_root_to_folders_and_nowhere(void **state)
{
    struct fat_entry entry;

    (void)state;
    mount();
    assert_int_equal(fat_find(&volume, "/", &entry), FAT_OK);
    assert_int_equal(entry.attributes & FAT_FOLDER, FAT_FOLDER);
    assert_int_equal(fat_find(&volume, "//apps/", &entry), FAT_OK);
    assert_int_equal(entry.cluster, 2);
    assert_int_equal(fat_find(&volume, "/big.bin/x", &entry), FAT_NOT_FOUND);
    assert_int_equal(fat_find(&volume, "/app", &entry), FAT_NOT_FOUND);
    assert_int_equal(
        fat_find(&volume, "/a_name_that_is_longer_than_any_name_that_a_path_of_the_loader_may_have",
                 &entry),
        FAT_NOT_FOUND);
}

static void labels_deleted_entries_and_dots_are_not_listed(void **state)
{
    (void)state;
    put_entry(sector(ROOT_LBA) + 96, "\xE5OLD    TXT", 0, 7, 1);
    put_entry(sector(ROOT_LBA) + 128, "LAST       ", 0, 0, 0);
    put_entry(sector(ROOT_LBA) + 192, "BEHIND     ", 0, 0, 0); /* a zero entry ends the folder */
    mount();
    assert_int_equal(list("/"), FAT_OK);
    assert_string_equal(listed, "APPS|BIG.BIN|LAST|");
    assert_int_equal(list("/apps"), FAT_OK);
    assert_string_equal(listed, "");
}

static void short_names_obey_the_marks_for_small_letters(void **state)
{
    uint8_t *at = cluster_data(2) + 64;

    (void)state;
    put_entry(at, "README  TXT", 0, 0, 0);
    at[12] = 0x18;
    put_entry(at + 32, "README  TXT", 0, 0, 0);
    at[32 + 12] = 0x08;
    put_entry(at + 64, "A B     X  ", 0, 0, 0);
    put_entry(at + 96, "\x01\x02/\x90\x7F   \\\"~", 0, 0, 0);
    mount();
    list("/apps");
    assert_string_equal(listed, "readme.txt|readme.TXT|A B.X|_____._\"~|");
}

static void long_names_are_read_and_found(void **state)
{
    static const uint16_t name[] = u"A long name.with Capitals.elf";
    static const uint16_t thirteen[] = u"exactly13char";
    static const uint16_t foreign[] = {0xE4, 0x20AC, 7, 0xD83D, 0xDE00, '/', 'x', 0};
    uint8_t *at = cluster_data(2) + 64;
    struct fat_entry entry;

    (void)state;
    at += 32 * put_long(at, name, "ALONGN~1ELF", 0x20, 5, 77);
    at += 32 * put_long(at, thirteen, "EXACTL~1   ", 0x20, 5, 1);
    put_long(at, foreign, "FOREIG~1   ", 0x20, 5, 1);
    mount();
    list("/apps");
    assert_string_equal(listed, "A long name.with Capitals.elf|exactly13char|\u00e4\u20ac____x|");
    assert_int_equal(fat_find(&volume, "/apps/a LONG name.with capitals.ELF", &entry), FAT_OK);
    assert_int_equal(entry.size, 77);
}

static void a_long_name_that_does_not_belong_is_ignored(void **state)
{
    static const uint16_t name[] = u"A name in two pieces";
    uint8_t *at = cluster_data(2) + 64;
    uint32_t entries;

    (void)state;
    for (int damage = 0; damage < 8; damage++) {
        entries = put_long(at, name, "GOOD       ", 0x20, 0, 0);
        assert_int_equal(entries, 3);
        if (damage == 0)
            at[13] ^= 1; /* checksum of one piece */
        else if (damage == 1)
            at[0] = 0x43; /* a piece is missing */
        else if (damage == 2)
            at[32] = 0x02; /* the order is wrong */
        else if (damage == 3)
            at[64] = 'F'; /* belongs to another short name */
        else if (damage == 4)
            at[0] = 0x40; /* piece 0 */
        else if (damage == 5)
            at[0] = 0x5F; /* piece 31 */
        else if (damage == 6)
            at[32] = 0xE5; /* the first piece is deleted */
        else
            memcpy(at + 32, at + 64, 32); /* the first piece never came */
        mount();
        list("/apps");
        assert_string_equal(listed, damage == 3 ? "FOOD|" : damage == 7 ? "GOOD|GOOD|" : "GOOD|");
    }
    /* A long name serves once. */
    prepare(NULL);
    put_long(at, name, "GOOD       ", 0x20, 0, 0);
    memcpy(at + 96, at + 64, 32);
    mount();
    list("/apps");
    assert_string_equal(listed, "A name in two pieces|GOOD|");
}

static void a_name_longer_than_the_limit_is_marked_as_cut(void **state)
{
    uint16_t name[256];
    struct fat_entry entry;

    (void)state;
    for (int i = 0; i < 255; i++)
        name[i] = 'n';
    name[255] = 0;
    put_long(cluster_data(2) + 64, name, "LONG       ", 0x20, 0, 0);
    mount();
    list("/apps");
    assert_int_equal(strlen(listed), FAT_NAME_MAX);
    listed[FAT_NAME_MAX - 1] = '\0';
    /* A cut name is nobody's name. */
    assert_int_equal(fat_find(&volume, "/apps/long", &entry), FAT_NOT_FOUND);
}

static void a_folder_of_many_clusters_is_listed_to_its_end(void **state)
{
    char name[12];
    uint32_t files = 0;

    (void)state;
    for (uint32_t cluster = 100; cluster < 140; cluster++) {
        set_fat(cluster, cluster == 139 ? CHAIN_END : cluster + 1);
        for (uint32_t i = 0; i < 32; i++) {
            snprintf(name, sizeof name, "F%07u   ", files++);
            put_entry(cluster_data(cluster) + 32 * i, name, 0, 0, 0);
        }
    }
    put_entry(sector(ROOT_LBA) + 96, "MANY       ", FAT_FOLDER, 100, 0);
    mount();
    reads = 0;
    assert_int_equal(list("/many"), FAT_OK);
    assert_int_equal(reads, 4); /* root; 80 sectors in pieces of 32 */
    assert_non_null(strstr(listed, "F0000000|F0000001|"));
    for (int again = 0; again < 2; again++) {
        struct fat_entry entry;

        assert_int_equal(fat_find(&volume, "/many/F0001279", &entry), FAT_OK);
    }
}

/* ---- Damaged volumes ------------------------------------------------------------------------ */

static void absurd_boot_records_are_refused(void **state)
{
    static const struct {
        int offset, bytes;
        uint32_t value;
        int result;
    } damages[] = {
        {510, 2, 0, FAT_NO_BOOT_RECORD},    {11, 2, 4096, FAT_NO_BOOT_RECORD},
        {11, 2, 0, FAT_NO_BOOT_RECORD},     {13, 1, 0, FAT_NO_BOOT_RECORD},
        {13, 1, 3, FAT_NO_BOOT_RECORD},     {14, 2, 0, FAT_NO_BOOT_RECORD},
        {14, 2, 65535, FAT_NO_BOOT_RECORD}, {16, 1, 0, FAT_NO_BOOT_RECORD},
        {16, 1, 255, FAT_NO_BOOT_RECORD},   {17, 2, 0, FAT_NOT_FAT16},
        {17, 2, 65535, FAT_NOT_FAT16},      {19, 2, 65535, FAT_TOO_LARGE},
        {19, 2, 0, FAT_NO_BOOT_RECORD},     {19, 2, 20, FAT_NO_BOOT_RECORD},
        {22, 2, 0, FAT_NOT_FAT16},          {22, 2, 5, FAT_NO_BOOT_RECORD},
        {22, 2, 65535, FAT_NO_BOOT_RECORD}, {13, 1, 4, FAT_NOT_FAT16},
        {13, 1, 128, FAT_NOT_FAT16},
    };

    (void)state;
    for (size_t i = 0; i < sizeof damages / sizeof *damages; i++) {
        prepare(NULL);
        if (damages[i].bytes == 1)
            sector(START)[damages[i].offset] = (uint8_t)damages[i].value;
        else
            put16(sector(START) + damages[i].offset, damages[i].value);
        assert_int_equal(mount(), damages[i].result);
    }
    prepare(NULL);
    assert_int_equal(fat_mount(&volume, 0xFFFFFFFF, 5, memory), FAT_TOO_LARGE);
    put16(sector(START) + 19, 0);
    put16(sector(START) + 34, 0x8000); /* 2^31 sectors */
    assert_int_equal(mount(), FAT_TOO_LARGE);
}

static void a_bad_first_fat_is_replaced_by_the_second(void **state)
{
    (void)state;
    unreadable = FAT_LBA + 3;
    assert_int_equal(mount(), FAT_OK);
    assert_int_equal(warnings, 1);
    assert_int_equal(read_file("/big.bin"), FAT_OK);
}

static void unreadable_sectors_are_told_apart_from_damage(void **state)
{
    struct fat_entry entry;

    (void)state;
    unreadable = START;
    assert_int_equal(mount(), FAT_UNREADABLE);
    unreadable = 0;
    assert_int_equal(mount(), FAT_OK);
    unreadable = ROOT_LBA + 1;
    assert_int_equal(fat_find(&volume, "/big.bin", &entry), FAT_UNREADABLE);
    unreadable = DATA_LBA + (9 - 2) * CLUSTER;
    assert_int_equal(read_file("/big.bin"), FAT_UNREADABLE);
    assert_int_equal(file_size, 2048);
    unreadable = 0;
    assert_int_equal(read_file("/big.bin"), FAT_OK);
}

static void a_failed_read_leaves_nothing_in_the_cache(void **state)
{
    (void)state;
    put_entry(sector(ROOT_LBA) + 96, "OTHER      ", FAT_FOLDER, 20, 0);
    put_entry(cluster_data(2) + 64, "HELLO      ", 0, 0, 0);
    set_fat(20, CHAIN_END);
    mount();
    assert_int_equal(list("/apps"), FAT_OK);
    unreadable = DATA_LBA + (20 - 2) * CLUSTER;
    assert_int_equal(list("/other"), FAT_UNREADABLE);
    assert_int_equal(list("/apps"), FAT_OK);
    assert_string_equal(listed, "HELLO|");
}

static void chains_that_loop_leave_or_end_early_are_damaged(void **state)
{
    static const uint32_t nexts[] = {5,      6,      9,      0,      1,     CLUSTERS + 2,
                                     0xFFF0, 0xFFF7, 0xFFF8, 0xFFFF, 0xFFEF};

    (void)state;
    for (size_t i = 0; i < sizeof nexts / sizeof *nexts; i++) {
        prepare(NULL);
        set_fat(9, nexts[i]); /* the third of four */
        mount();
        assert_int_equal(read_file("/big.bin"), FAT_BAD_CHAIN);
        assert_int_equal(file_size, 0);
    }
    prepare(NULL);
    set_fat(10, 11); /* goes on behind the file's size */
    mount();
    assert_int_equal(read_file("/big.bin"), FAT_BAD_CHAIN);
}

static void absurd_sizes_and_first_clusters_are_damaged(void **state)
{
    static const uint32_t firsts[] = {0, 1, CLUSTERS + 2, 0xFFFF};

    (void)state;
    for (size_t i = 0; i < sizeof firsts / sizeof *firsts; i++) {
        prepare(NULL);
        put_entry(sector(ROOT_LBA) + 64, "BIG     BIN", 0x20, firsts[i], 3500);
        mount();
        assert_int_equal(read_file("/big.bin"), FAT_BAD_CHAIN);
    }
    prepare(NULL);
    put_entry(sector(ROOT_LBA) + 64, "BIG     BIN", 0x20, 5, 0xFFFFFFFF);
    mount();
    assert_int_equal(read_file("/big.bin"), FAT_BAD_CHAIN);
    prepare(NULL);
    put_entry(sector(ROOT_LBA) + 64, "BIG     BIN", 0x20, 0, 0);
    mount();
    assert_int_equal(read_file("/big.bin"), FAT_OK);
    assert_int_equal(file_size, 0);
    /* The FAT has entries behind the volume's last cluster. */
    prepare(NULL);
    set_fat(CLUSTERS + 2, CHAIN_END);
    put_entry(sector(ROOT_LBA) + 64, "BIG     BIN", 0x20, CLUSTERS + 2, 100);
    mount();
    assert_int_equal(read_file("/big.bin"), FAT_BAD_CHAIN);
}

static void folders_that_loop_or_leave_are_damaged(void **state)
{
    static const uint32_t nexts[] = {2, 0, 1, 0xFFF7, CLUSTERS + 2};
    struct fat_entry entry;

    (void)state;
    for (size_t i = 0; i < sizeof nexts / sizeof *nexts; i++) {
        prepare(NULL);
        set_fat(2, nexts[i]);
        mount();
        assert_int_equal(list("/apps"), FAT_BAD_CHAIN);
    }
    prepare(NULL);
    put_entry(sector(ROOT_LBA) + 32, "APPS       ", FAT_FOLDER, 0, 0);
    mount();
    assert_int_equal(fat_find(&volume, "/apps/x", &entry), FAT_BAD_CHAIN);
}

/* Whatever stands in FAT, root and folders: every call ends, and stays in its memory and the
 * volume. */
static void random_damage_is_survived(void **state)
{
    uint32_t random = 1;

    (void)state;
    for (int round = 0; round < 400; round++) {
        prepare(NULL);
        for (int i = 0; i < 300; i++) {
            uint32_t lba, offset;

            random = random * 1664525 + 1013904223;
            lba = random >> 8 & 1 ? FAT_LBA : random >> 9 & 1 ? ROOT_LBA : DATA_LBA;
            offset = (random >> 16) % (random >> 10 & 1 ? 64 : 1024);
            random = random * 1664525 + 1013904223;
            sector(lba)[offset] = (uint8_t)(random >> 24);
        }
        if (round % 4 == 0)
            sector(START)[11 + (random >> 16) % 40] = (uint8_t)(random >> 8);
        if (mount())
            continue;
        list("/");
        list("/apps");
        file_size = 0;
        struct fat_entry entry;
        if (!fat_find(&volume, "/big.bin", &entry) && entry.size <= sizeof file_bytes)
            fat_read(&volume, &entry, gather, NULL);
    }
}

static int finish(void **state)
{
    (void)state;
    free(image);
    free(memory.bounce);
    free(memory.fat);
    free(memory.directory);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_file_in_pieces_is_read_whole_with_one_read_a_run, prepare),
        cmocka_unit_test_setup(the_root_is_read_once, prepare),
        cmocka_unit_test_setup(paths_lead_to_the_root_to_folders_and_nowhere, prepare),
        cmocka_unit_test_setup(labels_deleted_entries_and_dots_are_not_listed, prepare),
        cmocka_unit_test_setup(short_names_obey_the_marks_for_small_letters, prepare),
        cmocka_unit_test_setup(long_names_are_read_and_found, prepare),
        cmocka_unit_test_setup(a_long_name_that_does_not_belong_is_ignored, prepare),
        cmocka_unit_test_setup(a_name_longer_than_the_limit_is_marked_as_cut, prepare),
        cmocka_unit_test_setup(a_folder_of_many_clusters_is_listed_to_its_end, prepare),
        cmocka_unit_test_setup(absurd_boot_records_are_refused, prepare),
        cmocka_unit_test_setup(a_bad_first_fat_is_replaced_by_the_second, prepare),
        cmocka_unit_test_setup(unreadable_sectors_are_told_apart_from_damage, prepare),
        cmocka_unit_test_setup(a_failed_read_leaves_nothing_in_the_cache, prepare),
        cmocka_unit_test_setup(chains_that_loop_leave_or_end_early_are_damaged, prepare),
        cmocka_unit_test_setup(absurd_sizes_and_first_clusters_are_damaged, prepare),
        cmocka_unit_test_setup(folders_that_loop_or_leave_are_damaged, prepare),
        cmocka_unit_test_setup(random_damage_is_survived, prepare),
    };

    return cmocka_run_group_tests(tests, NULL, finish);
}
