/*
 * Log, names of addresses, backtraces and panic. kernel/debug. Every part of the kernel may use it;
 * it learns of the others only through what main.c registers.
 */
#ifndef KERNEL_DEBUG_H
#define KERNEL_DEBUG_H

#include <abi/types.h>
#include <boot/info.h>
#include <kernel/arch.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A place in a program, for backtraces; `name` is NULL where no symbol is known. */
struct program_frame {
    uint32_t address;
    const char *name;
    uint32_t offset;
    const char *library; /* NULL: the program itself */
};

/* Where text goes, and where time and the running program are known. Any may be NULL. */
struct debug_handlers {
    void (*write)(const char *text, size_t size);       /* the console, in normal times */
    void (*write_panic)(const char *text, size_t size); /* needs no interrupts and no memory */
    void (*wait_for_room)(void);                        /* until `write` takes a line whole */
    uint64_t (*microseconds)(void);                     /* since the loader's first stamp */
    /* Describes the running program in `text`, like "hello (pid 4)". */
    void (*describe_current)(char *text, size_t room);
    /* Finds the mapped stack [low, high) that the address lies in, for backtraces; false where it
     * lies in none. Without it a backtrace ends with the page that it begins in. */
    bool (*stack_bounds)(uint32_t address, uint32_t *low, uint32_t *high);
    /* Writes the name of the function outside the kernel's image that holds the address (of a
     * module, say); false where there is none. */
    bool (*find_symbol)(uint32_t address, char *name, size_t room, uint32_t *offset);
    /* Tells `visit` where the running program is, and who called that, once for each; `back` is the
     * outermost return address of the kernel's own backtrace. */
    void (*program_places)(uint32_t back, void (*visit)(const struct program_frame *frame));
};

/* Sets the handlers that are not NULL and keeps the others. The first `write` gets at once what was
 * logged before it. */
void debug_set_handlers(const struct debug_handlers *handlers);

#define LOG_LINE_MAX 240 /* bytes of a line without its newline */

/* One line `[seconds.micros] part: text`; the newline is added. Longer than LOG_LINE_MAX: cut, with
 * "..." at the end. A control character becomes '?'. From any context. */
void log_line(const char *part, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A line without the `part:`, for sentences that programs' users read (a fault report, say). */
void log_plain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* As log_plain, for a thread: however many lines come at once, none is lost to a serial port that
 * is slower, as long as that takes no more than a second. Other threads may run. */
void log_from_thread(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Copies the end of the log, at most 4 KiB, into `to`; returns how many bytes. */
size_t log_copy(char *to, size_t room);

/* Time 0 is this milestone, the first of stage 2: stage 1 has no room for a time stamp counter. */
#define MILESTONE_TIME_ZERO 20

/* Takes over the loader's stamps and the kernel's build id, before any milestone of the kernel. */
void milestones_start(const struct boot_info *info);

/* Logs `[seconds.micros] milestone NN name` and remembers the time. The milestone_NN_name functions
 * call it. */
void milestone_reached(uint32_t number);

/* As milestone_reached, for one that was passed before: `tsc` is the time stamp counter there.
 * With 0 (the CPU has none) its time is now. */
void milestone_stamp(uint32_t number, uint64_t tsc);

/* The time stamp counter's rate was mismeasured: milestone_at tells times by this one. */
void milestones_set_tsc_khz(uint32_t khz);

/* Describes the milestone with that index, counted from 0 in the order they were reached; false
 * where there are not so many. */
bool milestone_at(uint32_t index, struct milestone_status *status);

/* The function of the kernel or of a module that holds the address, with the offset into it; NULL
 * where there is none. A module's name is overwritten by the next call. */
const char *symbol_find(uint32_t address, uint32_t *offset);

/* Writes "name+0x12" or "0x00123456" into `text`. */
void symbol_describe(uint32_t address, char *text, size_t room);

#define BACKTRACE_MAX 32 /* callers that a report lists */

/* Calls `visit` for each return address from `ebp` on, as long as the frames lie on the mapped
 * stack [low, high), are aligned and go upwards: so there is an end. Follows no other address. */
void backtrace_walk(uint32_t ebp, uint32_t low, uint32_t high, void (*visit)(uint32_t address));

#define BACKTRACE_BEFORE 7 /* bytes that the longest CALL has */

/* True where the bytes right before the return address `back` end with a CALL that leads to
 * `function`, or with one through a pointer. */
bool backtrace_is_call(const uint8_t before[BACKTRACE_BEFORE], uint32_t back, uint32_t function);

/* True where the function, which begins with `start`, has put its frame on the stack when it has
 * come `offset` bytes far: only then does EBP tell who called it. */
bool backtrace_has_frame(uint8_t start, uint32_t offset);

/* What somebody did wrong; what lies at the address is known to the caller. */
enum fault_target {
    FAULT_AT_NOTHING = 0,
    FAULT_AT_GUARD,     /* behind the end of a stack */
    FAULT_AT_CODE,      /* of a program */
    FAULT_AT_CONSTANTS, /* of a program */
    FAULT_AT_VARIABLES, /* of a program: stacks and asked-for memory, too */
    FAULT_AT_INFO,      /* the process information page, the stub page */
    FAULT_AT_RING0_STACK
};

struct fault_facts {
    uint32_t vector, error, address, eip;
    bool kernel; /* the kernel's own code did it */
    enum fault_target target;
};

/* Writes what an exception means, as a clause: "write to a read-only page of the kernel's text or
 * constants". */
void fault_explain(const struct fault_facts *facts, char *text, size_t room);

/*
 * Prints PANIC, the cause, registers, the running program and a backtrace, on screen and serial,
 * and stops. panic_frame shows the registers that an exception found: `frame` lies on the kernel
 * stack, `fault_address` is CR2. A panic inside a panic prints its cause only and stops.
 */
void panic(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));
void panic_frame(const struct trap_frame *frame, uint32_t fault_address, const char *format, ...)
    __attribute__((noreturn, format(printf, 3, 4)));

/* True from the first panic on: nobody else may run any more. */
bool panic_has_begun(void);

#define MILESTONE(number, name, where, text) void milestone_##number##_##name(void);
#include <boot/milestones.def>
#undef MILESTONE

#endif
