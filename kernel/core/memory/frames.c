/*
 * Frames of RAM. A table has a word for each frame below the end of RAM: its owner, and for a free
 * one the number of the next free frame, so that taking and giving are a push and a pop. Low
 * frames, which the direct map shows, and high ones have such stacks of their own, and so have the
 * few free frames that were zeroed while nobody had anything to do.
 */
#include "memory_private.h"

#include <kernel/debug.h>
#include <kernel/export.h>
#include <lib/string.h>

/* Of each pool: a burst of so many pages comes at a sixth of the price. */
#define ZEROED_MOST 64

_Static_assert(FRAME_OWNERS <= 1 << OWNER_BITS, "make OWNER_BITS larger");

uint32_t *frame_table;
phys frames_low_end;

static uint32_t frames_end;
static uint32_t low_end;

/* A number is a stack's first frame; 0 for none. */
static struct pool {
    uint32_t free;
    uint32_t zeroed;
    uint32_t zeroed_count;
    uint32_t kept_count; /* frames that the checked kernel keeps back */
} low, high;

static uint32_t held[FRAME_OWNERS];

/* ---- Start -------------------------------------------------------------------------------------
 */

/* Makes [first, end), all on one side of low_end, free. Eight at a time: this loop goes over all of
 * RAM, and counting would be more than half of its work. */
static void add_free_run(uint32_t first, uint32_t end)
{
    const uint32_t step = 1u << OWNER_BITS;
    uint32_t *head = first < low_end ? &low.free : &high.free;
    uint32_t *entry = &frame_table[first], *last = &frame_table[end - 1];
    uint32_t *last_eight = entry + ((end - 1 - first) & ~7u);
    uint32_t value = (first + 1) << OWNER_BITS | FRAME_FREE;

    for (; entry != last_eight; entry += 8, value += 8 * step) {
        entry[0] = value;
        entry[1] = value + step;
        entry[2] = value + 2 * step;
        entry[3] = value + 3 * step;
        entry[4] = value + 4 * step;
        entry[5] = value + 5 * step;
        entry[6] = value + 6 * step;
        entry[7] = value + 7 * step;
    }
    for (; entry < last; entry++, value += step)
        *entry = value;
    *last = *head << OWNER_BITS | FRAME_FREE;
    *head = first;
    held[FRAME_FREE] += end - first;
}

static void add_free(uint32_t first, uint32_t end)
{
    uint32_t middle = end < low_end ? end : low_end;

    if (middle <= first)
        middle = first;
    if (middle < end)
        add_free_run(middle, end);
    if (first < middle)
        add_free_run(first, middle);
}

/* Marks what nobody has yet of [first, end). */
static void add_owned(uint32_t first, uint32_t end, enum frame_owner owner)
{
    for (uint32_t i = first; i < end && i < frames_end; i++) {
        if (frame_table[i] != FRAME_NONE)
            continue;
        frame_table[i] = owner;
        held[owner]++;
    }
}

/* Shares out a free span: the boot took its lower part, the frame table may lie in the rest. */
static void add_free_span(const struct span *span, uint32_t taken_below, uint32_t table,
                          uint32_t table_end)
{
    uint32_t first = span->first;

    if (first < taken_below) {
        first = taken_below < span->end ? taken_below : span->end;
        add_owned(span->first, first, FRAME_KERNEL);
    }
    if (table >= first && table_end <= span->end) {
        if (table_end < span->end)
            add_free(table_end, span->end);
        add_owned(table, table_end, FRAME_KERNEL);
        if (first < table)
            add_free(first, table);
    } else if (first < span->end) {
        add_free(first, span->end);
    }
}

