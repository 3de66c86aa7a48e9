/*
 * A look inside the machine, read-only: what machine_read(kind, index, pid, buffer, size) stores.
 * `index` counts from 0; behind the last one the call says ERR_NOT_FOUND. `pid` matters for page
 * tables only: 0 is the caller.
 */
#ifndef ABI_MACHINE_H
#define ABI_MACHINE_H

#include <abi/layout.h>
#include <stdint.h>

enum {
    MACHINE_REGISTERS = 1, /* struct machine_registers; index 0 */
    MACHINE_GDT,           /* struct machine_descriptor of entry `index` */
    MACHINE_IDT,           /* struct machine_descriptor of vector `index` */
    MACHINE_TSS,           /* struct machine_tss: 0 of all threads, 1 of the double-fault task */
    MACHINE_DIRECTORY,     /* uint32_t: entry `index` of the page directory */
    MACHINE_PAGE,          /* uint32_t: the entry of page `index`; ERR_NOT_FOUND without a table */
    MACHINE_FRAME,         /* uint32_t: who holds frame `index`, MACHINE_FRAME_... */
    MACHINE_STACK,         /* struct machine_stack of the thread with id `index` */
    MACHINE_OWN_STACK,     /* struct machine_stack: those that are no program's thread's */
    MACHINE_FAULT,         /* struct machine_fault: the last fault of a program; index 0 */
    MACHINE_FAULT_PLACE,   /* struct machine_place: 0 where it was, 1 who had called that, ... */
    MACHINE_CR3,           /* uint32_t: the physical address of the page directory; index 0 */
    MACHINE_CONSOLE        /* struct machine_console; index 0 */
};

/* Where the CPU's tables lie, and its control registers as a system call finds them. */
struct machine_registers {
    uint32_t gdt_base, gdt_limit; /* a limit is the table's size - 1 */
    uint32_t idt_base, idt_limit;
    uint32_t task;               /* TR: the selector of the TSS in use */
    uint32_t cr0, cr2, cr3, cr4; /* CR4 is 0 where the CPU has none */
    uint32_t entry_base;         /* where the kernel's entry code begins */
};

/* Eight bytes of a table, as the CPU reads them. */
struct machine_descriptor {
    uint32_t low, high;
};

/* A 32-bit task state segment [SDM3 7.2.1]. */
struct machine_tss {
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

/* Who holds a frame of RAM. */
enum {
    MACHINE_FRAME_NONE = 0, /* not RAM, or nobody's to give */
    MACHINE_FRAME_FREE,
    MACHINE_FRAME_KERNEL,
    MACHINE_FRAME_LOADER,
    MACHINE_FRAME_FILE,
    MACHINE_FRAME_HEAP,
    MACHINE_FRAME_STACK,
    MACHINE_FRAME_TABLE,
    MACHINE_FRAME_USER,
    MACHINE_FRAME_MODULE
};

/* A kernel stack: mapped at [low, top). */
struct machine_stack {
    uint32_t low, top;
    uint32_t esp;        /* where it stands while nobody runs on it; 0 where that is not known */
    char name[NAME_MAX]; /* of a stack that is no program's thread's; empty otherwise */
};

#define MACHINE_BYTES_MAX   16
#define MACHINE_CALLERS_MAX 16
#define MACHINE_WORDS_MAX   128

/* The last fault of a program. */
struct machine_fault {
    int32_t pid;
    int32_t thread;
    uint32_t vector, error, address; /* CR2, for a page fault */
    uint32_t eax, ebx, ecx, edx, esi, edi, ebp, esp;
    uint32_t eip, cs, eflags;
    uint32_t directory; /* CR3 */
    uint32_t byte_count;
    uint8_t bytes[MACHINE_BYTES_MAX]; /* at EIP, as far as they are mapped */
    uint32_t callers;                 /* how many are known */
    char name[NAME_MAX];
    char exception[NAME_MAX];
    char words[MACHINE_WORDS_MAX]; /* what it means */
};

/* The console, for text that is longer than the screen. */
struct machine_console {
    uint32_t rows, columns; /* of the PC's screen */
    uint32_t at_keyboard; /* 1: the key that was read last came from the PC's keyboard; 0: from the
                             serial port, whose terminal keeps what has left the screen */
};

#define MACHINE_NAME_MAX 64

/* A place in a program, by the symbols of its file. */
struct machine_place {
    uint32_t address;
    uint32_t offset;                 /* in the function */
    char function[MACHINE_NAME_MAX]; /* empty where none is known */
    char library[NAME_MAX];          /* that it belongs to; empty: the program itself */
};

#endif
