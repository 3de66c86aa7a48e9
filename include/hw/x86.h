/* Named bits of the CPU [SDM3 2.5, 3.4, 4.3, 6.11, 7.2]. Plain numbers: offsets.c hands them to
 * NASM too. */
#ifndef HW_X86_H
#define HW_X86_H

#include <stdint.h>

/* EFLAGS [SDM1 3.4.3]. */
#define EFLAGS_CF    0x00000001u
#define EFLAGS_FIXED 0x00000002u /* bit 1 always reads 1 */
#define EFLAGS_ZF    0x00000040u
#define EFLAGS_TF    0x00000100u
#define EFLAGS_IF    0x00000200u
#define EFLAGS_DF    0x00000400u
#define EFLAGS_IOPL  0x00003000u
#define EFLAGS_NT    0x00004000u
#define EFLAGS_VM    0x00020000u
#define EFLAGS_AC    0x00040000u /* can be changed from the 486 on */
#define EFLAGS_ID    0x00200000u /* can be changed where CPUID exists */

/* CR0 [SDM3 2.5]. */
#define CR0_PE 0x00000001u
#define CR0_MP 0x00000002u /* WAIT obeys TS */
#define CR0_EM 0x00000004u /* every x87 instruction raises #NM */
#define CR0_TS 0x00000008u
#define CR0_NE 0x00000020u /* x87 errors raise #MF, not IRQ 13 */
#define CR0_WP 0x00010000u /* ring 0 obeys read-only pages */
#define CR0_NW 0x20000000u /* with CD: writes do not go through to memory */
#define CR0_CD 0x40000000u /* caches take nothing new */
#define CR0_PG 0x80000000u

/* CR4; only where CPUID exists. */
#define CR4_PSE        0x00000010u
#define CR4_PGE        0x00000080u
#define CR4_OSFXSR     0x00000200u
#define CR4_OSXMMEXCPT 0x00000400u
#define CR4_SMEP       0x00100000u
#define CR4_SMAP       0x00200000u

/* CPUID leaf 1, EDX. */
#define CPUID_FPU  0x00000001u
#define CPUID_PSE  0x00000008u
#define CPUID_TSC  0x00000010u
#define CPUID_SEP  0x00000800u
#define CPUID_PGE  0x00002000u
#define CPUID_FXSR 0x01000000u

/* Page-directory and page-table entries, 32-bit paging [SDM3 4.3]. */
#define PTE_PRESENT  0x001u
#define PTE_WRITE    0x002u
#define PTE_USER     0x004u
#define PTE_NO_CACHE 0x010u
#define PTE_ACCESSED 0x020u
#define PTE_DIRTY    0x040u
#define PTE_LARGE    0x080u /* in a page-directory entry: 4 MiB */
#define PTE_GLOBAL   0x100u
#define PTE_BORROWED 0x200u /* free for software: the frame is not the space's to give back */
#define PTE_FRAME    0xFFFFF000u
#define PAGE_ENTRIES 1024u
#define LARGE_PAGE   0x00400000u
#define PAGE_SHIFT   12
#define TABLE_SHIFT  22

/* Error code of a page fault [SDM3 4.7]. */
#define FAULT_PRESENT 0x1u
#define FAULT_WRITE   0x2u
#define FAULT_USER    0x4u
#define FAULT_FETCH   0x10u

/* Model-specific registers of SYSENTER [SDM3 5.8.7]. */
#define MSR_SYSENTER_CS  0x174
#define MSR_SYSENTER_ESP 0x175
#define MSR_SYSENTER_EIP 0x176

/* CPUID leaf 7, EBX. */
#define CPUID7_SMEP 0x00000080u
#define CPUID7_SMAP 0x00100000u

/* Exceptions [SDM3 6.3.1]. */
#define VECTOR_DEBUG        1
#define VECTOR_NMI          2
#define VECTOR_NO_DEVICE    7 /* x87 or SSE instruction with CR0.TS or EM set */
#define VECTOR_DOUBLE_FAULT 8
#define VECTOR_INVALID_TSS  10
#define VECTOR_NOT_PRESENT  11
#define VECTOR_STACK        12
#define VECTOR_PROTECTION   13
#define VECTOR_PAGE_FAULT   14
#define VECTOR_EXCEPTIONS   32 /* how many the CPU keeps for itself */

/* Exceptions that push an error code: 8, 10-14, 17, 21, 29, 30 [SDM3 6.15; AMD64 APM2 8.2]. */
#define VECTORS_WITH_ERROR_CODE 0x60227D00u

/* A segment descriptor's access byte and flags nibble [SDM3 3.4.5]. */
#define SEGMENT_CODE     0x9Au /* present, ring 0, code, readable */
#define SEGMENT_DATA     0x92u /* present, ring 0, data, writable */
#define SEGMENT_TSS      0x89u /* present, ring 0, 32-bit TSS, available */
#define SEGMENT_RING3    0x60u
#define SEGMENT_PAGES_32 0xCu /* limit in pages, 32-bit */
#define SEGMENT_BYTES_16 0x0u /* limit in bytes, 16-bit */

/* Gates in the IDT [SDM3 6.11]. */
#define GATE_INTERRUPT 0x8Eu
#define GATE_TASK      0x85u
#define GATE_RING3     0x60u

#endif
