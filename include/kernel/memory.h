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
 * kernel's part of the address space will ever have, gives all free RAM to the frame allocator and
 * makes the kernel's text read-only. `info` is a boot_info below 4 MiB, reached through the direct
 * map. On entry the first 4 MiB are mapped at KERNEL_BASE by one page table, with 4 KiB pages; the
 * low mapping of the boot is gone afterwards (arch_drop_low_mapping), because global pages must not
 * be seen through it. Comes after arch_start. Panics where RAM does not suffice.
 */
void memory_start(const struct boot_info *info);

/* Gives the RAM that only the loader used to the frame allocator. Afterwards boot_info is not read
 * any more. */
void memory_release_loader(void);

/* Fills in everything but `processes` and `threads`, which are left as they are. `total` is the sum
 * of free, kernel, files, stacks, tables, user and modules at any time. */
void memory_count(struct memory_info *info);

/* ---- Frames ------------------------------------------------------------------------------------
 */

/* Who holds a frame; memory_count() counts by it. */
enum frame_owner {
    FRAME_NONE = 0, /* not RAM, or not ours to give */
    FRAME_FREE,
    FRAME_KERNEL, /* image, tables of the boot, the frame table */
    FRAME_LOADER, /* until memory_release_loader */
    FRAME_FILE,
    FRAME_HEAP,
    FRAME_STACK, /* kernel stacks */
    FRAME_TABLE, /* page directories and page tables */
    FRAME_USER,
    FRAME_MODULE, /* linked kernel modules */
    FRAME_OWNERS
};

/*
 * Takes a frame; its contents are whatever they were. The first form may return RAM that the direct
 * map does not reach (frame_open), the second never does. Returns 0 when none is free.
 */
phys frame_take(enum frame_owner owner);
phys frame_take_low(enum frame_owner owner);

/* The same, all zero: out of a small pool of frames that were zeroed while the CPU was idle, or
 * zeroed now. Not in interrupt context, nor with two frames opened. */
phys frame_take_zeroed(enum frame_owner owner);
phys frame_take_low_zeroed(enum frame_owner owner);

/* For the idle thread: zeroes a frame for the pool; false where it is full or no frame is free. */
bool frames_zero_one(void);

/* Gives a taken frame back. A frame that nobody took, or a second time, is a panic. */
void frame_give(phys frame);

/* How many frames that owner holds. */
uint32_t frame_held(enum frame_owner owner);

/*
 * Makes any frame readable and writable for the kernel until frame_close. Low frames cost nothing;
 * others use one of a few windows: a caller holds at most two at a time, closes the last opened
 * first, and holds none where another thread may run (sched_preemption_point, blocking). Not for
 * interrupt handlers.
 */
static inline void *frame_open(phys frame);
/* `opened` is any address in the opened frame. */
static inline void frame_close(void *opened);

/* frame_open, all zero. */
void *frame_open_zeroed(phys frame);

/* For frame_open and frame_close: from this address on, frames need a window. */
extern phys frames_low_end;

/* The window itself, for any frame: what a module calls, which does not see frames_low_end. */
void *window_open(phys frame);
void window_close(void *opened);

static inline void *frame_open(phys frame)
{
    return frame < frames_low_end ? phys_to_virtual(frame) : window_open(frame);
}

static inline void frame_close(void *opened)
{
    if (pointer_to_address(opened) >= WINDOW_AREA)
        window_close(opened);
}

/* For tests: the allocation of a frame or of heap memory after `after` - 1 more fails, once. 0 ends
 * it. */
void memory_fail_after(uint32_t after);

/* ---- Heap --------------------------------------------------------------------------------------
 */

#define HEAP_LARGEST 0x10000

/*
 * Returns zeroed memory, 16-byte aligned, or NULL when there is none. `size` is 1 to HEAP_LARGEST.
 * Only up to a page does the memory lie in the direct map (virtual_to_phys).
 */
void *heap_take(size_t size);

/* Gives it back; NULL is allowed. A pointer that heap_take did not return is a panic. */
void heap_give(void *memory);

