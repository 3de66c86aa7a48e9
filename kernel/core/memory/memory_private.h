/* What the files of kernel/core/memory share among themselves. */
#ifndef MEMORY_PRIVATE_H
#define MEMORY_PRIVATE_H

#include <hw/x86.h>
#include <kernel/checked.h>
#include <kernel/memory.h>
#include <kernel/sched.h>

#define TABLE_MASK (PAGE_ENTRIES - 1)

/* ---- The loader's memory map (spans.c) ---------------------------------------------------------
 */

#define KINDS(kind) (1u << (kind))
#define KINDS_FREE  KINDS(MEMORY_FREE)
/* What is free once the kernel has taken over. */
#define KINDS_TO_FREE (KINDS_FREE | KINDS(MEMORY_LOADER) | KINDS(MEMORY_BOOT_INFO))
#define KINDS_RAM     (KINDS_TO_FREE | KINDS(MEMORY_FILE) | KINDS(MEMORY_KERNEL))
/* What the direct map shows: RAM, and tables that the firmware left for us. */
#define KINDS_MAPPED (KINDS_RAM | KINDS(MEMORY_ACPI) | KINDS(MEMORY_NVS))

/* Neighbouring ranges of some kinds as one run of whole frames [first, end), below 4 GiB. */
struct span {
    uint32_t first; /* frame number */
    uint32_t end;
    uint32_t next; /* index of the range that follows; 0 to begin */
};

/*
 * Goes on to the next span of ranges whose kind is in `kinds`. Frames that lie only in part inside
 * are left out; so is frame 0, since 0 stands for "no frame". Returns false behind the last one.
 */
bool span_next(const struct boot_info *info, uint32_t kinds, struct span *span);

/* ---- Boot (direct_map.c) -----------------------------------------------------------------------
 */

/* What is known once the kernel's part of the address space is laid out. */
struct boot_frames {
    uint32_t taken_below; /* free frames of the map below this number are taken */
    uint32_t mapped;      /* end of the direct map, as a frame number; grows while it is made */
};

/* Lays out direct map and page tables; the result tells which frames that took. */
struct boot_frames direct_map_start(const struct boot_info *info);

/* The master directory, which the direct map shows. */
extern uint32_t *kernel_directory;

/* The entry of a page of the kernel's own part of the address space. The table has to exist. */
static inline uint32_t *kernel_entry(uint32_t address)
{
    uint32_t *table = phys_to_virtual(kernel_directory[address >> TABLE_SHIFT] & PTE_FRAME);

    return &table[address >> PAGE_SHIFT & TABLE_MASK];
}

/* For tests: true when this allocation has to fail. */
extern uint32_t memory_fail_countdown;
static inline bool memory_fails_now(void)
{
    return memory_fail_countdown && --memory_fail_countdown == 0;
}

/* ---- Frames (frames.c) -------------------------------------------------------------------------
 */

/* Takes over: finds a place for the table of frames and fills it in. */
void frames_start(const struct boot_info *info, const struct boot_frames *boot);

/* Gives every FRAME_LOADER frame free. */
void frames_release_loader(void);

enum frame_owner frame_owner(phys frame);

/* A word for each frame: its owner, and above that a note or the number of the next free frame. */
#define OWNER_BITS 4
#define OWNER_MASK ((1u << OWNER_BITS) - 1)

/* In the word of a free frame of the checked kernel: it is filled with the pattern. */
#define FRAME_POISONED (KERNEL_CHECKED ? 0x80000000u : 0u)
extern uint32_t *frame_table;

/* A number that the owner keeps with a taken frame, up to FRAME_NOTE_MAX; 0 when it was taken. */
#define FRAME_NOTE_MAX (0xFFFFFFFFu >> OWNER_BITS)

static inline uint32_t frame_note(phys frame)
{
    return frame_table[frame >> PAGE_SHIFT] >> OWNER_BITS;
}

static inline void frame_set_note(phys frame, uint32_t note)
{
    uint32_t *entry = &frame_table[frame >> PAGE_SHIFT];

    *entry = (*entry & OWNER_MASK) | note << OWNER_BITS;
}

/* Changes the note by so much. */
static inline void frame_add_note(phys frame, int change)
{
    frame_table[frame >> PAGE_SHIFT] += (uint32_t)change << OWNER_BITS;
}

/* True where the direct map shows the frame. */
static inline bool frame_is_low(phys frame)
{
    return frame < frames_low_end;
}

/* ---- Freed memory in the checked kernel (poison.c) ---------------------------------------------
 * Only to be called where KERNEL_CHECKED is true.
 */
enum kept_kind { KEEP_FRAMES, KEEP_BLOCKS, KEEP_STACK_SLOTS };

/* Fills `bytes` bytes, a multiple of 4, with the pattern. */
void poison_fill(void *memory, uint32_t bytes);

