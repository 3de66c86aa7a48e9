/* Exports a name of the kernel. */
#include <kernel/export.h>

void heap_give(void *memory);

MODULE("Would hide a function of the kernel.");

void heap_give(void *memory)
{
    (void)memory;
}
MODULE_EXPORT(heap_give);
