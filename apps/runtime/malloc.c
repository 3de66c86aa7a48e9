#include <megha.h>
#include <megha/lock.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "heap.h"

static void *take_region(size_t size)
{
    uint32_t address = memory_map((uint32_t)size, ACCESS_READ | ACCESS_WRITE);
    return address_is_error(address) ? NULL : (void *)address;
}

static void give_region(void *region, size_t size)
{
    memory_unmap((uint32_t)region, (uint32_t)size);
}

static struct heap heap = {.take = take_region, .give = give_region};
static struct lock lock;

void *malloc(size_t size)
{
    lock_take(&lock);
    void *memory = heap_alloc(&heap, size);
    lock_release(&lock);
    return memory;
}

void *calloc(size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes))
        return NULL;
    void *memory = malloc(bytes);
    if (memory != NULL)
        memset(memory, 0, bytes);
    return memory;
}

static _Noreturn void refuse(const char *function, const void *memory)
{
    printf("%s: %p is not memory that malloc gave, or it was given back before.\n", function,
           memory);
    abort();
}

void *realloc(void *memory, size_t size)
{
    if (memory == NULL)
        return malloc(size);
    size_t room = heap_room(memory);
    if (room == 0)
        refuse("realloc", memory);
    if (size != 0 && size <= room && size >= room / 2)
        return memory;
    void *moved = malloc(size);
    if (moved == NULL && size != 0)
        return NULL;
    if (moved != NULL)
        memcpy(moved, memory, size < room ? size : room);
    free(memory);
    return moved;
}

void free(void *memory)
{
    if (memory == NULL)
        return;
    lock_take(&lock);
    bool freed = heap_free(&heap, memory);
    lock_release(&lock);
    if (!freed)
        refuse("free", memory);
}
