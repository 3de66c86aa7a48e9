/*
 * Feeds a FAT16 volume with any bytes changed to the loader's reader: boot record, FAT, folders and
 * files. It has to stay inside the partition and its memory, and to come to an end.
 *
 * The input is a list of changes, five bytes each: a place of the table below, an offset in it of
 * two bytes, and two new bytes.
 */
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <boot/layout.h>

#include "../../bootloader/stage2/disk.h"
#include "../../bootloader/stage2/fat.h"
#include "../../bootloader/stage2/log.h"

#define START       64u /* of the partition */
#define SECTORS     6000u
#define FAT_SECTORS 24u
#define ROOT        (1 + 2 * FAT_SECTORS) /* sectors of the partition */
#define DATA        (ROOT + 2)
#define STORED      (DATA + 16) /* the rest is zero */
#define CHANGE      5
#define READS_MAX   200000u /* of one input: an endless loop makes more */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Where a change matters most: parameters, the used part of each FAT, root and folder. */
static const struct {
    uint32_t start, size;
} places[] = {
    {11, 25},
    {SECTOR_SIZE, 16},
    {(1 + FAT_SECTORS) * SECTOR_SIZE, 16},
    {ROOT * SECTOR_SIZE, 64},
    {DATA * SECTOR_SIZE, 96},
    {0, STORED *SECTOR_SIZE - 1},
};

static uint8_t image[STORED * SECTOR_SIZE];
static uint32_t reads;
struct disk disk;

int disk_read(uint32_t lba, uint32_t count, void *to)
{
    if (lba < START || count > SECTORS || lba - START > SECTORS - count || ++reads > READS_MAX)
        abort();
    for (uint32_t i = 0; i < count; i++, lba++) {
        uint8_t *sector = (uint8_t *)to + i * SECTOR_SIZE;

        if (lba - START < STORED)
            memcpy(sector, image + (lba - START) * SECTOR_SIZE, SECTOR_SIZE);
        else
            memset(sector, 0, SECTOR_SIZE);
    }
    return 0;
}

void log_warning(const char *format, ...)
{
    (void)format;
}

static void put16(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)value;
    at[1] = (uint8_t)(value >> 8);
}

static void put_entry(uint8_t *at, const char *name, uint32_t attributes, uint32_t cluster,
                      uint32_t size)
{
    memcpy(at, name, 11);
    at[11] = (uint8_t)attributes;
    put16(at + 26, cluster);
    put16(at + 28, size);
}

/* One piece of a long name, of at most 12 characters, for the short one. */
static void put_long(uint8_t *at, const char *name, const char *short_name)
{
    static const uint8_t offsets[] = {1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30};
    uint8_t sum = 0;

    for (int i = 0; i < 11; i++)
        sum = (uint8_t)((sum >> 1 | sum << 7) + (uint8_t)short_name[i]);
    at[0] = 0x41;
    at[11] = 0x0F;
    at[13] = sum;
    for (size_t i = 0; i < sizeof(offsets); i++)
        put16(at + offsets[i], i <= strlen(name) ? (uint8_t)name[i] : 0xFFFF);
}

/* /BOOT (cluster 2) with /BOOT/KERNEL.BIN in clusters 3 to 5. */
static void make_volume(void)
{
    uint8_t *folder = image + DATA * SECTOR_SIZE;

    memset(image, 0, sizeof(image));
    put16(image + 11, SECTOR_SIZE);
    image[13] = 1;
    put16(image + 14, 1);
    image[16] = 2;
    put16(image + 17, 32);
    put16(image + 19, SECTORS);
    put16(image + 22, FAT_SECTORS);
    put16(image + 510, 0xAA55);
    for (uint32_t copy = 0; copy < 2; copy++) {
        uint8_t *fat = image + (1 + copy * FAT_SECTORS) * SECTOR_SIZE;

        put16(fat + 4, 0xFFFF);
        put16(fat + 6, 4);
        put16(fat + 8, 5);
        put16(fat + 10, 0xFFF8);
    }
    put_entry(image + ROOT * SECTOR_SIZE, "BOOT       ", FAT_FOLDER, 2, 0);
    put_long(folder, "Kernel.bin", "KERNEL  BIN");
    put_entry(folder + 32, "KERNEL  BIN", 0x20, 3, 1500);
}

static bool take(void *context, const void *data, uint32_t size)
{
    uint32_t *left = context;
    volatile uint8_t last = size ? ((const uint8_t *)data)[size - 1] : 0;

    (void)last;
    if (size > *left)
        abort();
    *left -= size;
    return true;
}

static bool visit(void *context, const struct fat_entry *entry)
{
    (void)context;
    if (strnlen(entry->name, FAT_NAME_MAX) == FAT_NAME_MAX)
        abort();
    return true;
}

static void use(struct fat_volume *volume)
{
    static const char *const paths[] = {"/boot/kernel.bin", "/BOOT", "/boot/x/y", "/"};

    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        struct fat_entry entry;
        uint32_t left;

        if (fat_find(volume, paths[i], &entry) != FAT_OK)
            continue;
        left = entry.size;
        if (entry.attributes & FAT_FOLDER)
            fat_list(volume, &entry, visit, NULL);
        else if (fat_read(volume, &entry, take, &left) == FAT_OK && left)
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fat_memory memory = {malloc(BOUNCE_SECTORS * SECTOR_SIZE), malloc(FAT_SIZE),
                                malloc(DIRECTORY_SIZE)};
    struct fat_volume volume;

    make_volume();
    reads = 0;
    for (size_t at = 0; at + CHANGE <= size; at += CHANGE) {
        size_t place = data[at] % (sizeof(places) / sizeof(places[0]));
        uint32_t offset = (data[at + 1] | (uint32_t)data[at + 2] << 8) % places[place].size;

        put16(image + places[place].start + offset, data[at + 3] | (uint32_t)data[at + 4] << 8);
    }
    if (fat_mount(&volume, START, SECTORS, memory) == FAT_OK)
        use(&volume);
    free(memory.bounce);
    free(memory.fat);
    free(memory.directory);
    return 0;
}