/* Bytes that are taken, each block rounded up to its class or to whole pages. */
size_t heap_bytes(void);

/* ---- Kernel stacks ------------------------------------------------------------------------------
 */

#define KERNEL_STACK_PAGES 2

/* Maps a kernel stack with unmapped pages on both sides. Returns its top, or 0 without memory. */
uint32_t kernel_stack_take(void);

/* `top` as returned; anything else is a panic. Must not be the stack that is in use. */
void kernel_stack_give(uint32_t top);

/* The mapped stack [low, high) that holds the address; false where none does. */
bool kernel_stack_bounds(uint32_t address, uint32_t *low, uint32_t *high);

/* True where the address lies in the area of kernel stacks but on no page of a stack. */
bool kernel_stack_is_guard(uint32_t address);

/* ---- Pages of modules ---------------------------------------------------------------------------
 */

/* Maps zeroed, writable pages in the area of kernel modules, unmapped ones before and behind them.
 * Returns the first one's address, or 0 without memory. */
uint32_t module_pages_take(uint32_t pages);

/* Makes `pages` pages from `address` on read-only. */
void module_pages_protect(uint32_t address, uint32_t pages);

/* Shows `size` bytes of RAM that somebody else owns, from a frame's start on, read-only in the same
 * area. Returns where, or 0 where there is no room. */
uint32_t module_pages_show(phys start, uint32_t size);

/* Unmaps what one of the above mapped at that address; taken pages are given back. Anything else is
 * a panic. */
void module_pages_give(uint32_t address);

/* ---- Address spaces ----------------------------------------------------------------------------
 */

#define REGIONS_MAX 768 /* of a space: they are searched one by one */

/* A range of pages [start, end) of one kind. `guard` bytes on either side stay unmapped and are no
 * other region's. */
struct region {
    struct region *next; /* sorted by address */
    uint32_t start;
    uint32_t end;
    uint32_t guard;
    uint32_t rights; /* ACCESS_... */
    enum region_kind kind;
    bool user; /* ring 3 may touch it */
    bool lazy; /* reserved: a page without a frame gets one when it is touched */
    bool busy; /* its pages are being mapped or unmapped; nobody else may change it */
};

struct space {
    phys directory;
    struct region *regions;
    uint32_t region_count;
    uint32_t pages;               /* mapped for the program, borrowed ones not counted */
    const struct region *touched; /* the reserved one that got a page last, or NULL */
    struct region *finger;        /* a search for what lies behind it begins there; NULL: none */
    struct region *dense_to;      /* before its end is no room of dense_size; NULL: unknown */
    uint32_t dense_size;
};

/* Makes an empty address space with the kernel's part in it. ERR_NO_MEMORY. */
int space_create(struct space *space);

/*
 * Unmaps everything and gives back every frame but the page directory. Other threads may run:
 * interrupts may come and other threads run in between, but none of this space. The space is the
 * loaded one, or nobody's.
 */
void space_clear(struct space *space);

/* Gives the page directory back; the space is cleared and not loaded. */
void space_destroy(struct space *space);

/*
 * Adds a region of zeroed pages at a fixed, page-aligned address. `size` and `guard` are multiples
 * of PAGE_SIZE, `size` not 0. From its first moment on a page allows what `rights` say; the kernel
 * fills it through space_open. With `user` false ring 3 cannot touch them. ERR_INVALID (outside
 * USER_START..USER_END with its guards, unaligned, overlapping), ERR_LIMIT (REGIONS_MAX),
 * ERR_NO_MEMORY; on an error nothing is left behind. The space is the loaded one, or nobody's.
 * Other threads may run; until it returns the region is busy, so that none of them can change or
 * remove it.
 */
int space_add(struct space *space, uint32_t start, uint32_t size, uint32_t guard, uint32_t rights,
              enum region_kind kind, bool user);

/*
 * As space_add for ring 3, but a page gets its frame only when it is touched (space_back): memory
 * that is promised without being there. For stacks.
 */
int space_reserve(struct space *space, uint32_t start, uint32_t size, uint32_t guard,
                  enum region_kind kind);
