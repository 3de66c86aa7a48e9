/* The table of system calls, made from include/abi/syscalls.def. */
#include <kernel/syscall.h>

const syscall_handler syscall_table[SYSCALL_TABLE_SIZE] = {
#define SYSCALL(number, name, type, count, arguments, text)                                        \
    [number] = (syscall_handler)syscall_##name,
#include <abi/syscalls.def>
#undef SYSCALL
};

/* entry.asm does not look for gaps. */
enum {
    SYSCALLS = 0
#define SYSCALL(number, name, type, count, arguments, text) +1
#include <abi/syscalls.def>
#undef SYSCALL
};
_Static_assert((int)SYSCALLS == (int)SYSCALL_TABLE_SIZE, "a gap in syscalls.def");
