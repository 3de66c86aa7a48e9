/*
 * Memory: frames of RAM, the kernel's heap and stacks, and address spaces. kernel/core/memory.
 * "Page" is 4 KiB of an address space, "frame" 4 KiB of RAM.
 */
#ifndef KERNEL_MEMORY_H
#define KERNEL_MEMORY_H

#include <abi/types.h>
#include <boot/info.h>
#include <kernel/arch.h>
#include <stddef.h>

/* ---- The direct map and the first frames -------------------------------------------------------
 */

/*
 * Reads the resolved memory map, maps low RAM at KERNEL_BASE, makes every page table that the
 * kernel's part of the address space will ever have, and gives all free RAM to the frame allocator.
 * `info` is a boot_info below 4 MiB, reached through the direct map. Panics where RAM does not
 * suffice.
 */
void memory_start(const struct boot_info *info);

/* Gives the RAM that only the loader used to the frame allocator. Afterwards boot_info is not read
 * any more. */
void memory_release_loader(void);

void memory_count(struct memory_info *info);

/* ---- Frames ------------------------------------------------------------------------------------
 */

/* Who holds a frame; memory_count() counts by it. */
enum frame_owner {
    FRAME_NONE = 0, /* not RAM, or not ours to give */
    FRAME_FREE,
    FRAME_KERNEL, /* image, tables of the boot, the frame table */
    FRAME_FILE,
    FRAME_HEAP,
    FRAME_STACK, /* kernel stacks */
    FRAME_TABLE, /* page directories and page tables */
    FRAME_USER,
    FRAME_OWNERS
};

/*
 * Takes a frame; its contents are whatever they were. The first form may return RAM that the direct
 * map does not reach (frame_open), the second never does. Returns 0 when none is free.
 */
phys frame_take(enum frame_owner owner);
phys frame_take_low(enum frame_owner owner);

/* Takes `count` low frames that follow each other; slow, for rare use. Returns 0 when there are
 * none. */
phys frame_take_run(uint32_t count, enum frame_owner owner);

/* Gives a taken frame back. Freeing a frame twice, or one that is not RAM, is a panic. */
void frame_give(phys frame);

/* How many frames that owner holds. */
uint32_t frame_held(enum frame_owner owner);

/*
 * Makes any frame readable and writable for the kernel until frame_close. Low frames cost nothing;
 * others use one of a few windows, so a caller holds at most two at a time and none across a
 * switch.
 */
void *frame_open(phys frame);
void frame_close(void *opened);

/* ---- Heap --------------------------------------------------------------------------------------
 */

/* Returns zeroed memory, 16-byte aligned, or NULL when there is none. size 1 to 64 KiB. */
void *heap_take(size_t size);

/* Gives it back; NULL is allowed. A pointer that heap_take did not return is a panic. */
void heap_give(void *memory);

/* Bytes that are taken, as asked for and rounded to their class. */
size_t heap_bytes(void);

/* ---- Kernel stacks ------------------------------------------------------------------------------
 */

#define KERNEL_STACK_PAGES 2

/* Maps a kernel stack with unmapped pages on both sides. Returns its top, or 0 without memory. */
uint32_t kernel_stack_take(void);

/* `top` as returned. Must not be the stack that is in use. */
void kernel_stack_give(uint32_t top);

/* True where the address lies in the area of kernel stacks but on a guard page. */
bool kernel_stack_is_guard(uint32_t address);

/* ---- Address spaces ----------------------------------------------------------------------------
 */

/* What a range of a process's pages is; for reports and for what may be unmapped. */
enum region_kind {
    REGION_PROGRAM = 1, /* a segment of the program file */
    REGION_STACK,       /* a thread's stack; its guards belong to it but are never mapped */
    REGION_MEMORY,      /* from memory_map */
    REGION_INFO         /* the process information page */
};

/* A range of pages [start, end) of one kind. `guard` bytes on either side stay unmapped and unused.
 */
struct region {
    struct region *next; /* sorted by address */
    uint32_t start;
    uint32_t end;
    uint32_t guard;
    uint32_t rights; /* RIGHT_... */
    enum region_kind kind;
    bool user; /* ring 3 may touch it */
};

struct space {
    phys directory;
    struct region *regions;
    uint32_t pages; /* mapped for the program, borrowed ones not counted */
};

/* Makes an empty address space with the kernel's part in it. ERR_NO_MEMORY. */
int space_create(struct space *space);

/*
 * Unmaps everything and gives back every frame but the page directory. Breathes: interrupts may
 * come and other threads run in between. The space is the loaded one, or nobody's.
 */
void space_clear(struct space *space);

/* Gives the page directory back; the space is cleared and not loaded. */
void space_destroy(struct space *space);

/*
 * Adds a region of zeroed pages at a fixed, page-aligned address. `size` is a multiple of
 * PAGE_SIZE. With `rights` lacking RIGHT_WRITE the pages can be written by the kernel only before
 * space_protect. ERR_INVALID (outside USER_START..USER_END, unaligned, overlapping), ERR_NO_MEMORY;
 * on an error nothing is left behind. The space has to be the loaded one. Breathes.
 */
int space_add(struct space *space, uint32_t start, uint32_t size, uint32_t guard, uint32_t rights,
              enum region_kind kind, bool user);

/* As space_add, where there is room; the region's start goes to `start`. */
int space_add_anywhere(struct space *space, uint32_t size, uint32_t guard, uint32_t rights,
                       enum region_kind kind, bool user, uint32_t *start);

/* As space_add, but the pages show frames that somebody else owns, from `frame` on. */
int space_add_borrowed(struct space *space, uint32_t start, uint32_t size, phys frame,
                       uint32_t rights, enum region_kind kind);

/*
 * Takes [start, start + size) out of regions of that kind, splitting them where needed. ERR_INVALID
 * where a page of it belongs to no region of that kind, ERR_NO_MEMORY where a split finds no room
 * for its bookkeeping; then nothing has changed.
 */
int space_remove(struct space *space, uint32_t start, uint32_t size, enum region_kind kind);

/* The region that holds the address, guards included, or NULL. */
const struct region *space_find(const struct space *space, uint32_t address);

/*
 * True where the page at `address` is mapped in the loaded space and ring 3 may read it (write it,
 * with `write`). The base of user_copy.
 */
bool space_user_page(uint32_t address, bool write);

#endif
