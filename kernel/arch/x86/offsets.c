/* Compiled to assembly only: tools/offsets.py turns each OFFSET into a NASM constant. */
#include "arch_private.h"

#include <boot/info.h>
#include <hw/vga.h>
#include <hw/x86.h>
#include <kernel/sched.h>
#include <kernel/syscall.h>
#include <stddef.h>

#define OFFSET(name, value) __asm__ volatile(".ascii \"->" #name " %c0\"" : : "i"(value))
#define CONSTANT(name)      __asm__ volatile(".ascii \"->" #name " %c0\"" : : "i"(name))

void offsets(void);
void offsets(void)
{
    CONSTANT(KERNEL_MAGIC);
    CONSTANT(KERNEL_VERSION);
    CONSTANT(KERNEL_LOAD);
    CONSTANT(KERNEL_BASE);
    CONSTANT(BOOT_MAGIC);
    CONSTANT(KERNEL_STUB_VA);
    CONSTANT(PAGE_SIZE);
    CONSTANT(PAGE_ENTRIES);
    CONSTANT(TABLE_SHIFT);
    CONSTANT(PTE_PRESENT);
    CONSTANT(PTE_WRITE);
    CONSTANT(PTE_FRAME);
    CONSTANT(VIEW_RING0);
    CONSTANT(VIEW_FPU);
    CONSTANT(CR0_PG);
    CONSTANT(CR0_WP);
    CONSTANT(CR0_NE);
    CONSTANT(CR0_EM);
    CONSTANT(CR0_MP);
    CONSTANT(CR0_TS);
    CONSTANT(CR0_CD);
    CONSTANT(CR0_NW);
    CONSTANT(EFLAGS_FIXED);
    CONSTANT(EFLAGS_IF);
    CONSTANT(EFLAGS_VM);
    CONSTANT(VGA_TEXT_BASE);
    CONSTANT(VGA_WHITE_ON_RED);
    CONSTANT(VECTORS_WITH_ERROR_CODE);
    CONSTANT(VECTOR_EXCEPTIONS);
    CONSTANT(TRAP_ENTRIES);
    CONSTANT(SYSCALL_VECTOR);
    CONSTANT(SYSCALL_TABLE_SIZE);
    OFFSET(ERROR_NO_CALL, ERR_NO_CALL);
    CONSTANT(SELECTOR_KERNEL_CODE);
    CONSTANT(SELECTOR_KERNEL_DATA);
    CONSTANT(SELECTOR_USER_CODE);
    CONSTANT(SELECTOR_USER_DATA);
    CONSTANT(FROM_USER);
    CONSTANT(FROM_RING0_PROGRAM);
    CONSTANT(FROM_KERNEL);

    OFFSET(INFO_TSC_KHZ, offsetof(struct boot_info, tsc_khz));
    OFFSET(TSS_ESP0, offsetof(struct tss, esp0));
    OFFSET(FRAME_SIZE, sizeof(struct trap_frame));
    OFFSET(FRAME_EAX, offsetof(struct trap_frame, eax));
    OFFSET(FRAME_VECTOR, offsetof(struct trap_frame, vector));
    OFFSET(FRAME_EIP, offsetof(struct trap_frame, eip));
    OFFSET(FRAME_CS, offsetof(struct trap_frame, cs));
    OFFSET(FRAME_EFLAGS, offsetof(struct trap_frame, eflags));
    OFFSET(FRAME_ESP, offsetof(struct trap_frame, esp));
    OFFSET(THREAD_KERNEL_ESP, offsetof(struct thread, kernel_esp));
    OFFSET(THREAD_STACK_TOP, offsetof(struct thread, kernel_stack_top));
    OFFSET(THREAD_VIEW, offsetof(struct thread, view));
    OFFSET(THREAD_CR4, offsetof(struct thread, cr4));
    OFFSET(THREAD_FS, offsetof(struct thread, fs));
    OFFSET(THREAD_GS, offsetof(struct thread, gs));
}
