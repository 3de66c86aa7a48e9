#include "descriptors.h"

#include <stdio.h>
#include <string.h>

/* Bits of the upper half [SDM3 3.4.5]. */
#define TYPE(high)       ((high) >> 8 & 0xF)
#define IS_SEGMENT(high) ((high) >> 12 & 1) /* else a system descriptor */
#define RING(high)       ((high) >> 13 & 3)
#define IS_PRESENT(high) ((high) >> 15 & 1)
#define IN_PAGES(high)   ((high) >> 23 & 1)
#define TYPE_CODE        8
#define TYPE_WRITABLE    2 /* for code: readable */
#define TYPE_TSS         9
#define TYPE_TSS_BUSY    11

static uint32_t base_of(uint32_t low, uint32_t high)
{
    return low >> 16 | (high & 0xFF) << 16 | (high & 0xFF000000u);
}

static uint32_t last_byte(uint32_t low, uint32_t high)
{
    uint32_t limit = (low & 0xFFFF) | (high & 0xF0000);
    return IN_PAGES(high) ? limit << 12 | 0xFFF : limit;
}

static const char *kind(uint32_t high)
{
    if (!IS_SEGMENT(high)) {
        if (TYPE(high) == TYPE_TSS_BUSY)
            return "task state, in use";
        return TYPE(high) == TYPE_TSS ? "task state" : "system";
    }
    if (TYPE(high) & TYPE_CODE)
        return TYPE(high) & TYPE_WRITABLE ? "code, readable" : "code";
    return TYPE(high) & TYPE_WRITABLE ? "data, writable" : "data";
}

void descriptor_describe(uint64_t descriptor, char *words, size_t room)
{
    uint32_t low = (uint32_t)descriptor;
    uint32_t high = (uint32_t)(descriptor >> 32);

    if (descriptor == 0)
        text_copy(words, "empty", room);
    else if (!IS_PRESENT(high))
        text_copy(words, "not present", room);
    else
        snprintf(words, room, "%s, ring %lu, 0x%lX to 0x%lX", kind(high), (unsigned long)RING(high),
                 (unsigned long)base_of(low, high),
                 (unsigned long)(base_of(low, high) + last_byte(low, high)));
}
