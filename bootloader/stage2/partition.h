/* The partition table of the MBR. Runs on the host. */
#ifndef PARTITION_H
#define PARTITION_H

#include <stdint.h>

#define PARTITION_COUNT 4

struct partition {
    uint32_t lba;
    uint32_t sectors;
    uint32_t type;
};

enum partition_result {
    PARTITION_OK,
    PARTITION_NONE_ACTIVE,
    PARTITION_TWO_ACTIVE,
    PARTITION_WRONG_TYPE, /* `found` is set: its type is not one of FAT16 */
    PARTITION_EMPTY       /* the active one starts at sector 0 or has no sectors */
};

/* Looks for the one active partition in a table of four entries of 16 bytes. */
enum partition_result partition_find(const void *table, struct partition *found);

#endif
