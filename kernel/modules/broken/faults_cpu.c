/* What the CPU itself refuses: a stack that is full, and instructions. */
#include "faults.h"

#define ENTRIES  16u /* more than the kernel's descriptor table has, and one */
#define BEYOND   0x1230u
#define ENTRY    8u                    /* bytes of a descriptor */
#define ABSENT   0x00CF12000000FFFFull /* writable data, flat, ring 0; the bit for present is 0 */
#define FRAME    12288u
#define TOO_MANY 200 /* no interrupt has that number, nor has the table of their gates */

/* What SGDT stores and LGDT loads. */
struct table_register {
    uint16_t limit;
    uint32_t base;
} __attribute__((packed));

int32_t broken_recurse(void)
{
    return ((int32_t(*)(void))opaque((uint32_t)broken_recurse))() + 1;
}

int32_t broken_large_frame(void)
{
    volatile uint8_t variables[FRAME];

    variables[0] = 1;
    return variables[0];
}

int32_t broken_divide(void)
{
    return 100 / (int32_t)(uint32_t)opaque(0);
}

int32_t broken_undefined(void)
{
    __asm__ volatile("ud2");
    return 0;
}

int32_t broken_breakpoint(void)
{
    __asm__ volatile("int3");
    return 0;
}

int32_t broken_interrupt(void)
{
    __asm__ volatile("int %0" : : "i"(TOO_MANY));
    return 0;
}

int32_t broken_selector(void)
{
    __asm__ volatile("mov %0, %%gs" : : "r"(BEYOND));
    return 0;
}

/* Loads a copy of the descriptor table with one entry more. Returns that one's selector. */
static uint32_t add_absent(void)
{
    static uint64_t table[ENTRIES];
    struct table_register old;
    uint32_t count;

    __asm__ volatile("sgdt %0" : "=m"(old));
    count = (old.limit + 1) / ENTRY;
    if (count >= ENTRIES)
        return 0;
    for (uint32_t i = 0; i < count; i++)
        table[i] = ((const uint64_t *)opaque(old.base))[i];
    table[count] = ABSENT;
    old = (struct table_register){.limit = (uint16_t)((count + 1) * ENTRY - 1),
                                  .base = (uint32_t)table};
    __asm__ volatile("lgdt %0" : : "m"(old), "m"(table));
    return count * ENTRY;
}

int32_t broken_absent(void)
{
    __asm__ volatile("mov %0, %%gs" : : "r"(add_absent()));
    return 0;
}

int32_t broken_absent_stack(void)
{
    __asm__ volatile("mov %0, %%ss" : : "r"(add_absent()));
    return 0;
}

int32_t broken_float(void)
{
    __asm__ volatile("fld1");
    return 0;
}
