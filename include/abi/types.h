/* Structures and values that system calls exchange. Fixed-width, no pointers inside, no padding
 * that is not named. */
#ifndef ABI_TYPES_H
#define ABI_TYPES_H

#include <abi/layout.h>
#include <stdint.h>

/* The ring of a process's first thread, or of a thread. */
enum { MODE_USER = 0, MODE_KERNEL = 1 };

/* A time-out in milliseconds: 0 does not wait, WAIT_FOREVER has no end. */
#define WAIT_FOREVER 0xFFFFFFFFu

/* process_wait: any child. */
#define ANY_CHILD 0

/* Why a process ended. */
enum { ENDED_EXIT = 1, ENDED_FAULT, ENDED_KILLED, ENDED_NO_MEMORY };

struct process_result {
    int32_t pid;
    int32_t status;  /* of process_exit; for ENDED_FAULT the exception's vector */
    uint32_t reason; /* ENDED_... */
};

/* Rights of a page range, as in ELF program headers. */
enum { RIGHT_EXECUTE = 1, RIGHT_WRITE = 2, RIGHT_READ = 4 };

struct file_info {
    char path[PATH_MAX];
    uint32_t size;
};

/* Memory, in pages of PAGE_SIZE, except where a name says bytes. */
struct memory_info {
    uint32_t total;
    uint32_t free;
    uint32_t kernel; /* image, tables and heap */
    uint32_t files;
    uint32_t stacks; /* kernel stacks */
    uint32_t tables; /* page directories and page tables */
    uint32_t user;   /* pages of programs */
    uint32_t heap_bytes;
    uint32_t processes; /* how many live */
    uint32_t threads;
};

/* power(): what to do. */
enum { POWER_OFF = 1, POWER_RESTART };

/* The page at PROCESS_INFO_VA. */
struct process_info {
    int32_t pid;
    int32_t parent;
    uint32_t mode;
    uint32_t tick_hz;
    uint32_t cpu_features;      /* CPUID leaf 1 EDX; 0 without CPUID */
    uint32_t cpu_features_more; /* CPUID leaf 1 ECX */
    uint32_t tsc_khz;           /* 0 where the CPU has no time stamp counter */
    char name[NAME_MAX];
    char arguments[ARGUMENTS_MAX];
};

#endif
