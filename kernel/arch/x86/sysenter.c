/* Sets up SYSENTER and the stub page. */
#include "arch_private.h"

#include <hw/x86.h>
#include <kernel/sched.h>
#include <lib/string.h>

static bool in_use;

/* Family 6 before model 3 stepping 3 reports SYSENTER and has none [SDM2 SYSENTER]. */
bool sysenter_usable(uint32_t signature, uint32_t features)
{
    uint32_t family = signature >> 8 & 0xF;
    uint32_t model_and_stepping = signature & 0xFF;

    if (!(features & CPUID_SEP))
        return false;
    return family != 6 || model_and_stepping >= 0x33 || (signature & 0xF0000) != 0;
}

void sysenter_start(uint32_t signature, uint32_t features)
{
    in_use = sysenter_usable(signature, features);
    if (!in_use)
        return;
    cpu_write_msr(MSR_SYSENTER_CS, SELECTOR_KERNEL_CODE);
    cpu_write_msr(MSR_SYSENTER_ESP, (uint32_t)sysenter_stack_top);
    cpu_write_msr(MSR_SYSENTER_EIP, (uint32_t)sysenter_entry);
}

void arch_fill_stub_page(void *page)
{
    const char *start = in_use ? stub_sysenter : stub_interrupt;
    const char *end = in_use ? stub_sysenter_end : stub_interrupt_end;

    memcpy(page, start, (size_t)(end - start));
}

/* A program that traces itself into SYSENTER: the trap belongs to it. On its own kernel stack. */
void sysenter_debug(void)
{
    struct trap_frame frame = {.vector = VECTOR_DEBUG, .eip = KERNEL_STUB_VA};

    trap_handlers.program_fault(&frame, FROM_USER, 0);
}
