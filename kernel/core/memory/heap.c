/*
 * The kernel's heap. Small blocks come from slabs: pages cut into blocks of one size, with a header
 * in front. Blocks of up to a page are a frame of their own; larger ones are mapped page by page
 * (heap_pages.c), so that they do not depend on frames that follow each other. A slab that has
 * become empty goes back to the frames at once; making one costs no more than its header.
 */
#include "memory_private.h"

#include <kernel/debug.h>
#include <kernel/export.h>
#include <lib/string.h>

#define GRAIN   16
#define CLASSES (sizeof(class_sizes) / sizeof(class_sizes[0]))
#define LARGEST 2032

/* Chosen so that little of a page is left over behind the header. */
static const uint16_t class_sizes[] = {16,  32,  48,  64,  96,  128,  192,  256,
                                       336, 448, 576, 672, 800, 1008, 1344, LARGEST};

/* What a heap frame is, as its note. */
enum { NOTE_SLAB = 1, NOTE_PAGE };

struct slab {
    struct slab *next, *previous; /* of its class's slabs with room; in no list when full */
    uint16_t given;               /* offset of the block that was given back last; 0 for none */
    uint16_t fresh;               /* offset of the first block that was never taken */
    uint16_t used;
    uint8_t class;
};

/* What a block holds while it is free. Cleared when the block is taken. */
struct free_block {
    uint32_t next; /* offset in the slab */
    uint32_t mark; /* FREE_MARK: nearly sure that it is free */
};

#define HEADER    ((sizeof(struct slab) + GRAIN - 1) / GRAIN * GRAIN)
#define FREE_MARK 0xF4EEB10Cu

#define HEAP_BLOCK "A block of the kernel's heap" /* in reports */

_Static_assert(HEADER + 2 * LARGEST <= PAGE_SIZE, "two of the largest blocks fill a slab");
_Static_assert(sizeof(struct free_block) <= GRAIN, "a free block fits into the smallest");

static uint8_t class_of_grains[LARGEST / GRAIN + 1];
static struct slab *with_room[CLASSES];
static size_t bytes;

/* Of each class, for the checked kernel: blocks that are taken or kept back, and slabs. */
static uint32_t blocks_of[CLASSES], slabs_of[CLASSES];

void heap_start(void)
{
    uint8_t class = 0;

    for (uint32_t grains = 0; grains <= LARGEST / GRAIN; grains++) {
        if (grains * GRAIN > class_sizes[class])
            class ++;
        class_of_grains[grains] = class;
    }
    memset(with_room, 0, sizeof(with_room));
    bytes = 0;
}

/* ---- Slabs with room ---------------------------------------------------------------------------
 */

static void slab_list(struct slab *slab)
{
    struct slab **head = &with_room[slab->class];

    slab->next = *head;
    slab->previous = NULL;
    if (*head)
        (*head)->previous = slab;
    *head = slab;
}

static void slab_unlist(struct slab *slab)
{
    if (slab->next)
        slab->next->previous = slab->previous;
    if (slab->previous)
        slab->previous->next = slab->next;
    else
        with_room[slab->class] = slab->next;
}

static struct slab *slab_create(uint8_t class)
{
    phys frame = frame_take_low(FRAME_HEAP);
    struct slab *slab;

    if (!frame)
        return NULL;
    frame_set_note(frame, NOTE_SLAB);
    slab = phys_to_virtual(frame);
    slab->given = 0;
    slab->fresh = HEADER;
    slab->used = 0;
    slab->class = class;
    if (KERNEL_CHECKED)
        slabs_of[class]++;
    slab_list(slab);
    return slab;
}

static bool slab_is_full(const struct slab *slab)
{
    return !slab->given && slab->fresh + class_sizes[slab->class] > PAGE_SIZE;
}

static struct free_block *block_at(struct slab *slab, uint32_t offset)
{
    return (struct free_block *)(void *)((char *)slab + offset);
}

static void *slab_take(uint8_t class)
{
    struct slab *slab = with_room[class];
    void *block;

    if (!slab)
        slab = slab_create(class);
    if (!slab)
        return NULL;
    if (slab->given) {
        block = block_at(slab, slab->given);
        if (KERNEL_CHECKED)
            poison_check(block, sizeof(struct free_block), class_sizes[class], HEAP_BLOCK);
        slab->given = (uint16_t)block_at(slab, slab->given)->next;
    } else {
        block = block_at(slab, slab->fresh);
        slab->fresh = (uint16_t)(slab->fresh + class_sizes[class]);
    }
    slab->used++;
    if (KERNEL_CHECKED)
        blocks_of[class]++;
    if (slab_is_full(slab))
        slab_unlist(slab);
    bytes += class_sizes[class];
    return block;
}

static bool block_is_free(struct slab *slab, uint32_t offset)
{
    if (block_at(slab, offset)->mark != FREE_MARK)
        return false;
    for (uint32_t at = slab->given; at; at = block_at(slab, at)->next)
        if (at == offset)
            return true;
    return false;
}

