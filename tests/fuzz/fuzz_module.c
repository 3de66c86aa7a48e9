/*
 * Feeds any bytes to the loader of linked modules. What it accepts is placed, bound and relocated
 * in memory that ends where the module ends, so that the sanitizers see every byte that is touched.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <abi/errors.h>
#include <kernel/sched.h>

#include "../../kernel/core/module/object.h"

#define ADDRESS 0xF0003000u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

void sched_preemption_point(void)
{
}

/* Knows every name but those that begin with a letter above 'm'. */
static int find(void *context, const char *name, bool weak, uint32_t *value)
{
    (void)context;
    (void)weak;
    if (name[0] > 'm')
        return ERR_UNDEFINED_SYMBOL;
    *value = 0xC0100000u + (uint32_t)strlen(name);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct object object;
    uint8_t *file = malloc(size ? size : 1); /* aligned, and nothing lies behind it */
    uint8_t *memory;

    if (size)
        memcpy(file, data, size);
    if (object_check(file, (uint32_t)size, &object) == 0) {
        memory = calloc(1, object.end ? object.end : 1);
        object_copy(&object, memory);
        if (object_resolve(&object, memory, ADDRESS, find, NULL) == 0)
            (void)object_relocate(&object, memory, ADDRESS);
        free(memory);
    }
    free(file);
    return 0;
}
