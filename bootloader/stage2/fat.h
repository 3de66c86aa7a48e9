/*
 * A FAT16 volume, read only [FATGEN]. Runs on the host: sectors come from disk_read().
 *
 * Nothing on the disk is trusted: every cluster is checked against the volume, every chain against
 * loops, every directory against its possible size.
 */
#ifndef FAT_H
#define FAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FAT_NAME_MAX 64 /* bytes with the end; a longer name is cut, and `cut` says so */

#define FAT_READ_ONLY 0x01
#define FAT_HIDDEN    0x02
#define FAT_LABEL     0x08
#define FAT_FOLDER    0x10

/* Results below 0. FAT_UNREADABLE leaves the details in `disk`. */
enum fat_result {
    FAT_OK = 0,
    FAT_UNREADABLE = -1,
    FAT_NOT_FOUND = -2,
    FAT_BAD_CHAIN = -3,      /* leaves the volume, loops or ends too early */
    FAT_NO_BOOT_RECORD = -4, /* no signature or no sensible parameters */
    FAT_NOT_FAT16 = -5,      /* the number of clusters makes it FAT12 or FAT32 */
    FAT_TOO_LARGE = -6,      /* larger than its partition */
    FAT_STOPPED = -7         /* the callback said stop */
};

/* Memory for the volume; all of it is filled by disk_read(). */
struct fat_memory {
    void *bounce;    /* BOUNCE_SECTORS sectors */
    uint16_t *fat;   /* FAT_SIZE bytes */
    void *directory; /* DIRECTORY_SIZE bytes: half for the root, half for other folders */
};

struct fat_cache {
    uint8_t *data;
    uint32_t lba; /* of the piece in `data`; 0: none */
};

struct fat_volume {
    struct fat_memory memory;
    uint32_t lba;
    uint32_t fat_lba;
    uint32_t fat_sectors; /* those in use */
    uint32_t fat_size;    /* sectors from one copy to the next */
    uint32_t fat_copies;
    uint32_t root_lba;
    uint32_t root_sectors;
    uint32_t data_lba;
    uint32_t cluster_sectors;
    uint32_t cluster_count;
    struct fat_cache root;
    struct fat_cache folder;
};

struct fat_entry {
    char name[FAT_NAME_MAX]; /* the long name, or the short one as it is displayed; UTF-8 */
    uint32_t attributes;
    uint32_t cluster; /* 0 with FAT_FOLDER: the root directory */
    uint32_t size;
    bool cut; /* the name did not fit */
};

/* Reads boot record and FAT. Where the first copy of the FAT cannot be read, the second serves. */
int fat_mount(struct fat_volume *volume, uint32_t lba, uint32_t sectors, struct fat_memory memory);

/* A sentence part on why fat_mount() or a read failed, except for FAT_UNREADABLE. */
const char *fat_describe(int result);

/* Called for each entry of a folder; false stops. */
typedef bool (*fat_visitor)(void *context, const struct fat_entry *entry);

/* Visits the entries of a folder but labels and `.` and `..`. */
int fat_list(struct fat_volume *volume, const struct fat_entry *folder, fat_visitor visit,
             void *context);

/* Finds a file or folder by its absolute path, without regard to capital letters. */
int fat_find(struct fat_volume *volume, const char *path, struct fat_entry *found);

/* Called with the bytes of a file in order; false stops. */
typedef bool (*fat_sink)(void *context, const void *data, uint32_t size);

/* Reads a file of `entry->size` bytes; neighbouring clusters in one go. */
int fat_read(struct fat_volume *volume, const struct fat_entry *entry, fat_sink sink,
             void *context);

#endif
