/* A new thread's kernel stack. */
#include "arch_private.h"

#include <hw/x86.h>
#include <kernel/sched.h>

struct thread *arch_running;

/* Where switch_stacks returns to, and the return address of a function that never returns. */
struct first_switch {
    uint32_t eip;
    uint32_t no_return;
};

void arch_thread_prepare(struct thread *thread, void (*start)(void))
{
    /* At the function's first instruction ESP + 4 is a multiple of 16, as after a call. */
    struct first_switch *frame = (struct first_switch *)thread->kernel_stack_top - 1;

    *frame = (struct first_switch){.eip = (uint32_t)start};
    thread->kernel_esp = (uint32_t)frame;
    thread->fs = 0;
    thread->gs = 0;
    thread->cr4 = thread->mode == MODE_KERNEL ? cr4_for_ring0_programs() : cr4_for_kernel();
    thread->view = arch_master_directory() | (thread->mode == MODE_KERNEL ? VIEW_RING0 : 0);
}

void arch_thread_set_directory(struct thread *thread, phys directory)
{
    thread->view = directory | (thread->view & ~PTE_FRAME);
}

/* Below the address that switch_stacks would return to: so that `first` returns there. */
void arch_thread_divert(struct thread *thread, void (*first)(void))
{
    thread->kernel_esp -= sizeof(uint32_t);
    *(uint32_t *)thread->kernel_esp = (uint32_t)first;
}

bool arch_boot_stack_bounds(uint32_t address, uint32_t *low, uint32_t *high)
{
    *low = (uint32_t)boot_stack;
    *high = (uint32_t)boot_stack_top;
    return address >= *low && address < *high;
}

void arch_thread_running(struct thread *thread)
{
    arch_running = thread;
    thread->cr4 = cr4_for_kernel();
    thread->view = arch_master_directory();
}
