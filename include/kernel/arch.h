/*
 * What the rest of the kernel asks of the CPU. kernel/arch/x86 implements it; the host's unit tests
 * have fakes of it.
 *
 * The kernel runs with interrupts off. They are let in at the end of an entry, in arch_idle, and at
 * the named points of long work (sched_preemption_point, include/kernel/sched.h). So data of the
 * kernel needs no locks between those points; what an interrupt handler shares with the rest is
 * safe for the same reason.
 */
#ifndef KERNEL_ARCH_H
#define KERNEL_ARCH_H

#include <abi/layout.h>
#include <abi/machine.h>
#include <boot/layout.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- Addresses, from KERNEL_BASE on (boot/layout.h) --------------------------------------------
 */

/* A physical address. All RAM that Megha uses lies below 4 GiB. */
typedef uint32_t phys;

#define DIRECT_MAP_LIMIT  0x30000000u /* at most so much RAM is mapped directly: 768 MiB */
#define MODULE_AREA       0xF0000000u
#define MODULE_AREA_END   0xF4000000u
#define KERNEL_STACK_AREA 0xF4000000u
#define KERNEL_STACK_END  0xF8000000u
#define DEVICE_AREA       0xF8000000u
#define DEVICE_AREA_END   0xFFC00000u
#define WINDOW_AREA       0xFFC00000u /* and the heap's blocks of more than a page behind them */
#define WINDOW_AREA_END   0xFFFFF000u /* the last page stays unmapped: ESP = 0 wraps there */

/*
 * A mapped virtual address as a pointer, and back. The kernel's pointers are addresses; on the host
 * the unit tests' fake of the CPU translates them.
 */
#ifdef MEGHA_KERNEL
static inline void *address_to_pointer(uint32_t address)
{
    return (void *)address;
}

static inline uint32_t pointer_to_address(const void *pointer)
{
    return (uint32_t)pointer;
}
#else
void *address_to_pointer(uint32_t address);
uint32_t pointer_to_address(const void *pointer);
#endif

/* The direct map, both ways. Only for frames below the direct map's end. */
static inline void *phys_to_virtual(phys address)
{
    return address_to_pointer(address + KERNEL_BASE);
}

static inline phys virtual_to_phys(const void *pointer)
{
    return pointer_to_address(pointer) - KERNEL_BASE;
}

/* The part of the kernel's image that is code and constants, as virtual addresses of whole pages.
 */
#ifdef MEGHA_KERNEL
extern const char kernel_image_start[];
extern const char kernel_code_end[];
extern const char kernel_text_end[];

static inline void arch_kernel_text(uint32_t *start, uint32_t *end)
{
    *start = (uint32_t)kernel_image_start;
    *end = (uint32_t)kernel_text_end;
}

/* Where in it the constants begin. */
static inline uint32_t arch_kernel_constants(void)
{
    return (uint32_t)kernel_code_end;
}
#else
void arch_kernel_text(uint32_t *start, uint32_t *end);
uint32_t arch_kernel_constants(void);
#endif

/* ---- Interrupts and time -----------------------------------------------------------------------
 */

/* Interrupts come in, those that are pending; then they are shut out again. */
void arch_interrupt_window(void);

/* Interrupts come in, and the CPU halts until one has been served. */
void arch_idle(void);

/* Turns interrupts off for good and halts. */
void arch_stop(void) __attribute__((noreturn));

/* Called in interrupt context: interrupts off, on a kernel stack, must not block. */
typedef void (*interrupt_handler)(void);

/*
 * Not 0 in an atomic context, where no other thread may run: ATOMIC_INTERRUPT in an interrupt
 * handler, and 1 for each frame that is open through a window (kernel/memory.h). What lets other
 * threads run panics there (kernel/sched.h).
 */
#define ATOMIC_INTERRUPT 0x100u
extern uint32_t arch_atomic;

/* Sets the handler of PIC line 0-15 and lets the line's interrupts in. NULL masks the line again.
 */
void arch_interrupt_set(unsigned line, interrupt_handler handler);

/* Interrupts that came without a device asking (PIC lines 7 and 15) since the boot. */
uint32_t arch_interrupts_spurious(void);

bool arch_has_tsc(void);

/* The time stamp counter; only where arch_has_tsc() is true. */
uint64_t arch_tsc_read(void);