static void slab_check(struct slab *slab, uint32_t offset)
{
    uint32_t address = pointer_to_address(slab) + offset;

    if (offset < HEADER || offset >= slab->fresh || (offset - HEADER) % class_sizes[slab->class])
        panic("The kernel's heap was given 0x%08x, where no block begins.", address);
    if (block_is_free(slab, offset) || (KERNEL_CHECKED && poison_is_kept(KEEP_BLOCKS, address)))
        panic("The kernel's heap was given 0x%08x twice.", address);
}

static void slab_give(struct slab *slab, uint32_t offset)
{
    uint32_t size = class_sizes[slab->class];
    bool was_full = slab_is_full(slab);

    bytes -= size;
    if (KERNEL_CHECKED)
        blocks_of[slab->class]--;
    if (--slab->used == 0) {
        if (KERNEL_CHECKED)
            slabs_of[slab->class]--;
        slab_unlist(slab); /* it was in the list: a full slab has two blocks at least */
        frame_give(virtual_to_phys(slab));
        return;
    }
    block_at(slab, offset)->next = slab->given;
    block_at(slab, offset)->mark = FREE_MARK;
    slab->given = (uint16_t)offset;
    if (was_full)
        slab_list(slab);
}

/* ---- Blocks that the checked kernel keeps back -------------------------------------------------
 */

/* A kept block leaves: it becomes free. */
static void give_kept(uint32_t address)
{
    struct slab *slab = address_to_pointer(address & ~(PAGE_SIZE - 1u));

    poison_check(address_to_pointer(address), 0, class_sizes[slab->class], HEAP_BLOCK);
    slab_give(slab, address & (PAGE_SIZE - 1));
}

static void keep_back(struct slab *slab, uint32_t offset)
{
    void *block = block_at(slab, offset);
    uint32_t oldest;

    poison_fill(block, class_sizes[slab->class]);
    oldest = poison_keep(KEEP_BLOCKS, pointer_to_address(block));
    if (oldest)
        give_kept(oldest);
}

void heap_release_kept(void)
{
    uint32_t address;

    while (KERNEL_CHECKED && (address = poison_release(KEEP_BLOCKS)) != 0)
        give_kept(address);
}

uint32_t heap_spare_slabs(void)
{
    uint32_t spare = 0;

    for (uint32_t class = 0; KERNEL_CHECKED && class < CLASSES; class ++) {
        uint32_t in_a_slab = (PAGE_SIZE - HEADER) / class_sizes[class];

        spare += slabs_of[class] - (blocks_of[class] + in_a_slab - 1) / in_a_slab;
    }
    return spare;
}

/* ---- Whole pages -------------------------------------------------------------------------------
 */

static void *page_take(void)
{
    phys frame = frame_take_low(FRAME_HEAP);

    if (!frame)
        return NULL;
    frame_set_note(frame, NOTE_PAGE);
    bytes += PAGE_SIZE;
    return phys_to_virtual(frame);
}

static void *pages_take(uint32_t pages)
{
    void *memory = heap_pages_take(pages);

    if (memory)
        bytes += pages * PAGE_SIZE;
    return memory;
}

static void pages_give(uint32_t address)
{
    uint32_t pages = heap_pages_give(address);

    if (!pages)
        panic("The kernel's heap was given 0x%08x, where no block begins.", address);
    bytes -= pages * PAGE_SIZE;
}

/* ---- Both --------------------------------------------------------------------------------------
 */

void *heap_take(size_t size)
{
    void *memory;

    if (size == 0 || size > HEAP_LARGEST || memory_fails_now())
        return NULL;
    if (size <= LARGEST)
        memory = slab_take(class_of_grains[(size + GRAIN - 1) / GRAIN]);
    else if (size <= PAGE_SIZE)
        memory = page_take();
    else
        memory = pages_take((uint32_t)((size + PAGE_SIZE - 1) / PAGE_SIZE));
    if (memory)
        zero_dwords(memory, (size + 3) / 4);
    return memory;
}
KERNEL_EXPORT(heap_take);

void heap_give(void *memory)
{
    uint32_t address = pointer_to_address(memory);
    uint32_t offset = address & (PAGE_SIZE - 1);
    phys frame = address - offset - KERNEL_BASE;

    if (!memory)
        return;
    if (address >= HEAP_PAGES_AREA) {
        pages_give(address);
        return;
    }
    if (address < KERNEL_BASE || !frame_is_low(frame) || frame_owner(frame) != FRAME_HEAP ||
        (frame_note(frame) == NOTE_PAGE && offset))
        panic("The kernel's heap was given 0x%08x, which %s.", address,
              frame_owner(frame) == FRAME_FREE ? "is free already" : "is not its memory");
    if (frame_note(frame) == NOTE_SLAB) {
        slab_check(phys_to_virtual(frame), offset);
        if (KERNEL_CHECKED)
            keep_back(phys_to_virtual(frame), offset);
        else
            slab_give(phys_to_virtual(frame), offset);
        return;
    }
    bytes -= PAGE_SIZE;
    frame_give(frame);
}
KERNEL_EXPORT(heap_give);

size_t heap_bytes(void)
{
    return bytes;
}