/* Kernel and files lie where the loader put them: every frame that they touch is theirs. */
static void add_loaded(const struct boot_info *info)
{
    for (uint32_t i = 0; i < info->range_count; i++) {
        const struct memory_range *range = &info->ranges[i];
        uint32_t first = (uint32_t)(range->start >> PAGE_SHIFT);
        uint32_t end = (uint32_t)((range->end + PAGE_SIZE - 1) >> PAGE_SHIFT);

        if (range->kind == MEMORY_KERNEL)
            add_owned(first, end, FRAME_KERNEL);
        else if (range->kind == MEMORY_FILE)
            add_owned(first, end, FRAME_FILE);
    }
}

/* The highest place in low RAM: the boot's page tables grow from the other end. */
static uint32_t place_table(const struct boot_info *info, uint32_t taken_below, uint32_t count)
{
    struct span span = {0};
    uint32_t found = 0;

    while (span_next(info, KINDS_FREE, &span)) {
        uint32_t first = span.first > taken_below ? span.first : taken_below;
        uint32_t end = span.end < low_end ? span.end : low_end;

        if (first < end && end - first >= count)
            found = end - count;
    }
    if (!found)
        panic("The table of frames needs %u KiB of RAM in one piece below 768 MiB; the machine "
              "has no such piece left.",
              count * (PAGE_SIZE / 1024));
    return found;
}

void frames_start(const struct boot_info *info, const struct boot_frames *boot)
{
    uint32_t table, table_frames;
    struct span span = {0};

    frames_end = 0;
    low_end = boot->mapped;
    frames_low_end = boot->mapped << PAGE_SHIFT;
    low = high = (struct pool){0};
    memset(held, 0, sizeof(held));
    while (span_next(info, KINDS_RAM, &span))
        frames_end = span.end;

    table_frames = (frames_end * (uint32_t)sizeof(*frame_table) + PAGE_SIZE - 1) / PAGE_SIZE;
    table = place_table(info, boot->taken_below, table_frames);
    frame_table = phys_to_virtual(table << PAGE_SHIFT);
    memset(frame_table, 0, table_frames * PAGE_SIZE);

    span = (struct span){0};
    while (span_next(info, KINDS_FREE, &span))
        add_free_span(&span, boot->taken_below, table, table + table_frames);
    add_loaded(info);
    span = (struct span){0};
    while (span_next(info, KINDS_TO_FREE, &span))
        add_owned(span.first, span.end, FRAME_LOADER);
}

void frames_release_loader(void)
{
    for (uint32_t i = 1; held[FRAME_LOADER] && i < frames_end; i++)
        if ((frame_table[i] & OWNER_MASK) == FRAME_LOADER)
            frame_give(i << PAGE_SHIFT);
}

/* ---- Taking and giving -------------------------------------------------------------------------
 */

static void check_free(uint32_t number)
{
    const void *page;

    if (!(frame_table[number] & FRAME_POISONED))
        return;
    page = frame_open(number << PAGE_SHIFT);
    poison_check(page, 0, PAGE_SIZE, "A frame of RAM");
    frame_close((void *)(uintptr_t)page);
}

/* The number of the free frame that follows, and takes the place of, that one. */
static inline uint32_t frame_behind(uint32_t number)
{
    if (KERNEL_CHECKED)
        check_free(number);
    return (frame_table[number] & ~FRAME_POISONED) >> OWNER_BITS;
}

static inline phys take(uint32_t *head, enum frame_owner owner)
{
    uint32_t number = *head;

    *head = frame_behind(number);
    frame_table[number] = owner;
    held[FRAME_FREE]--;
    held[owner]++;
    return number << PAGE_SHIFT;
}

static inline phys take_zeroed(struct pool *pool, enum frame_owner owner)
{
    pool->zeroed_count--;
    return take(&pool->zeroed, owner);
}

static inline bool is_empty(const struct pool *pool)
{
    if (KERNEL_CHECKED && pool->kept_count && !(pool->free | pool->zeroed))
        frames_release_kept();
    return !(pool->free | pool->zeroed);
}

/* What is zeroed is kept for those who want it so, as long as there is another. */
static phys take_any(struct pool *pool, enum frame_owner owner)
{
    if (memory_fails_now() || is_empty(pool))
        return 0;
    return pool->free ? take(&pool->free, owner) : take_zeroed(pool, owner);
}

