/* A process's address space, as programs and kernel agree on it. Addresses are virtual. */
#ifndef ABI_LAYOUT_H
#define ABI_LAYOUT_H

#define PAGE_SIZE 4096

#define USER_START      0x00400000 /* nothing below is ever mapped */
#define PROGRAM_BASE    0x00400000 /* where programs are linked */
#define USER_END        0xC0000000 /* first address of the kernel, KERNEL_BASE */
#define PROCESS_INFO_VA 0xBFFFE000 /* struct process_info, read-only */
#define KERNEL_STUB_VA  0xBFFFD000 /* page of the kernel's call stubs */

/* The first thread's stack grows down from here. Unmapped guard pages lie on both sides. */
#define PROCESS_STACK_VA_START 0xBFF00000
#define PROCESS_STACK_SIZE     0x00010000

#define STACK_SIZE_MIN 0x1000
#define STACK_SIZE_MAX 0x100000

#define NAME_MAX      32  /* of a process's name, with its end */
#define ARGUMENTS_MAX 512 /* of a process's arguments, with their end */
#define PATH_MAX      64  /* of a file's path, with its end */

#define PRIORITY_LEVELS  16
#define PRIORITY_LOWEST  0
#define PRIORITY_NORMAL  4
#define PRIORITY_HIGHEST 15

#define QUANTUM_DEFAULT_MS 10
#define QUANTUM_MAX_MS     1000

#endif
