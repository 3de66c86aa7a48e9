/* The table of system calls, made from include/abi/syscalls.def. Numbers without a call stay NULL. */
#include <kernel/syscall.h>

const syscall_handler syscall_table[SYSCALL_TABLE_SIZE] = {
#define SYSCALL(number, name, type, count, arguments, text) [number] = (syscall_handler)syscall_##name,
#include <abi/syscalls.def>
#undef SYSCALL
};
