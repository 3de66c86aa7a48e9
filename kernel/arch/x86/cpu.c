/* What this CPU can do. Everything beyond a 486 is used only after a test here. */
#include "arch_private.h"

#include <hw/x86.h>

#define LEAF_FEATURES 1
#define LEAF_MORE     7

static uint32_t signature; /* CPUID leaf 1 EAX: family, model, stepping */
static uint32_t features_edx;
static uint32_t features_ecx;
static uint32_t protections; /* CR4.SMEP and SMAP, where the CPU has them */
static uint32_t cr4_base;    /* everything else in CR4; 0 where the CPU has no CR4 */

static void read_features(void)
{
    uint32_t registers[4];
    uint32_t last_leaf;

    /* CPUID exists where EFLAGS.ID can be changed [SDM2 CPUID]. */
    if (!cpu_flag_changes(EFLAGS_ID))
        return;
    cpu_id(0, registers);
    last_leaf = registers[0];
    if (last_leaf >= LEAF_FEATURES) {
        cpu_id(LEAF_FEATURES, registers);
        signature = registers[0];
        features_ecx = registers[2];
        features_edx = registers[3];
    }
    if (last_leaf >= LEAF_MORE) {
        cpu_id(LEAF_MORE, registers);
        if (registers[1] & CPUID7_SMEP)
            protections |= CR4_SMEP;
        if (registers[1] & CPUID7_SMAP)
            protections |= CR4_SMAP;
    }
}

void arch_start(void)
{
    uint32_t wanted = 0;

    read_features();
    if (arch_large_pages())
        wanted |= CR4_PSE;
    if (arch_global_page())
        wanted |= CR4_PGE;
    if (wanted)
        cpu_write_cr4(cpu_read_cr4() | wanted);
    fpu_start(features_edx);
    sysenter_start(signature, features_edx);
    if (features_edx & (CPUID_PSE | CPUID_PGE | CPUID_FXSR))
        cr4_base = cpu_read_cr4();
    if (protections)
        cpu_write_cr4(cr4_base | protections);
}

uint32_t cr4_for_kernel(void)
{
    return cr4_base | protections;
}

uint32_t cr4_for_ring0_programs(void)
{
    return cr4_base;
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
    return features_edx & CPUID_PGE ? PTE_GLOBAL : 0;
}

bool arch_large_pages(void)
{
    return (features_edx & CPUID_PSE) != 0;
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
