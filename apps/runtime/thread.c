#include <megha.h>

#include "start.h"

int thread_start(int (*function)(void *argument), void *argument, uint32_t stack_size,
                 uint32_t mode)
{
    return thread_create((uint32_t)thread_entry, (uint32_t)function, (uint32_t)argument, stack_size,
                         mode);
}
