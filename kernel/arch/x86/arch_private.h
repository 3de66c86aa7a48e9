/* What the files of kernel/arch/x86 share among themselves, and with its NASM files by offsets.c.
 */
#ifndef ARCH_PRIVATE_H
#define ARCH_PRIVATE_H

#include <kernel/arch.h>

/* Selectors of the global descriptor table. The order of the four segments is the one that SYSENTER
 * and SYSEXIT expect [SDM3 5.8.7]. */
enum {
    SELECTOR_NULL = 0x00,
    SELECTOR_KERNEL_CODE = 0x08,
    SELECTOR_KERNEL_DATA = 0x10,
    SELECTOR_USER_CODE = 0x18 | 3,
    SELECTOR_USER_DATA = 0x20 | 3,
    SELECTOR_TSS = 0x28,
    SELECTOR_DOUBLE_FAULT_TSS = 0x30
};

#define PIC_VECTOR     32 /* the PIC's line 0 */
#define TRAP_ENTRIES   48 /* exceptions and PIC lines: the stubs of entry.asm */
#define SYSCALL_VECTOR 0x80
#define IDT_ENTRIES    (SYSCALL_VECTOR + 1)

/* 32-bit task state segment [SDM3 7.2.1]. */
struct tss {
    uint32_t back_link;
    uint32_t esp0, ss0;
    uint32_t esp1, ss1;
    uint32_t esp2, ss2;
    uint32_t cr3, eip, eflags;
    uint32_t eax, ecx, edx, ebx, esp, ebp, esi, edi;
    uint32_t es, cs, ss, ds, fs, gs;
    uint32_t ldt;
    uint16_t trap, io_map;
};

_Static_assert(sizeof(struct tss) == 104, "the CPU reads this layout");

/* The task that everything but the double-fault handler runs in. */
extern struct tss main_tss;
extern struct tss double_fault_tss;

/* What SGDT and SIDT store. */
struct table_register {
    uint16_t limit;
    uint32_t base;
} __attribute__((packed));

/* start.asm */
extern uint32_t master_directory[1024];
extern char boot_stack[], boot_stack_top[];

/* Loads GDT, both TSSs and their selectors; the double-fault task is ready afterwards. */
void gdt_start(void);

/* CR4 while the kernel and ring 3 run, and while a program in ring 0 does: its code and data are
 * user pages, which SMEP and SMAP keep ring 0 away from. */
uint32_t cr4_for_kernel(void);
uint32_t cr4_for_ring0_programs(void);

/* Turns SYSENTER on where the CPU has it. `signature` and `features` are EAX and EDX of CPUID
 * leaf 1. */
void sysenter_start(uint32_t signature, uint32_t features);
bool sysenter_usable(uint32_t signature, uint32_t features);

/* sysenter.asm: the stub, the way in, and what becomes of a debug exception on it. Other threads
 * may run. */
extern const char stub_sysenter[], stub_sysenter_end[], stub_interrupt[], stub_interrupt_end[];
extern char sysenter_stack[], sysenter_stack_top[];
extern char sysenter_entry_end[];
void sysenter_entry(void);
void sysenter_escape(void) __attribute__((noreturn));
/* Called by sysenter.asm. Ends the program: other threads may run. */
void sysenter_debug(void) __attribute__((noreturn));

/* Finds out whether there is an x87 and turns it on. `features` is EDX of CPUID leaf 1. */
void fpu_start(uint32_t features);

/* Serves #NM. False: no x87, or no memory for its state; the instruction is the program's fault.
 * Other threads may run where the program is ended for want of memory. */
bool fpu_trap(void);

/* The thread whose x87 and SSE registers are in the CPU, or NULL. */
extern struct thread *fpu_owner;

/* fpu.asm */
bool fpu_present(void);
void fpu_fxsave(void *state);
void fpu_fxrstor(const void *state);
void fpu_fsave(void *state);
void fpu_frstor(const void *state);

/* Puts the PIC's lines at PIC_VECTOR and masks them all. */
void pic_start(void);

/* Serves a PIC line: tells spurious ones, acknowledges, calls the line's handler. */
void pic_serve(unsigned line);

/* Ends every line that is in service; after an interrupt whose frame could not be pushed. */
void pic_end_all(void);

/* Prepares the TSS of the double-fault task. */
void double_fault_start(struct tss *tss);

/* entry.asm */
extern const uint32_t trap_entries[TRAP_ENTRIES];
extern char kernel_entry_code_start[], kernel_entry_code_end[];
extern char double_fault_stack[], double_fault_stack_top[];
void double_fault_entry(void);
/* Other threads may run. */
void syscall_entry(void);

/* Called by entry.asm. */
void double_fault_serve(void);
/* Other threads may run, but not in an interrupt. */
void trap_dispatch(struct trap_frame *frame, enum trap_origin origin) ARCH_IN_REGISTERS;
void trap_attention(void);

/* traps.c: the handlers that main.c registered. */
extern struct trap_handlers trap_handlers;

/* cpu.asm */
uint32_t cpu_read_cr0(void);
void cpu_write_cr0(uint32_t value);
uint32_t cpu_read_cr2(void);
uint32_t cpu_read_cr3(void);
void cpu_write_cr3(uint32_t value);
uint32_t cpu_read_cr4(void);
void cpu_write_cr4(uint32_t value);
void cpu_clear_ts(void);
void cpu_write_msr(uint32_t number, uint32_t value);
/* True where bit `mask` of EFLAGS can be changed. */
uint32_t cpu_flag_changes(uint32_t mask);
void cpu_id(uint32_t leaf, uint32_t registers[4]); /* EAX EBX ECX EDX */

/* `limit` is the table's size - 1. */
void cpu_load_gdt(const void *table, uint32_t limit);
void cpu_load_idt(const void *table, uint32_t limit);
void cpu_load_task(uint32_t selector);
void cpu_store_gdt(struct table_register *to);
void cpu_store_idt(struct table_register *to);
uint32_t cpu_store_task(void);

#endif
