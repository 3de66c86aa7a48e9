/* The partition table (partition.h). */
#include "partition.h"

#include <stdbool.h>

#define ACTIVE 0x80

/* One entry; the CHS fields are of no use to anyone who can count sectors. */
struct entry {
    uint8_t status;
    uint8_t first_chs[3];
    uint8_t type;
    uint8_t last_chs[3];
    uint16_t lba[2]; /* dwords that are not aligned to four bytes in the sector */
    uint16_t sectors[2];
};
_Static_assert(sizeof(struct entry) == 16, "the table on the disk has this layout");

static bool is_fat16(uint32_t type)
{
    return type == 0x04 || type == 0x06 || type == 0x0E;
}

enum partition_result partition_find(const void *table, struct partition *found)
{
    const struct entry *entries = table;
    const struct entry *active = 0;

    for (int i = 0; i < PARTITION_COUNT; i++) {
        if (entries[i].status != ACTIVE)
            continue;
        if (active)
            return PARTITION_TWO_ACTIVE;
        active = &entries[i];
    }
    if (!active)
        return PARTITION_NONE_ACTIVE;
    found->lba = active->lba[0] | (uint32_t)active->lba[1] << 16;
    found->sectors = active->sectors[0] | (uint32_t)active->sectors[1] << 16;
    found->type = active->type;
    if (!is_fat16(found->type))
        return PARTITION_WRONG_TYPE;
    return found->lba && found->sectors ? PARTITION_OK : PARTITION_EMPTY;
}