/* Panics where one of the words from byte `from` on does not hold the pattern; `what` is named. */
void poison_check(const void *memory, uint32_t from, uint32_t bytes, const char *what);

/* Keeps a value, which is not 0, back; returns the oldest one where there was no room for it, which
 * is now to be given free, or 0. */
uint32_t poison_keep(enum kept_kind kind, uint32_t value);

/* Lets go of the value that was kept last; 0 where none is. */
uint32_t poison_release(enum kept_kind kind);

bool poison_is_kept(enum kept_kind kind, uint32_t value);

/* Give free what is kept back of each kind: before memory is counted, or when there is no other. */
void frames_release_kept(void);
void heap_release_kept(void);
void stacks_release_kept(void);

/* How many slabs fewer would do for the blocks that are taken. While blocks are kept back others
 * come to lie in further slabs, so that the number of slabs depends on what was freed before. */
uint32_t heap_spare_slabs(void);

/* ---- Heap (heap.c, heap_pages.c) ---------------------------------------------------------------
 */
void heap_start(void);

/* Blocks of more than a page: their frames lie anywhere and are mapped behind the windows. */
void *heap_pages_take(uint32_t pages);

/* Returns how many pages that were; 0 where no block begins there. */
uint32_t heap_pages_give(uint32_t address);

/* The windows of frame_open begin at WINDOW_AREA; an unmapped page follows each. */
#define WINDOWS         4
#define HEAP_PAGES_AREA (WINDOW_AREA + 2 * WINDOWS * PAGE_SIZE)

/* ---- Kernel stacks (stacks.c) ------------------------------------------------------------------
 */

/* `tables` page tables exist for them. */
void stacks_start(uint32_t tables);

/* ---- Pages of modules (module_pages.c) ---------------------------------------------------------
 */

/* `tables` page tables exist for them. */
void module_pages_start(uint32_t tables);

/* ---- Pages of a space (pages.c) ----------------------------------------------------------------
 */

static inline uint32_t *directory_entry(const struct space *space, uint32_t address)
{
    uint32_t *directory = phys_to_virtual(space->directory);

    return &directory[address >> TABLE_SHIFT];
}

/* The page's entry in the table that a directory's entry names. */
static inline uint32_t *entry_in(uint32_t table, uint32_t address)
{
    uint32_t *entries = phys_to_virtual(table & PTE_FRAME);

    return &entries[address >> PAGE_SHIFT & TABLE_MASK];
}

/* The page's entry, or NULL where the space has no page table for it. */
static inline uint32_t *page_entry(const struct space *space, uint32_t address)
{
    uint32_t table = *directory_entry(space, address);

    return table ? entry_in(table, address) : NULL;
}

/* How many pages, or regions, are changed between two chances for others. */
#define PAGES_PER_POINT 32

/* Puts a page table behind that entry of a directory. ERR_NO_MEMORY. */
int page_table_add(uint32_t *table);

/* Maps a frame at an unmapped page; takes a page table where none is there. ERR_NO_MEMORY. */
static inline int page_map(struct space *space, uint32_t address, uint32_t entry)
{
    uint32_t *slot = directory_entry(space, address);
    uint32_t table = *slot;

    if (!table) {
        int error = page_table_add(slot);

        if (error < 0)
            return error;
        table = *slot;
    }
    *entry_in(table, address) = entry;
    frame_add_note(table & PTE_FRAME, 1);
    return 0;
}

/* Counts a page or a region that was changed. Other threads may run. */
static inline void space_point(uint32_t *since_point)
{
    if (++*since_point == PAGES_PER_POINT) {
        *since_point = 0;
        sched_preemption_point();
    }
}

/*
 * Unmaps what is mapped of [start, end), gives back frames that are the space's own, and page
 * tables that became empty. `since_point` counts on (space_point). Other threads may run.
 */
void pages_unmap(struct space *space, uint32_t start, uint32_t end, uint32_t *since_point);

/* ---- Regions of a space (regions.c) ------------------------------------------------------------
 */

/* Puts a region with these values into the space, busy. ERR_INVALID, ERR_LIMIT, ERR_NO_MEMORY. */
int region_add(struct space *space, const struct region *values, struct region **added);

/* Takes the region out of the space's list and gives its memory back. */
void region_drop(struct space *space, struct region *region);

/* Makes one region of the region and of its neighbours, where they are memory of the same rights,
 * so that a program that asks for memory again and again has few of them. The region may be gone
 * then.
 */
void region_join_neighbours(struct space *space, struct region *region);

/* The lowest start at which [start, start + size) fits with its guards; 0 where there is none. */
uint32_t region_gap(struct space *space, uint32_t size, uint32_t guard);

/*
 * Splits regions of that kind at `start` and at `end`, so that whole ones cover the range. Returns
 * the first of them through `first`. Errors as space_remove.
 */
int region_cut(struct space *space, uint32_t start, uint32_t end, enum region_kind kind,
               struct region **first);

#endif