int space_reserve_anywhere(struct space *space, uint32_t size, uint32_t guard,
                           enum region_kind kind, uint32_t *start);

/* Puts a zeroed frame behind a reserved page that has none. ERR_BAD_ADDRESS where no such page is,
 * ERR_NO_MEMORY. */
int space_back(struct space *space, uint32_t address);

/* Bytes of the region that RAM stands behind. */
uint32_t space_backed(const struct space *space, const struct region *region);

/* As space_add, at the lowest address where there is room; the region's start goes to `start`.
 * ERR_NO_MEMORY also where no gap is large enough. Other threads may run. */
int space_add_anywhere(struct space *space, uint32_t size, uint32_t guard, uint32_t rights,
                       enum region_kind kind, bool user, uint32_t *start);

/* As space_add, but the pages show frames that somebody else owns, from `frame` on, read-only at
 * once: `rights` with ACCESS_WRITE are ERR_INVALID. Ring 3 may read them. Other threads may run.
 */
int space_add_borrowed(struct space *space, uint32_t start, uint32_t size, phys frame,
                       uint32_t rights, enum region_kind kind);

/*
 * The kernel's view of the page at `address` of any space, whatever ring 3 may do there, until
 * frame_close; NULL where no page is mapped. Points to the byte at `address`; the page's end is its
 * limit. The kernel reaches programs' pages only so: SMAP forbids it to use their own addresses.
 */
void *space_open(const struct space *space, uint32_t address);

/*
 * Takes [start, start + size) out of regions of that kind, splitting them where needed; a region
 * with guards goes only as a whole. ERR_INVALID where the range is empty or unaligned or a page of
 * it belongs to no such region, ERR_BUSY where one is being changed by another thread,
 * ERR_NO_MEMORY and ERR_LIMIT (REGIONS_MAX) where a split finds no room for its bookkeeping; then
 * nothing has changed. Other threads may run.
 */
int space_remove(struct space *space, uint32_t start, uint32_t size, enum region_kind kind);

/* The region that holds the address, guards included, or NULL. */
const struct region *space_find(const struct space *space, uint32_t address);

/* Whether the region is part of a program file or of the library. */
static inline bool region_is_image(const struct region *region)
{
    return region->kind == REGION_PROGRAM || region->kind == REGION_LIBRARY;
}

/*
 * The page-table entry (hw/x86.h, PTE_...) of a page below USER_END in the loaded space; 0 where
 * there is none. The base of user_copy.
 */
uint32_t space_entry(uint32_t address);

/*
 * Stores the frame behind a page of any space, if a thread in ring 3 (`user`) or ring 0 of it may
 * read it (write it, with `write`); a reserved page is backed on the way. ERR_BAD_ADDRESS where it
 * may not, ERR_NO_MEMORY where a reserved page cannot be backed; then `frame` is left as it is.
 */
int space_frame(struct space *space, uint32_t address, bool write, bool user, phys *frame);

/* True where the page at `address` is mapped in the loaded space and ring 3 may read it (write it,
 * with `write`). */
bool space_user_page(uint32_t address, bool write);

/* ---- For who only looks (look.c) ----------------------------------------------------------------
 * None of these changes anything, and each checks what it follows.
 */

/* Entry `index` of the space's page directory, the kernel's part included; false above 1023. */
bool space_look_directory(const struct space *space, uint32_t index, uint32_t *entry);

/* The entry of page number `page`; false where no page table holds one. */
bool space_look_page(const struct space *space, uint32_t page, uint32_t *entry);

/* The aligned dword at an address below USER_END; false where no page is mapped there. */
bool space_look_word(const struct space *space, uint32_t address, uint32_t *word);

/* Copies up to `size` bytes from there; returns how many are mapped. */
uint32_t space_look_bytes(const struct space *space, uint32_t address, uint8_t *to, uint32_t size);

/* The frame_owner of the frame with that number; false above 4 GiB. */
bool frame_look(uint32_t number, uint32_t *owner);

#endif
