/* The Linux under tools/peer/linux.c, without a C library. */
#ifndef PEER_SYSTEM_H
#define PEER_SYSTEM_H

#include <stdint.h>

#define PAGE_SIZE 4096

/* Numbers of Linux for i386. */
enum {
    CALL_exit = 1,
    CALL_fork = 2,
    CALL_read = 3,
    CALL_write = 4,
    CALL_open = 5,
    CALL_kill = 37,
    CALL_pipe = 42,
    CALL_getppid = 64,
    CALL_reboot = 88,
    CALL_munmap = 91,
    CALL_wait4 = 114,
    CALL_uname = 122,
    CALL_sched_setscheduler = 156,
    CALL_sched_yield = 158,
    CALL_nanosleep = 162,
    CALL_pread64 = 180,
    CALL_mmap2 = 192,
    CALL_futex = 240,
    CALL_eventfd2 = 328,
};

enum {
    PROT_READ_WRITE = 3,
    MAP_PRIVATE_ANONYMOUS = 0x22,
    SCHED_OTHER = 0,
    SCHED_FIFO = 1,
};

/* A system call. Returns what Linux does: errors are -4095 to -1. */
static inline long call(long number, long a, long b, long c, long d, long e)
{
    long result;

    __asm__ volatile("int $0x80"
                     : "=a"(result)
                     : "a"(number), "b"(a), "c"(b), "d"(c), "S"(d), "D"(e)
                     : "memory");
    return result;
}

/* Passes a result on; a negative one switches the machine off, after it was said what failed:
 * without it there are no figures. */
long need(long result, const char *what);

void print(const char *text);

/* A blank and the digits. */
void print_number(uint32_t number);

void print_version(void);
void __attribute__((noreturn)) switch_off(void);

/* Returns 0 to the new process, its pid to the old one, which ends it. */
long process_start(void);
void process_end(long pid);

/* Runs a program in a new process until it ends. It has to end with status 0. */
void process_live(char *path);

/* A thread that calls the function and ends: one at a time. */
void thread_start(void (*function)(void));
void thread_join(void);

/* Of the kernel's stub page, which enters it by SYSENTER; 0 where there is none. */
extern uintptr_t stub_address;

/* linux.c: the whole program. Does not return. */
void __attribute__((noreturn)) measure_all(void);

#endif
