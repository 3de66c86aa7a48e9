/* Reads the loader's memory map as runs of whole frames. */
#include "memory_private.h"

#define FRAMES_MAX 0x100000u /* in 4 GiB */

/* The frame that an address lies in; nothing beyond 4 GiB counts. */
static uint32_t frame_of(uint64_t address)
{
    uint64_t number = address >> PAGE_SHIFT;

    return number < FRAMES_MAX ? (uint32_t)number : FRAMES_MAX;
}

bool span_next(const struct boot_info *info, uint32_t kinds, struct span *span)
{
    const struct memory_range *ranges = info->ranges;
    uint32_t count = info->range_count;
    uint32_t at = span->next;

    while (at < count) {
        uint64_t start, end;

        if (!(kinds & KINDS(ranges[at].kind))) {
            at++;
            continue;
        }
        start = ranges[at].start;
        do
            end = ranges[at++].end;
        while (at < count && ranges[at].start == end && (kinds & KINDS(ranges[at].kind)));

        span->next = at;
        span->first = frame_of(start + PAGE_SIZE - 1);
        span->end = frame_of(end);
        if (!span->first)
            span->first = 1;
        if (span->first < span->end)
            return true;
    }
    return false;
}
