/* The CPU's tables and stacks for who only looks, and which addresses may be read at all. */
#include "arch_private.h"

#include <hw/x86.h>
#include <kernel/sched.h>
#include <lib/string.h>

#define PAGE_MASK          (PAGE_SIZE - 1u)
#define DESCRIPTOR_SIZE    8
#define STUB_RETURN_OFFSET 12 /* from the program's ESP at SYSENTER to its return address */

_Static_assert(sizeof(struct machine_tss) == sizeof(struct tss), "programs see the CPU's layout");

void arch_look_registers(struct machine_registers *to)
{
    struct table_register gdt, idt;

    cpu_store_gdt(&gdt);
    cpu_store_idt(&idt);
    *to = (struct machine_registers){
        .gdt_base = gdt.base,
        .gdt_limit = gdt.limit,
        .idt_base = idt.base,
        .idt_limit = idt.limit,
        .task = cpu_store_task(),
        .cr0 = cpu_read_cr0(),
        .cr2 = cpu_read_cr2(),
        .cr3 = cpu_read_cr3(),
        .cr4 = cr4_for_kernel() ? cpu_read_cr4() : 0,
        .entry_base = (uint32_t)kernel_entry_code_start,
    };
}

static bool look_table(const struct table_register *table, uint32_t index,
                       struct machine_descriptor *to)
{
    if (index > (table->limit + 1u) / DESCRIPTOR_SIZE - 1u)
        return false;
    memcpy(to, (const void *)(table->base + index * DESCRIPTOR_SIZE), sizeof(*to));
    return true;
}

bool arch_look_gdt(uint32_t index, struct machine_descriptor *to)
{
    struct table_register gdt;

    cpu_store_gdt(&gdt);
    return look_table(&gdt, index, to);
}

bool arch_look_idt(uint32_t vector, struct machine_descriptor *to)
{
    struct table_register idt;

    cpu_store_idt(&idt);
    return look_table(&idt, vector, to);
}

bool arch_look_tss(uint32_t index, struct machine_tss *to)
{
    if (index > 1)
        return false;
    memcpy(to, index == 0 ? &main_tss : &double_fault_tss, sizeof(*to));
    return true;
}

bool arch_look_stack(uint32_t index, struct machine_stack *to)
{
    switch (index) {
    case 0:
        *to = (struct machine_stack){(uint32_t)boot_stack, (uint32_t)boot_stack_top, 0, "boot"};
        return true;
    case 1:
        *to = (struct machine_stack){(uint32_t)double_fault_stack, (uint32_t)double_fault_stack_top,
                                     0, "double fault"};
        return true;
    case 2:
        *to = (struct machine_stack){(uint32_t)sysenter_stack, (uint32_t)sysenter_stack_top, 0,
                                     "SYSENTER"};
        return true;
    default:
        return false;
    }
}

/* ---- What may be read --------------------------------------------------------------------------
 */

/* By the directory of the boot, whose tables are the kernel's own. */
static bool is_kernels(uint32_t address)
{
    uint32_t entry = master_directory[address >> TABLE_SHIFT];
    const uint32_t *table = phys_to_virtual(entry & PTE_FRAME);

    if (address < KERNEL_BASE || !(entry & PTE_PRESENT))
        return false;
    return entry & PTE_LARGE || table[address >> PAGE_SHIFT & (PAGE_ENTRIES - 1)] & PTE_PRESENT;
}

static bool is_in_direct_map(phys frame)
{
    return frame < DIRECT_MAP_LIMIT && is_kernels(KERNEL_BASE + frame);
}

bool arch_is_mapped(uint32_t address)
{
    phys directory = cpu_read_cr3() & PTE_FRAME;
    uint32_t entry;

    if (address >= KERNEL_BASE)
        return is_kernels(address);
    if (!is_in_direct_map(directory))
        return false;
    entry = ((const uint32_t *)phys_to_virtual(directory))[address >> TABLE_SHIFT];
    if (!(entry & PTE_PRESENT) || !is_in_direct_map(entry & PTE_FRAME))
        return false;
    entry = ((const uint32_t *)phys_to_virtual(
        entry & PTE_FRAME))[address >> PAGE_SHIFT & (PAGE_ENTRIES - 1)];
    return (entry & PTE_PRESENT) != 0;
}

/* ---- Where a program came from -----------------------------------------------------------------
 */

bool arch_program_entry(const struct thread *thread, uint32_t back, struct program_entry *entry)
{
    bool by_sysenter = back >= (uint32_t)sysenter_entry && back < (uint32_t)sysenter_entry_end;
    const struct trap_frame *frame;

    if (!is_kernels(thread->kernel_stack_top - 1) || back < (uint32_t)kernel_entry_code_start ||
        back >= (uint32_t)kernel_entry_code_end)
        return false;
    frame = address_to_pointer(thread->kernel_stack_top - sizeof(*frame));
    if (by_sysenter) {
        /* Its stub has pushed ECX, EDX and EBP, and gave the kernel ESP. */
        uint32_t esp = ((const uint32_t *)frame)[-1];

        *entry = (struct program_entry){.esp = esp + STUB_RETURN_OFFSET + sizeof(esp),
                                        .eip_at = esp + STUB_RETURN_OFFSET,
                                        .ebp_at = esp};
        return true;
    }
    *entry = (struct program_entry){
        .eip = frame->eip,
        .esp = arch_frame_esp(frame, frame->cs & 3 ? FROM_USER : FROM_RING0_PROGRAM),
        .ebp = frame->ebp};
    return true;
}
