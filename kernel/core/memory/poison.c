/*
 * Freed memory in the checked kernel. What is given back is filled with a pattern and kept back for
 * a while, first in, first out; when it leaves, and when it is taken again, the pattern has to be
 * whole. So a pointer that outlives its memory is found: it reads the pattern, which is no valid
 * address and no present page-table entry, or the write through it is reported.
 */
#include "memory_private.h"

#include <kernel/debug.h>

/* As an address it lies in the device area, where nothing is mapped; as a page-table entry it is
 * not present. */
#define POISON 0xFADEDBACu

struct keeper {
    uint32_t *kept;
    uint32_t room;
    uint32_t count; /* how many are kept */
    uint32_t next;  /* the oldest one, once all places are taken */
};

static uint32_t kept_frames[256], kept_blocks[256], kept_slots[16];
static struct keeper keepers[] = {
    [KEEP_FRAMES] = {.kept = kept_frames, .room = 256},
    [KEEP_BLOCKS] = {.kept = kept_blocks, .room = 256},
    [KEEP_STACK_SLOTS] = {.kept = kept_slots, .room = 16},
};

void poison_fill(void *memory, uint32_t bytes)
{
    uint32_t *words = memory;

    for (uint32_t i = 0; i < bytes / sizeof(*words); i++)
        words[i] = POISON;
}

void poison_check(const void *memory, uint32_t from, uint32_t bytes, const char *what)
{
    const uint32_t *words = memory;

    for (uint32_t i = from / sizeof(*words); i < bytes / sizeof(*words); i++)
        if (words[i] != POISON)
            panic("%s was written after it had been given back: 0x%08x, at its byte %u, is "
                  "0x%08x.",
                  what, pointer_to_address(&words[i]), i * (uint32_t)sizeof(*words), words[i]);
}

uint32_t poison_keep(enum kept_kind kind, uint32_t value)
{
    struct keeper *keeper = &keepers[kind];
    uint32_t oldest = 0;

    if (keeper->count == keeper->room)
        oldest = keeper->kept[keeper->next];
    else
        keeper->count++;
    keeper->kept[keeper->next] = value;
    keeper->next = (keeper->next + 1) % keeper->room;
    return oldest;
}

uint32_t poison_release(enum kept_kind kind)
{
    struct keeper *keeper = &keepers[kind];

    if (keeper->count == 0)
        return 0;
    keeper->count--;
    keeper->next = (keeper->next + keeper->room - 1) % keeper->room;
    return keeper->kept[keeper->next];
}

bool poison_is_kept(enum kept_kind kind, uint32_t value)
{
    const struct keeper *keeper = &keepers[kind];

    for (uint32_t i = 1; i <= keeper->count; i++)
        if (keeper->kept[(keeper->next + keeper->room - i) % keeper->room] == value)
            return true;
    return false;
}
