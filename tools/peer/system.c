/* What tools/peer/linux.c needs of Linux: text, processes, threads, the way in and out. */
#include "system.h"

#include <stddef.h>

#define STACK_SIZE 0x4000

enum {
    /* VM, FS, FILES, SIGHAND, THREAD, CHILD_CLEARTID */
    CLONE_A_THREAD = 0x100 | 0x200 | 0x400 | 0x800 | 0x10000 | 0x200000,
    SIGKILL = 9,
    REBOOT_MAGIC_2 = 672274793,
    POWER_OFF = 0x4321FEDC,
    AT_SYSINFO = 32,
};
#define REBOOT_MAGIC_1 0xFEE1DEAD

uintptr_t stub_address;

/* ---- Text and the end -------------------------------------------------------------------- */

void print(const char *text)
{
    const char *end = text;

    while (*end)
        end++;
    call(CALL_write, 1, (long)text, end - text, 0, 0);
}

void print_number(uint32_t number)
{
    char digits[12] = {0};
    char *at = digits + sizeof(digits) - 1;

    do {
        *--at = (char)('0' + number % 10);
    } while (number /= 10);
    *--at = ' ';
    print(at);
}

void print_version(void)
{
    static char names[6][65];

    call(CALL_uname, (long)names, 0, 0, 0, 0);
    print("version:");
    print(names[2]);
    print(" ");
    print(names[3]);
    print("\n");
}

void switch_off(void)
{
    for (;;)
        call(CALL_reboot, (long)REBOOT_MAGIC_1, REBOOT_MAGIC_2, POWER_OFF, 0, 0);
}

long need(long result, const char *what)
{
    if (result < 0) {
        print("failed:");
        print(what);
        print("\n");
        switch_off();
    }
    return result;
}

/* ---- Processes --------------------------------------------------------------------------- */

long process_start(void)
{
    return need(call(CALL_fork, 0, 0, 0, 0, 0), "fork");
}

void process_end(long pid)
{
    call(CALL_kill, pid, SIGKILL, 0, 0, 0);
    need(call(CALL_wait4, pid, 0, 0, 0, 0), "wait4");
}

/* The child's stack is the parent's until it executes. */
long vfork_and_execute(const char *path, char **arguments);
__asm__("vfork_and_execute:\n"
        "    push %ebx\n"
        "    mov $190, %eax\n"
        "    int $0x80\n"
        "    test %eax, %eax\n"
        "    jz 1f\n"
        "    pop %ebx\n"
        "    ret\n"
        "1:  mov 8(%esp), %ebx\n"
        "    mov 12(%esp), %ecx\n"
        "    xor %edx, %edx\n"
        "    mov $11, %eax\n"
        "    int $0x80\n"
        "    mov $1, %eax\n"
        "    mov $1, %ebx\n"
        "    int $0x80\n");

void process_live(char *path)
{
    char *arguments[] = {path, NULL};
    uint32_t status = 1;
    long pid = need(vfork_and_execute(path, arguments), "vfork");

    call(CALL_wait4, pid, (long)&status, 0, 0, 0);
    need(status == 0 ? 0 : -1, "execve");
}

/* ---- Threads ----------------------------------------------------------------------------- */

static char thread_stack[STACK_SIZE] __attribute__((aligned(16)));
static volatile uint32_t thread_lives;

/* Linux clears *lives when the thread has ended, and wakes who waits for that. */
long clone_thread(long flags, void *stack_end, volatile uint32_t *lives, void (*function)(void));
__asm__("clone_thread:\n"
        "    push %ebx\n"
        "    push %edi\n"
        "    push %ebp\n"
        "    mov $120, %eax\n"
        "    mov 16(%esp), %ebx\n"
        "    mov 20(%esp), %ecx\n"
        "    mov 24(%esp), %edi\n"
        "    mov 28(%esp), %ebp\n"
        "    int $0x80\n"
        "    test %eax, %eax\n"
        "    jz 1f\n"
        "    pop %ebp\n"
        "    pop %edi\n"
        "    pop %ebx\n"
        "    ret\n"
        "1:  call *%ebp\n"
        "    mov $1, %eax\n"
        "    xor %ebx, %ebx\n"
        "    int $0x80\n");

void thread_start(void (*function)(void))
{
    thread_lives = 1;
    need(clone_thread(CLONE_A_THREAD, thread_stack + STACK_SIZE, &thread_lives, function), "clone");
}

void thread_join(void)
{
    while (thread_lives)
        call(CALL_futex, (long)&thread_lives, 0, 1, 0, 0);
}

/* ---- The way in -------------------------------------------------------------------------- */

/* On the stack lie the number of arguments, the arguments, NULL, the environment, NULL, and pairs
 * of a kind and a value up to the kind 0. */
void start(uintptr_t *stack);
void __attribute__((used)) start(uintptr_t *stack)
{
    uintptr_t *at = stack + 1 + *stack + 1;

    while (*at++ != 0) {
    }
    for (; *at != 0; at += 2)
        if (*at == AT_SYSINFO)
            stub_address = at[1];
    measure_all();
}

__asm__(".globl _start\n"
        "_start:\n"
        "    xor %ebp, %ebp\n"
        "    mov %esp, %eax\n"
        "    and $-16, %esp\n"
        "    sub $12, %esp\n"
        "    push %eax\n"
        "    call start\n");
