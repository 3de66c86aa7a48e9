/* System calls: the table that entry.asm calls through. kernel/core/syscall. */
#ifndef KERNEL_SYSCALL_H
#define KERNEL_SYSCALL_H

#include <abi/errors.h>
#include <abi/machine.h>
#include <abi/types.h>
#include <kernel/user_copy.h>
#include <stdbool.h>
#include <stddef.h>

/* In the kernel a USER(type) is a user_ptr: it cannot be followed. */
#define USER(type) user_ptr

/* Each call's handler, typed: return_type syscall_NAME(arguments). */
#define SYSCALL(number, name, type, count, arguments, text) type syscall_##name arguments;
#include <abi/syscalls.def>
#undef SYSCALL

/* One more than the largest number. */
enum {
#define SYSCALL(number, name, type, count, arguments, text) SYSCALL_##name = number,
#include <abi/syscalls.def>
#undef SYSCALL
    SYSCALL_TABLE_SIZE
};

typedef void (*syscall_handler)(void); /* entry.asm passes five words, whatever the handler takes */
extern const syscall_handler syscall_table[SYSCALL_TABLE_SIZE];

/* What system calls need from above core. */
struct syscall_services {
    void (*console_write)(const char *text, size_t size);
    int (*console_read)(char *to, size_t size, uint32_t timeout_ms);
    void (*console_look)(struct machine_console *to);
    uint64_t (*microseconds)(void);
    void (*power_off)(void) __attribute__((noreturn));
    void (*power_restart)(void) __attribute__((noreturn));
    bool (*milestone)(uint32_t index, struct milestone_status *status); /* false: no such one */
    bool tests_allowed;                                                 /* boot.cfg: tests = yes */
};
void syscall_set_services(const struct syscall_services *services);

/* Whether calls that only tests have may do their work. */
bool syscall_tests_allowed(void);

/* What the console says of itself, for machine_read. */
void syscall_console_look(struct machine_console *to);

#endif
