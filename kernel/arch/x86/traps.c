/* The interrupt descriptor table, and what happens on a trap once entry.asm has made a frame. */
#include "arch_private.h"

#include <hw/x86.h>
#include <kernel/debug.h>
#include <kernel/sched.h>

#define VECTOR_BREAKPOINT    3
#define VECTOR_OVERFLOW      4
#define VECTOR_MACHINE_CHECK 18

static uint64_t idt[IDT_ENTRIES];

struct trap_handlers trap_handlers;
volatile uint32_t arch_attention;

static const char *const exception_names[VECTOR_EXCEPTIONS] = {
    "divide error",
    "debug",
    "non-maskable interrupt",
    "breakpoint",
    "overflow",
    "bound range exceeded",
    "invalid opcode",
    "device not available",
    "double fault",
    "coprocessor segment overrun",
    "invalid TSS",
    "segment not present",
    "stack fault",
    "general protection fault",
    "page fault",
    "reserved exception 15",
    "x87 floating-point error",
    "alignment check",
    "machine check",
    "SIMD floating-point error",
    "virtualization exception",
    "control protection exception",
    "reserved exception 22",
    "reserved exception 23",
    "reserved exception 24",
    "reserved exception 25",
    "reserved exception 26",
    "reserved exception 27",
    "hypervisor injection exception",
    "VMM communication exception",
    "security exception",
    "reserved exception 31",
};

const char *arch_exception_name(unsigned vector)
{
    return vector < VECTOR_EXCEPTIONS ? exception_names[vector] : "interrupt";
}

static uint64_t gate(uint32_t offset, uint32_t selector, uint32_t type)
{
    uint32_t low = selector << 16 | (offset & 0xFFFF);
    uint32_t high = (offset & 0xFFFF0000) | type << 8;

    return (uint64_t)high << 32 | low;
}

/* Vectors without a gate, from INT n in ring 3, become a general protection fault. */
static void idt_start(void)
{
    for (unsigned vector = 0; vector < TRAP_ENTRIES; vector++)
        idt[vector] = gate(trap_entries[vector], SELECTOR_KERNEL_CODE, GATE_INTERRUPT);
    idt[VECTOR_BREAKPOINT] |= (uint64_t)GATE_RING3 << 40;
    idt[VECTOR_OVERFLOW] |= (uint64_t)GATE_RING3 << 40;
    idt[VECTOR_DOUBLE_FAULT] = gate(0, SELECTOR_DOUBLE_FAULT_TSS, GATE_TASK);
    idt[SYSCALL_VECTOR] =
        gate((uint32_t)syscall_entry, SELECTOR_KERNEL_CODE, GATE_INTERRUPT | GATE_RING3);
    cpu_load_idt(idt, sizeof(idt) - 1);
}

void arch_traps_start(const struct trap_handlers *handlers)
{
    trap_handlers = *handlers;
    gdt_start();
    idt_start();
    pic_start();
}

/*
 * On the way to and from a program in ring 0 the entry code reads and writes the CPU's frame on the
 * program's stack. Where that stack, or what lies there, is not what it has to be, that is the
 * program's fault.
 */
static bool is_programs_frame(const struct trap_frame *frame)
{
    return arch_running && arch_running->process && arch_running->mode == MODE_KERNEL &&
           frame->eip >= (uint32_t)kernel_entry_code_start &&
           frame->eip < (uint32_t)kernel_entry_code_end;
}

/* An NMI or a machine check is the hardware's, whoever runs. */
static bool is_hardware_failure(uint32_t vector)
{
    return vector == VECTOR_NMI || vector == VECTOR_MACHINE_CHECK;
}

/* Exceptions that a program does not notice: a page of its stack was missing, or its x87 registers
 * were. */
static inline bool is_mended(const struct trap_frame *frame)
{
    if (frame->vector == VECTOR_PAGE_FAULT)
        return !(frame->error & FAULT_PRESENT) && trap_handlers.page_missing(cpu_read_cr2());
    return frame->vector == VECTOR_NO_DEVICE && fpu_trap();
}

/* Exceptions that nobody mends. */
static void __attribute__((noinline))
end_by_trap(const struct trap_frame *frame, enum trap_origin origin)
{
    uint32_t fault_address = frame->vector == VECTOR_PAGE_FAULT ? cpu_read_cr2() : 0;

    if (frame->vector == VECTOR_DEBUG && frame->eip == (uint32_t)sysenter_entry)
        sysenter_escape();
    if (origin == FROM_KERNEL && is_programs_frame(frame))
        origin = FROM_RING0_PROGRAM;
    if (origin == FROM_KERNEL || is_hardware_failure(frame->vector))
        trap_handlers.kernel_fault(frame, fault_address);
    trap_handlers.program_fault(frame, origin, fault_address);
}

/*
 * The kernel takes interrupts in arch_interrupt_window and arch_idle only, and its data need no
 * locks for that reason. Code that turned them on by itself is found as soon as one comes. (EIP
 * below the kernel: a program in ring 0 whose stack pointer points up here.)
 */
static void check_interrupts_were_off(const struct trap_frame *frame)
{
    uint32_t offset = frame->eip - (uint32_t)arch_interrupt_window;

    if (offset >= (uint32_t)arch_stop - (uint32_t)arch_interrupt_window &&
        frame->eip >= KERNEL_BASE)
        trap_handlers.kernel_fault(frame, 0);
}

/* Called by entry.asm. */
ARCH_IN_REGISTERS void trap_dispatch(struct trap_frame *frame, enum trap_origin origin)
{
    if (frame->vector >= PIC_VECTOR) {
        if (origin == FROM_KERNEL)
            check_interrupts_were_off(frame);
        pic_serve(frame->vector - PIC_VECTOR);
    } else if (origin == FROM_KERNEL || !is_mended(frame)) {
        end_by_trap(frame, origin);
    }
}

/* Called by entry.asm before a return to a program. */
void trap_attention(void)
{
    trap_handlers.attention();
}

/* The CPU's frame on a program's ring-0 stack: EIP, CS, EFLAGS. */
#define CPU_FRAME_SIZE 12

uint32_t arch_frame_esp(const struct trap_frame *frame, enum trap_origin origin)
{
    return origin == FROM_RING0_PROGRAM ? frame->esp + CPU_FRAME_SIZE : frame->esp;
}
