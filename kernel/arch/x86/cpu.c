/* What this CPU can do. Everything beyond a 486 is used only after a test here. */
#include "arch_private.h"

#include <hw/x86.h>

static uint32_t features_edx;
static uint32_t features_ecx;
static uint32_t global_page;
static bool large_pages;

/* CPUID exists where EFLAGS.ID can be changed [SDM2 CPUID]. */
void arch_start(void)
{
    uint32_t registers[4];

    if (!cpu_flag_changes(EFLAGS_ID))
        return;
    cpu_id(0, registers);
    if (registers[0] < 1)
        return;
    cpu_id(1, registers);
    features_ecx = registers[2];
    features_edx = registers[3];

    large_pages = (features_edx & CPUID_PSE) != 0;
    if (features_edx & CPUID_PGE)
        global_page = PTE_GLOBAL;
    if (large_pages || global_page)
        cpu_write_cr4(cpu_read_cr4() | (large_pages ? CR4_PSE : 0) | (global_page ? CR4_PGE : 0));
}

bool arch_has_tsc(void)
{
    return (features_edx & CPUID_TSC) != 0;
}

void arch_cpu_features(uint32_t *edx, uint32_t *ecx)
{
    *edx = features_edx;
    *ecx = features_ecx;
}

uint32_t arch_global_page(void)
{
    return global_page;
}

bool arch_large_pages(void)
{
    return large_pages;
}

phys arch_directory(void)
{
    return cpu_read_cr3();
}

void arch_flush_space(void)
{
    cpu_write_cr3(cpu_read_cr3());
}

phys arch_master_directory(void)
{
    return virtual_to_phys(master_directory);
}

void arch_drop_low_mapping(void)
{
    master_directory[0] = 0;
    arch_flush_space();
}