phys frame_take(enum frame_owner owner)
{
    return take_any(is_empty(&high) ? &low : &high, owner);
}

phys frame_take_low(enum frame_owner owner)
{
    return take_any(&low, owner);
}
KERNEL_EXPORT(frame_take_low);

static void zero(phys frame)
{
    frame_close(frame_open_zeroed(frame));
}

static phys take_high_zeroed(enum frame_owner owner)
{
    phys frame;

    if (high.zeroed)
        return take_zeroed(&high, owner);
    frame = take(&high.free, owner);
    zero(frame);
    return frame;
}

static inline phys take_low_zeroed(enum frame_owner owner)
{
    phys frame;

    if (low.zeroed)
        return take_zeroed(&low, owner);
    if (is_empty(&low))
        return 0;
    frame = take(&low.free, owner);
    zero_dwords(phys_to_virtual(frame), PAGE_SIZE / 4);
    return frame;
}

phys frame_take_zeroed(enum frame_owner owner)
{
    if (memory_fails_now())
        return 0;
    return is_empty(&high) ? take_low_zeroed(owner) : take_high_zeroed(owner);
}

phys frame_take_low_zeroed(enum frame_owner owner)
{
    return memory_fails_now() ? 0 : take_low_zeroed(owner);
}

static bool zero_one_of(struct pool *pool)
{
    uint32_t number = pool->free;

    if (!number || pool->zeroed_count == ZEROED_MOST)
        return false;
    pool->free = frame_behind(number);
    zero(number << PAGE_SHIFT);
    frame_table[number] = pool->zeroed << OWNER_BITS | FRAME_FREE;
    pool->zeroed = number;
    pool->zeroed_count++;
    return true;
}

bool frames_zero_one(void)
{
    return zero_one_of(&low) || zero_one_of(&high);
}

static inline struct pool *pool_of(uint32_t number)
{
    return number < low_end ? &low : &high;
}

static inline void make_free(uint32_t number)
{
    struct pool *pool = pool_of(number);

    frame_table[number] = FRAME_POISONED | pool->free << OWNER_BITS | FRAME_FREE;
    pool->free = number;
}

/* A frame that was kept leaves: it becomes free. */
static void free_kept(uint32_t number)
{
    pool_of(number)->kept_count--;
    make_free(number);
}

static void keep_back(uint32_t number)
{
    void *page = frame_open(number << PAGE_SHIFT);
    uint32_t oldest;

    poison_fill(page, PAGE_SIZE);
    frame_close(page);
    frame_table[number] = FRAME_POISONED | FRAME_FREE;
    pool_of(number)->kept_count++;
    oldest = poison_keep(KEEP_FRAMES, number);
    if (oldest)
        free_kept(oldest);
}

void frames_release_kept(void)
{
    uint32_t number;

    while (KERNEL_CHECKED && (number = poison_release(KEEP_FRAMES)) != 0)
        free_kept(number);
}

void frame_give(phys frame)
{
    uint32_t number = frame >> PAGE_SHIFT;
    enum frame_owner owner = frame_owner(frame);

    if (owner <= FRAME_FREE)
        panic("The kernel gave back frame 0x%08x, which %s.", frame,
              owner == FRAME_FREE ? "is free already" : "is not RAM that it manages");
    held[owner]--;
    held[FRAME_FREE]++;
    if (KERNEL_CHECKED)
        keep_back(number);
    else
        make_free(number);
}
KERNEL_EXPORT(frame_give);

uint32_t frame_held(enum frame_owner owner)
{
    return held[owner];
}

/* ---- What is known of one frame ----------------------------------------------------------------
 */

enum frame_owner frame_owner(phys frame)
{
    uint32_t number = frame >> PAGE_SHIFT;

    return number < frames_end ? (enum frame_owner)(frame_table[number] & OWNER_MASK) : FRAME_NONE;
}