/* CPUID leaf 1 EDX and ECX; both 0 where the CPU has no CPUID. */
void arch_cpu_features(uint32_t *edx, uint32_t *ecx);

/* ---- Ports: for drivers ------------------------------------------------------------------------
 */
uint8_t arch_port_read8(uint16_t port);
uint16_t arch_port_read16(uint16_t port);
uint32_t arch_port_read32(uint16_t port);
void arch_port_write8(uint16_t port, uint8_t value);
void arch_port_write16(uint16_t port, uint16_t value);
void arch_port_write32(uint16_t port, uint32_t value);

/* Finds out what the CPU can do. First of all; everything that asks for a feature comes later. */
void arch_start(void);

/* Restarts the machine by a triple fault; drivers/power.c has tried the polite ways before. */
void arch_triple_fault(void) __attribute__((noreturn));

/* ---- Paging ------------------------------------------------------------------------------------
 */

/* Takes away the low mapping of the boot; the loader's data are reached by the direct map only. */
void arch_drop_low_mapping(void);

/* The page directory that every address space copies its upper quarter from. */
phys arch_master_directory(void);

/* The page directory that is loaded. */
phys arch_directory(void);

/* Forgets the translation of one page in the loaded address space. */
void arch_flush_page(uint32_t address);

/* Loads the directory again: forgets every translation that is not global. */
void arch_flush_space(void);

/* True where page-directory entries can map 4 MiB. */
bool arch_large_pages(void);

/* PTE_GLOBAL where the CPU has global pages, else 0. */
uint32_t arch_global_page(void);

/* ---- Threads -----------------------------------------------------------------------------------
 */

struct thread; /* kernel/sched.h */

/* A function of two arguments that takes them in registers; for what every switch passes through.
 */
#ifdef MEGHA_KERNEL
#define ARCH_IN_REGISTERS __attribute__((regparm(2)))
#else
#define ARCH_IN_REGISTERS
#endif

/* How the CPU's registers lie on the kernel stack after any entry. NASM reads the offsets. */
struct trap_frame {
    uint32_t edi, esi, ebp, unused, ebx, edx, ecx, eax; /* as PUSHAD leaves them */
    uint32_t es, ds;
    uint32_t vector;
    uint32_t error; /* pushed by the CPU, or 0 */
    uint32_t eip, cs, eflags;
    /*
     * From here on there is nothing when the kernel itself was interrupted. From ring 3 these are
     * the program's ESP and SS. From a program in ring 0, `esp` is the address of the frame that
     * the CPU left on the program's stack; arch_frame_esp() knows the difference.
     */
    uint32_t esp, ss;
};

/*
 * Puts result words into ECX, EDX and ESI of a thread that waits in a system call, by the top of
 * its kernel stack, where every entry of a program leaves its frame. (SYSENTER leaves room for one
 * that nobody reads: its stub keeps these registers.)
 */
static inline void arch_result_words(uint32_t kernel_stack_top, uint32_t word0, uint32_t word1,
                                     uint32_t word2)
{
    struct trap_frame *frame = (struct trap_frame *)(uintptr_t)kernel_stack_top - 1;

    frame->ecx = word0;
    frame->edx = word1;
    frame->esi = word2;
}

/* Whose code an entry interrupted. */
enum trap_origin { FROM_USER = 0, FROM_RING0_PROGRAM, FROM_KERNEL };

/* The stack pointer that the interrupted program had. Not for FROM_KERNEL. */
uint32_t arch_frame_esp(const struct trap_frame *frame, enum trap_origin origin);

/*
 * Leaves the kernel for a program's first instruction at `entry` with ESP = `esp`, in the ring that
 * `mode` names (MODE_USER, MODE_KERNEL), interrupts on, EAX and EDX as given and every other
 * register 0. Runs on the thread's kernel stack and never returns to its caller.
 */
void arch_enter_program(uint32_t entry, uint32_t esp, uint32_t mode, uint32_t eax, uint32_t edx)
    __attribute__((noreturn));

/*
 * Saves the running thread's registers, makes `to` the running one (kernel stack, page directory)
 * and returns in it, where it called arch_switch itself or where arch_thread_prepare or
 * arch_thread_divert pointed it. Other threads may run until somebody switches back. GCC saves
 * around it what it still needs: switch.asm keeps ESP only.
 */
