#include "heap.h"

#define BLOCK_USED 0x44455355u
#define BLOCK_FREE 0x45455246u
#define BLOCK_END  0x20444E45u /* behind the last block of a region */

struct heap_block {
    uint32_t size;        /* with this header; 0 at the end of a region */
    uint32_t before_size; /* of the block before; 0 for the first of a region */
    uint32_t state;       /* BLOCK_... */
    uint32_t reserved;
    /* In use, the memory begins here; in a free block, its neighbours in the list. */
    struct heap_block *next;
    struct heap_block *previous;
};

#define HEADER_SIZE offsetof(struct heap_block, next)
#define SMALLEST    (HEADER_SIZE + 2 * sizeof(uint64_t))

_Static_assert(HEADER_SIZE == HEAP_ALIGNMENT, "memory behind a header has to be aligned");
_Static_assert(sizeof(struct heap_block) <= SMALLEST, "a free block has to hold its list");

static struct heap_block *block_at(const struct heap_block *block, ptrdiff_t offset)
{
    return (struct heap_block *)((uintptr_t)block + (uintptr_t)offset);
}

static struct heap_block *block_after(const struct heap_block *block)
{
    return block_at(block, (ptrdiff_t)block->size);
}

static unsigned int list_of(uint32_t size)
{
    return 31u - (unsigned int)__builtin_clz(size);
}

static void list_add(struct heap *heap, struct heap_block *block)
{
    struct heap_block **head = &heap->lists[list_of(block->size)];
    block->state = BLOCK_FREE;
    block->previous = NULL;
    block->next = *head;
    if (*head != NULL)
        (*head)->previous = block;
    *head = block;
}

static void list_remove(struct heap *heap, struct heap_block *block)
{
    if (block == heap->spare)
        heap->spare = NULL;
    if (block->previous != NULL)
        block->previous->next = block->next;
    else
        heap->lists[list_of(block->size)] = block->next;
    if (block->next != NULL)
        block->next->previous = block->previous;
}

void heap_prepare(struct heap *heap, heap_take take, heap_give give)
{
    *heap = (struct heap){.take = take, .give = give};
}

/* A free block of at least that size, out of its list; NULL where there is none. */
static struct heap_block *find_block(struct heap *heap, uint32_t size)
{
    for (unsigned int list = list_of(size); list < HEAP_LISTS; list++) {
        for (struct heap_block *block = heap->lists[list]; block != NULL; block = block->next) {
            if (block->size >= size) {
                list_remove(heap, block);
                return block;
            }
        }
    }
    return NULL;
}

/* A new region as one block of at least that size, in no list; NULL where there is no memory. */
static struct heap_block *add_region(struct heap *heap, uint32_t size)
{
    uint32_t region = size + HEADER_SIZE; /* one more header marks the end */
    region = (region + 4095u) & ~4095u;
    if (region < HEAP_REGION_SIZE)
        region = HEAP_REGION_SIZE;
    struct heap_block *block = heap->take(region);
    if (block == NULL)
        return NULL;
    block->size = region - (uint32_t)HEADER_SIZE;
    block->before_size = 0;
    struct heap_block *end = block_after(block);
    end->size = 0;
    end->before_size = block->size;
    end->state = BLOCK_END;
    return block;
}

/* Leaves `size` bytes of the block and frees the rest, if it is worth a block. */
static void split(struct heap *heap, struct heap_block *block, uint32_t size)
{
    uint32_t rest = block->size - size;
    if (rest < SMALLEST)
        return;
    block->size = size;
    struct heap_block *second = block_after(block);
    second->size = rest;
    second->before_size = size;
    block_after(second)->before_size = rest;
    list_add(heap, second);
}

void *heap_alloc(struct heap *heap, size_t size)
{
    if (size == 0 || size > HEAP_LARGEST)
        return NULL;
    uint32_t needed =
        (uint32_t)((size + HEADER_SIZE + HEAP_ALIGNMENT - 1) & ~(size_t)(HEAP_ALIGNMENT - 1));
    if (needed < SMALLEST)
        needed = SMALLEST;
    struct heap_block *block = find_block(heap, needed);
    if (block == NULL)
        block = add_region(heap, needed);
    if (block == NULL)
        return NULL;
    split(heap, block, needed);
    block->state = BLOCK_USED;
    return &block->next;
}

/* The header of memory in use; NULL where it is not. */
static struct heap_block *used_block(const void *memory)
{
    if (memory == NULL || (uintptr_t)memory % HEAP_ALIGNMENT != 0)
        return NULL;
    struct heap_block *block = block_at(memory, -(ptrdiff_t)HEADER_SIZE);
    return block->state == BLOCK_USED ? block : NULL;
}

/* The block with its free neighbours, which leave their lists. */
static struct heap_block *merge(struct heap *heap, struct heap_block *block)
{
    struct heap_block *after = block_after(block);
    if (after->state == BLOCK_FREE) {
        list_remove(heap, after);
        block->size += after->size;
    }
    if (block->before_size != 0) {
        struct heap_block *before = block_at(block, -(ptrdiff_t)block->before_size);
        if (before->state == BLOCK_FREE) {
            list_remove(heap, before);
            before->size += block->size;
            block->state = BLOCK_FREE;
            block = before;
        }
    }
    block_after(block)->before_size = block->size;
    return block;
}

bool heap_free(struct heap *heap, void *memory)
{
    struct heap_block *block = used_block(memory);
    if (block == NULL)
        return false;
    block = merge(heap, block);
    bool whole = block->before_size == 0 && block_after(block)->size == 0;
    if (whole && heap->spare != NULL) {
        heap->give(block, block->size + HEADER_SIZE);
        return true;
    }
    list_add(heap, block);
    if (whole)
        heap->spare = block;
    return true;
}

size_t heap_room(const void *memory)
{
    const struct heap_block *block = used_block(memory);
    return block == NULL ? 0 : block->size - HEADER_SIZE;
}
