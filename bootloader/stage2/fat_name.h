/* Names in FAT directories: short ones, and long ones that lie in entries before theirs [FATGEN].
 */
#ifndef FAT_NAME_H
#define FAT_NAME_H

#include <stdbool.h>
#include <stdint.h>

#include "fat.h"

/* One entry of 32 bytes. */
struct fat_raw {
    uint8_t name[11];
    uint8_t attributes;
    uint8_t lower_case; /* 08h: the name, 10h: the extension is shown in small letters */
    uint8_t times[7];
    uint16_t cluster_high;
    uint16_t times_written[2];
    uint16_t cluster;
    uint32_t size;
};
_Static_assert(sizeof(struct fat_raw) == 32, "the directory on the disk has this layout");

#define FAT_LONG_NAME 0x0F /* attributes of an entry that holds a piece of a long name */
#define FAT_LONG_MAX  20   /* entries of 13 characters */

/* A long name that is being gathered, from its last piece to its first. */
struct fat_long_name {
    uint16_t characters[FAT_LONG_MAX * 13];
    uint32_t count;   /* of characters in all pieces */
    uint32_t missing; /* pieces that have yet to come */
    uint8_t checksum; /* of the short name it belongs to */
    bool valid;
};

/* Takes one entry with attributes FAT_LONG_NAME. */
void fat_long_name_add(struct fat_long_name *name, const struct fat_raw *raw);

/*
 * Writes the name of `raw` into the entry: the long one when it is complete and its checksum fits,
 * else the short one. Characters that would disturb a terminal or a path become `_`.
 */
void fat_name_of(const struct fat_long_name *name, const struct fat_raw *raw,
                 struct fat_entry *entry);

#endif
