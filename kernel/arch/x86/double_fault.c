/*
 * The double-fault task. A ring-0 stack that has run out cannot take the frame of the page fault
 * that tells so; the CPU then goes through the task gate of vector 8, to a stack of its own.
 *
 * Where the stack was a program's, only that program ends: main_tss is rewritten so that the IRET
 * out of this task resumes on the thread's kernel stack, in stack_lost_resume. Where it was the
 * kernel's, the machine stops with a panic.
 */
#include "arch_private.h"

#include <hw/x86.h>
#include <kernel/debug.h>
#include <kernel/memory.h>
#include <kernel/sched.h>

/* What the report needs of the lost state. */
static struct trap_frame lost;
static uint32_t lost_address;

void double_fault_start(struct tss *tss)
{
    tss->cr3 = arch_master_directory();
    tss->eip = (uint32_t)double_fault_entry;
    tss->esp = (uint32_t)double_fault_stack_top;
    tss->eflags = EFLAGS_FIXED;
    tss->cs = SELECTOR_KERNEL_CODE;
    tss->ss = SELECTOR_KERNEL_DATA;
    tss->ds = tss->es = SELECTOR_USER_DATA;
}

/* Runs in the main task again, on the kernel stack of the thread that lost its own. */
static void __attribute__((noreturn)) stack_lost_resume(void)
{
    const struct trap_frame frame =
        lost; /* the report has preemption points, and another thread may come here */

    if (fpu_owner == arch_running)
        cpu_clear_ts(); /* a task switch sets it */
    trap_handlers.stack_lost(&frame, lost_address);
}

static bool on_kernel_stack_of(const struct thread *thread, uint32_t esp)
{
    uint32_t low = thread->kernel_stack_top - KERNEL_STACK_PAGES * PAGE_SIZE;

    return esp > low && esp <= thread->kernel_stack_top;
}

/*
 * The program's fault: its stack was below KERNEL_BASE; or its ESP pointed into the kernel while
 * EIP did not; or EIP is in the entry stubs, whose first two pushes still use the program's stack.
 */
static bool is_programs_fault(const struct thread *thread)
{
    bool in_stub = main_tss.eip >= (uint32_t)kernel_entry_code_start &&
                   main_tss.eip < (uint32_t)kernel_entry_code_end;

    if (!thread || !thread->process)
        return false;
    if (main_tss.esp < KERNEL_BASE || main_tss.eip < KERNEL_BASE)
        return true;
    return in_stub && thread->mode == MODE_KERNEL && !on_kernel_stack_of(thread, main_tss.esp) &&
           !trap_handlers.is_stack_guard(main_tss.esp - 1);
}

/* What the main task was doing. The TSS has no error code. */
static struct trap_frame main_task_frame(void)
{
    return (struct trap_frame){
        .edi = main_tss.edi,
        .esi = main_tss.esi,
        .ebp = main_tss.ebp,
        .ebx = main_tss.ebx,
        .edx = main_tss.edx,
        .ecx = main_tss.ecx,
        .eax = main_tss.eax,
        .es = main_tss.es,
        .ds = main_tss.ds,
        .vector = VECTOR_DOUBLE_FAULT,
        .eip = main_tss.eip,
        .cs = main_tss.cs,
        .eflags = main_tss.eflags,
        .esp = main_tss.esp,
        .ss = main_tss.ss,
    };
}

static void __attribute__((noreturn)) stop(uint32_t fault_address)
{
    struct trap_frame frame = main_task_frame();

    panic_frame(&frame, fault_address,
                trap_handlers.is_stack_guard(fault_address) ? "kernel stack overflow"
                                                            : "double fault");
}

/* Called by entry.asm in the double-fault task; returns to resume main_tss. */
void double_fault_serve(void)
{
    struct thread *thread = arch_running;
    uint32_t fault_address = cpu_read_cr2();

    if (!is_programs_fault(thread))
        stop(fault_address);

    lost = main_task_frame();
    lost_address = fault_address;

    /* An interrupt whose frame could not be pushed was acknowledged by the PIC and would never end.
     */
    pic_end_all();

    main_tss.cr3 = thread->view & PTE_FRAME;
    main_tss.eip = (uint32_t)stack_lost_resume;
    main_tss.esp = thread->kernel_stack_top - 4; /* aligned as after a call */
    main_tss.ebp = 0;
    main_tss.eflags = EFLAGS_FIXED;
    main_tss.cs = SELECTOR_KERNEL_CODE;
    main_tss.ss = SELECTOR_KERNEL_DATA;
    main_tss.ds = main_tss.es = SELECTOR_USER_DATA;
    main_tss.fs = main_tss.gs = 0;
    main_tss.ldt = 0;
}