#ifdef MEGHA_KERNEL
static inline __attribute__((always_inline)) void arch_switch(struct thread *from,
                                                              struct thread *to)
{
    __asm__ volatile("push %%ebp\n\tcall switch_stacks\n\tpop %%ebp"
                     : "+b"(from), "+S"(to)
                     :
                     : "eax", "ecx", "edx", "edi", "memory", "cc");
}
#endif

/* Lets a thread that does not run call `first` when it is switched to, before it goes on. */
void arch_thread_divert(struct thread *thread, void (*first)(void));

/* The page directory that a thread runs in, from the next switch to it on. */
void arch_thread_set_directory(struct thread *thread, phys directory);

/* The thread that runs: a switch sets it. */
extern struct thread *arch_running;

/* The stack of the flow of control from the boot, where the address lies in it. */
bool arch_boot_stack_bounds(uint32_t address, uint32_t *low, uint32_t *high);

/* Tells which thread the flow of control from the boot is; before the first arch_switch. */
void arch_thread_running(struct thread *thread);

/* Takes the x87 and SSE registers away from a thread that has ended and does not run any more;
 * returns its memory for them, which is the caller's again, or NULL. */
void *arch_fpu_release(struct thread *thread);

/* Fills the zeroed page at KERNEL_STUB_VA: the fastest system call of this CPU, as a function at
 * its first byte. */
void arch_fill_stub_page(void *page);

/* Lays out a new thread's kernel stack so that the first switch to it calls `start`, which never
 * returns. */
void arch_thread_prepare(struct thread *thread, void (*start)(void));

/*
 * What the kernel does on a trap that is no system call and no device: `report` is called for
 * programs and ends the thread (never returns); kernel faults are a panic.
 */
struct trap_handlers {
    void (*program_fault)(const struct trap_frame *frame, enum trap_origin origin,
                          uint32_t fault_address) __attribute__((noreturn));
    /* A program's ring-0 stack could not take a frame; runs on that thread's emptied kernel stack.
     * `frame` has the registers with ESP, and no error code. */
    void (*stack_lost)(const struct trap_frame *frame, uint32_t fault_address)
        __attribute__((noreturn));
    void (*kernel_fault)(const struct trap_frame *frame, uint32_t fault_address)
        __attribute__((noreturn));
    /* True for an address on the guard page of a kernel stack. */
    bool (*is_stack_guard)(uint32_t address);
    /* A program touched a page that is not mapped: true where it is now, and the instruction may be
     * tried again. */
    bool (*page_missing)(uint32_t fault_address);
    /* Memory for the x87 and SSE registers of the running thread, 16-byte aligned, or NULL. */
    void *(*fpu_memory)(size_t size);
    /* Called before a return to a program when arch_attention is set. */
    void (*attention)(void);
};

void arch_traps_start(const struct trap_handlers *handlers);

/* Set: the next return to a program first calls the `attention` handler. */
extern volatile uint32_t arch_attention;

/* ---- For who only looks -------------------------------------------------------------------------
 * What abi/machine.h describes; false behind the last of a kind.
 */
void arch_look_registers(struct machine_registers *to);
bool arch_look_gdt(uint32_t index, struct machine_descriptor *to);
bool arch_look_idt(uint32_t vector, struct machine_descriptor *to);
bool arch_look_tss(uint32_t index, struct machine_tss *to);
bool arch_look_stack(uint32_t index, struct machine_stack *to);

/* True where the loaded tables map the address, and they themselves can be read: for reports about
 * a machine of which nothing is certain. */
bool arch_is_mapped(uint32_t address);

/* Where a program was when it entered the kernel. By SYSENTER, EIP and EBP lie on its stack. */
struct program_entry {
    uint32_t eip, esp, ebp;
    uint32_t eip_at, ebp_at; /* where they are, if not 0 */
};

/* `back` is the outermost return address on the thread's kernel stack; false where it does not lead
 * out of the kernel. */
bool arch_program_entry(const struct thread *thread, uint32_t back, struct program_entry *entry);

/* The name of an exception by its vector 0-31, like "page fault"; of the others it is "interrupt".
 */
const char *arch_exception_name(unsigned vector);

#endif
