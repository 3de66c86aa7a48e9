/*
 * A heap: memory of any size out of regions that somebody else provides. malloc is built on it; it
 * calls nothing of the system, so that it can be tested anywhere.
 *
 * A region is a row of blocks. Each block begins with a header that knows its own size and that of
 * the block before it, so that a freed block finds both neighbours and merges with them. Free
 * blocks hang in lists by size: list n holds blocks of 2^n to 2^(n+1)-1 bytes.
 */
#ifndef RUNTIME_HEAP_H
#define RUNTIME_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HEAP_ALIGNMENT   16
#define HEAP_LISTS       32
#define HEAP_REGION_SIZE 0x10000     /* the least that is asked for at a time */
#define HEAP_LARGEST     0x7FFF0000u /* no block is larger */

/* Provides `size` bytes, a multiple of 4096, aligned to HEAP_ALIGNMENT; NULL where there are none.
 */
typedef void *(*heap_take)(size_t size);
/* Takes back a whole region. */
typedef void (*heap_give)(void *region, size_t size);

struct heap_block;

struct heap {
    heap_take take;
    heap_give give;
    struct heap_block *lists[HEAP_LISTS];
    struct heap_block *spare; /* one wholly free region is kept, NULL while there is none */
};

/* An empty heap. */
void heap_prepare(struct heap *heap, heap_take take, heap_give give);

/* Returns `size` bytes, aligned to HEAP_ALIGNMENT, not zeroed; NULL where `take` has no more or the
 * size is 0 or above HEAP_LARGEST. */
void *heap_alloc(struct heap *heap, size_t size);

/* Gives memory back. Returns false, and changes nothing, where it is not memory of a heap or was
 * given back before. */
bool heap_free(struct heap *heap, void *memory);

/* How many bytes the memory has room for, at least what was asked for; 0 where it is not in use. */
size_t heap_room(const void *memory);

#endif
