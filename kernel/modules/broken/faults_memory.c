/* Memory that is used against the rules of whoever gave it. */
#include "faults.h"

#include <abi/errors.h>
#include <hw/vga.h>
#include <kernel/memory.h>
#include <lib/link.h>

#define SMALL    64u /* a block that shares its page with others */
#define LARGE    (2 * PAGE_SIZE)
#define BLOCKS   1000u /* so many later blocks find the damage, where anything looks for it */
#define DAMAGE   0x5Au
#define WRITE_AT 16u /* in a block: not where the heap keeps its own list of free ones */

static struct link head;
static uint32_t variable[4];

/* A block whose page does not become free with it, because a second one is never given back. */
static uint8_t *take_small(void)
{
    uint8_t *block = heap_take(SMALL);

    return heap_take(SMALL) ? block : NULL;
}

static void take_and_give(uint32_t size)
{
    for (uint32_t i = 0; i < BLOCKS; i++)
        heap_give(heap_take(size));
}

static int32_t write_freed(uint8_t *block, uint32_t size)
{
    if (!block)
        return ERR_NO_MEMORY;
    heap_give(block);
    *(volatile uint8_t *)&block[WRITE_AT] = DAMAGE;
    take_and_give(size);
    return 0;
}

static int32_t give_twice(void *block)
{
    if (!block)
        return ERR_NO_MEMORY;
    heap_give(block);
    heap_give(block);
    return 0;
}

int32_t broken_overrun(void)
{
    volatile uint8_t *block = heap_take(LARGE);

    if (!block)
        return ERR_NO_MEMORY;
    for (uint32_t i = 0; i <= LARGE; i++)
        block[i] = DAMAGE;
    return 0;
}

int32_t broken_write_freed(void)
{
    return write_freed(take_small(), SMALL);
}

int32_t broken_write_freed_page(void)
{
    return write_freed(heap_take(PAGE_SIZE), PAGE_SIZE);
}

int32_t broken_free_twice(void)
{
    return give_twice(take_small());
}

int32_t broken_free_page_twice(void)
{
    return give_twice(heap_take(PAGE_SIZE));
}

int32_t broken_free_foreign(void)
{
    heap_give(variable);
    return 0;
}

int32_t broken_free_inside(void)
{
    uint8_t *block = take_small();

    if (!block)
        return ERR_NO_MEMORY;
    heap_give(block + SMALL / 2);
    return 0;
}

int32_t broken_free_frame_twice(void)
{
    phys frame = frame_take_low(FRAME_HEAP);

    if (!frame)
        return ERR_NO_MEMORY;
    frame_give(frame);
    frame_give(frame);
    return 0;
}

int32_t broken_free_frame_foreign(void)
{
    frame_give(VGA_TEXT_BASE);
    return 0;
}

int32_t broken_list(void)
{
    static struct link item, other;

    link_init(&head);
    link_init(&other);
    link_append(&head, &item);
    head.next = &other;
    link_remove(&item);
    return 0;
}

int32_t broken_list_freed(void)
{
    static struct link item;
    struct link *last = (struct link *)(void *)take_small();

    if (!last)
        return ERR_NO_MEMORY;
    link_init(&head);
    link_append(&head, last);
    heap_give(last);
    link_append(&head, &item);
    return 0;
}
