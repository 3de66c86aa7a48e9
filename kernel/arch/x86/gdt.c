/* Segments and tasks: flat segments for both rings, and the two TSSs [SDM3 3.4.5, 7.2]. */
#include "arch_private.h"

#include <hw/x86.h>

#define GDT_ENTRIES 7
#define FLAT_LIMIT  0xFFFFFu /* in pages: 4 GiB */

static uint64_t gdt[GDT_ENTRIES];

struct tss main_tss;
struct tss double_fault_tss;

static uint64_t descriptor(uint32_t base, uint32_t limit, uint32_t access, uint32_t flags)
{
    uint32_t low = (limit & 0xFFFF) | base << 16;
    uint32_t high =
        (base >> 16 & 0xFF) | access << 8 | (limit & 0xF0000) | flags << 20 | (base & 0xFF000000);

    return (uint64_t)high << 32 | low;
}

static void set(uint32_t selector, uint64_t value)
{
    gdt[selector >> 3] = value;
}

static uint64_t task_descriptor(const struct tss *tss)
{
    return descriptor((uint32_t)tss, sizeof(*tss) - 1, SEGMENT_TSS, SEGMENT_BYTES_16);
}

void gdt_start(void)
{
    set(SELECTOR_KERNEL_CODE, descriptor(0, FLAT_LIMIT, SEGMENT_CODE, SEGMENT_PAGES_32));
    set(SELECTOR_KERNEL_DATA, descriptor(0, FLAT_LIMIT, SEGMENT_DATA, SEGMENT_PAGES_32));
    set(SELECTOR_USER_CODE,
        descriptor(0, FLAT_LIMIT, SEGMENT_CODE | SEGMENT_RING3, SEGMENT_PAGES_32));
    set(SELECTOR_USER_DATA,
        descriptor(0, FLAT_LIMIT, SEGMENT_DATA | SEGMENT_RING3, SEGMENT_PAGES_32));
    set(SELECTOR_TSS, task_descriptor(&main_tss));
    set(SELECTOR_DOUBLE_FAULT_TSS, task_descriptor(&double_fault_tss));

    main_tss.ss0 = SELECTOR_KERNEL_DATA;
    main_tss.io_map = sizeof(main_tss); /* behind the limit: ring 3 has no ports */
    double_fault_tss.io_map = sizeof(double_fault_tss);
    double_fault_start(&double_fault_tss);

    cpu_load_gdt(gdt, sizeof(gdt) - 1);
    cpu_load_task(SELECTOR_TSS);
}
