/*
 * Log, names of addresses, backtraces and panic. kernel/debug. Every part of the kernel may use it;
 * it learns of the others only through what main.c registers.
 */
#ifndef KERNEL_DEBUG_H
#define KERNEL_DEBUG_H

#include <boot/info.h>
#include <kernel/arch.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where text goes, and where time and the running program are known. Any may be NULL. */
struct debug_handlers {
    void (*write)(const char *text, size_t size);       /* the console, in normal times */
    void (*write_panic)(const char *text, size_t size); /* needs no interrupts and no memory */
    uint64_t (*microseconds)(void);                     /* since the loader's first stamp */
    /* Describes the running program in `text`, like "hello (pid 4)". */
    void (*describe_current)(char *text, size_t room);
};

/* Later calls replace handlers that are not NULL. */
void debug_set_handlers(const struct debug_handlers *handlers);

/* One line `[seconds.micros] part: text`; the newline is added. Longer than 240 bytes: cut, with
 * "..." at the end. */
void log_line(const char *part, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A line without the `part:`, for sentences that programs' users read (a fault report, say). */
void log_plain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Logs `[seconds.micros] milestone NN name` and remembers the time. The milestone_NN_name functions
 * call it. */
void milestone_reached(uint32_t number);

/* Takes over the loader's stamps. */
void milestones_start(const struct boot_info *info);

/* The stamps so far, in order; `count` gets how many. */
const struct boot_stamp *milestones_stamps(uint32_t *count);

/* The kernel function that holds the address, with the offset into it; NULL where there is none. */
const char *symbol_find(uint32_t address, uint32_t *offset);

/* Writes "name+0x12" or "0x00123456" into `text`. */
void symbol_describe(uint32_t address, char *text, size_t room);

/* Calls `visit` for each return address from `ebp` on, at most 32, as long as the frames lie on the
 * stack [low, high) and go upwards. */
void backtrace_walk(uint32_t ebp, uint32_t low, uint32_t high, void (*visit)(uint32_t address));

/*
 * Prints PANIC, the cause, registers (of `frame`, or of the caller where it is NULL), a backtrace
 * and the running program, on screen and serial, and stops. A panic inside a panic prints less and
 * stops.
 */
void panic(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));
void panic_frame(const struct trap_frame *frame, uint32_t fault_address, const char *format, ...)
    __attribute__((noreturn, format(printf, 3, 4)));

#define MILESTONE(number, name, where, text) void milestone_##number##_##name(void);
#include <boot/milestones.def>
#undef MILESTONE

#endif
