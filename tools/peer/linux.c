/*
 * What apps/bench measures, the Linux way: the first program of a Linux for i386, without a C
 * library. It prints rows as apps/bench does, then switches the machine off.
 */
#include <stddef.h>
#include <stdint.h>

#define SAMPLES_MAX 1000
#define PAGE_SIZE   4096
#define STACK_SIZE  0x4000

enum {
    CALL_exit = 1,
    CALL_read = 3,
    CALL_write = 4,
    CALL_open = 5,
    CALL_execve = 11,
    CALL_getppid = 64,
    CALL_munmap = 91,
    CALL_reboot = 88,
    CALL_mkdir = 39,
    CALL_mount = 21,
    CALL_wait4 = 114,
    CALL_clone = 120,
    CALL_uname = 122,
    CALL_sched_yield = 158,
    CALL_nanosleep = 162,
    CALL_vfork = 190,
    CALL_mmap2 = 192,
    CALL_futex = 240,
    CALL_pipe = 42,
    CALL_kill = 37,
    CALL_fork = 2,
};

enum {
    PROT_READ_WRITE = 3,
    MAP_PRIVATE_ANONYMOUS = 0x22,
    /* VM, FS, FILES, SIGHAND, THREAD, CHILD_CLEARTID */
    CLONE_A_THREAD = 0x100 | 0x200 | 0x400 | 0x800 | 0x10000 | 0x200000,
    SIGKILL = 9,
    POWER_OFF = 0x4321FEDC,
    AT_SYSINFO = 32,
};

static long call(long number, long a, long b, long c, long d, long e)
{
    long result;

    __asm__ volatile("int $0x80"
                     : "=a"(result)
                     : "a"(number), "b"(a), "c"(b), "d"(c), "S"(d), "D"(e)
                     : "memory");
    return result;
}

static uint32_t time_stamp(void)
{
    uint32_t low;

    __asm__ volatile("rdtsc" : "=a"(low) : : "edx", "memory");
    return low;
}

/* ---- Text ------------------------------------------------------------------------------------ */

static void print(const char *text)
{
    const char *end = text;

    while (*end)
        end++;
    call(CALL_write, 1, (long)text, end - text, 0, 0);
}

static void print_number(uint32_t number)
{
    char digits[12] = {0};
    char *at = digits + sizeof(digits) - 1;

    do {
        *--at = (char)('0' + number % 10);
    } while (number /= 10);
    *--at = ' ';
    print(at);
}

/* ---- Measuring ------------------------------------------------------------------------------- */

static uint32_t samples[SAMPLES_MAX];

static void __attribute__((noinline)) nothing(void)
{
    __asm__ volatile("");
}

static void take_samples(void (*operation)(void), uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        uint32_t start = time_stamp();

        operation();
        samples[i] = time_stamp() - start;
    }
    for (uint32_t i = 1; i < count; i++) {
        uint32_t value = samples[i], at = i;

        for (; at > 0 && samples[at - 1] > value; at--)
            samples[at] = samples[at - 1];
        samples[at] = value;
    }
}

static void row(const char *name, void (*operation)(void), uint32_t count, uint32_t parts)
{
    uint32_t empty;

    take_samples(nothing, count);
    empty = samples[0];
    take_samples(operation, count);
    print("row:");
    print(name);
    print(":");
    print_number((samples[count / 2] - empty + parts - 1) / parts);
    print_number((samples[0] - empty + parts - 1) / parts);
    print_number((samples[count - 1] - empty + parts - 1) / parts);
    print("\n");
}

/* ---- Operations ------------------------------------------------------------------------------ */

static char buffer[PAGE_SIZE];
static int to_partner[2], from_partner[2];
static uint32_t message_size;
static uintptr_t sysinfo;
static char *next_page;
static char thread_stack[STACK_SIZE] __attribute__((aligned(16)));
static volatile uint32_t thread_lives;

static void null_interrupt(void)
{
    call(CALL_getppid, 0, 0, 0, 0, 0);
}

static void null_sysenter(void)
{
    long result;

    __asm__ volatile("call *%1"
                     : "=a"(result)
                     : "r"(sysinfo), "0"(CALL_getppid)
                     : "memory", "ecx", "edx");
}

static void yield(void)
{
    call(CALL_sched_yield, 0, 0, 0, 0, 0);
}

static void transfer(long number, int end)
{
    for (uint32_t done = 0; done < message_size;) {
        long count = call(number, end, (long)(buffer + done), (long)(message_size - done), 0, 0);

        if (count <= 0)
            call(CALL_exit, 1, 0, 0, 0, 0);
        done += (uint32_t)count;
    }
}

static void round_trip(void)
{
    transfer(CALL_write, to_partner[1]);
    transfer(CALL_read, from_partner[0]);
}

static void touch_page(void)
{
    *(volatile char *)next_page = 1;
    next_page += PAGE_SIZE;
}

static char *map(uint32_t size)
{
    return (char *)call(CALL_mmap2, 0, (long)size, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1);
}

static void map_and_unmap(void)
{
    char *page = map(PAGE_SIZE);

    *(volatile char *)page = 1;
    call(CALL_munmap, (long)page, PAGE_SIZE, 0, 0, 0);
}

static void sleep_5_ms(void)
{
    long time[2] = {0, 5000000};

    call(CALL_nanosleep, (long)time, 0, 0, 0, 0);
}

/* The thread ends at once; the kernel clears *lives then and wakes who waits for it. */
long start_thread(long flags, void *stack_end, volatile uint32_t *lives);
__asm__("start_thread:\n"
        "    push %ebx\n"
        "    push %edi\n"
        "    mov $120, %eax\n"
        "    mov 12(%esp), %ebx\n"
        "    mov 16(%esp), %ecx\n"
        "    mov 20(%esp), %edi\n"
        "    xor %esi, %esi\n"
        "    int $0x80\n"
        "    test %eax, %eax\n"
        "    jz 1f\n"
        "    pop %edi\n"
        "    pop %ebx\n"
        "    ret\n"
        "1:  mov $1, %eax\n"
        "    xor %ebx, %ebx\n"
        "    int $0x80\n");

static void live_a_thread(void)
{
    thread_lives = 1;
    start_thread(CLONE_A_THREAD, thread_stack + STACK_SIZE, &thread_lives);
    while (thread_lives)
        call(CALL_futex, (long)&thread_lives, 0, 1, 0, 0);
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

static void live_a_process(void)
{
    static char name[] = "/tiny";
    static char *arguments[] = {name, NULL};
    long pid = vfork_and_execute(name, arguments);

    call(CALL_wait4, pid, 0, 0, 0, 0);
}

/* ---- Rows ------------------------------------------------------------------------------------ */

static void measure_switches(void)
{
    long pid = call(CALL_fork, 0, 0, 0, 0, 0);

    while (pid == 0)
        yield();
    row("switch across spaces", yield, 1000, 2);
    call(CALL_kill, pid, SIGKILL, 0, 0, 0);
    call(CALL_wait4, pid, 0, 0, 0, 0);
}

static void measure_messages(const char *name, uint32_t size)
{
    long pid;

    message_size = size;
    pid = call(CALL_fork, 0, 0, 0, 0, 0);
    while (pid == 0) {
        transfer(CALL_read, to_partner[0]);
        transfer(CALL_write, from_partner[1]);
    }
    row(name, round_trip, 300, 1);
    call(CALL_kill, pid, SIGKILL, 0, 0, 0);
    call(CALL_wait4, pid, 0, 0, 0, 0);
}

static void print_version(void)
{
    static char names[6][65];

    call(CALL_uname, (long)names, 0, 0, 0, 0);
    print("version:");
    print(names[2]);
    print(" ");
    print(names[3]);
    print("\n");
}

/* Finds the kernel's stub among the auxiliary values, which follow the environment. */
static void prepare(uintptr_t *stack)
{
    uintptr_t *at = stack + 1 + *stack + 1;

    while (*at++) {
    }
    for (; *at; at += 2)
        if (*at == AT_SYSINFO)
            sysinfo = at[1];
    call(CALL_pipe, (long)to_partner, 0, 0, 0, 0);
    call(CALL_pipe, (long)from_partner, 0, 0, 0, 0);
}

void __attribute__((used)) measure_all(uintptr_t *stack)
{
    prepare(stack);
    print_version();
    row("null call int 0x80", null_interrupt, 1000, 1);
    if (sysinfo)
        row("null call sysenter", null_sysenter, 1000, 1);
    measure_switches();
    measure_messages("message round trip", 1);
    measure_messages("message round trip of 16 bytes", 16);
    measure_messages("message round trip of 4096 bytes", PAGE_SIZE);
    next_page = map(256 * PAGE_SIZE);
    row("page fault", touch_page, 200, 1);
    row("page map..unmap", map_and_unmap, 300, 1);
    row("sleep of 5 ms", sleep_5_ms, 50, 1);
    row("thread create..join", live_a_thread, 300, 1);
    row("process create..wait", live_a_process, 200, 1);
    print("end:\n");
    call(CALL_reboot, (long)0xFEE1DEAD, 672274793, POWER_OFF, 0, 0);
    for (;;)
        yield();
}

__asm__(".globl _start\n"
        "_start:\n"
        "    xor %ebp, %ebp\n"
        "    mov %esp, %eax\n"
        "    and $-16, %esp\n"
        "    sub $12, %esp\n"
        "    push %eax\n"
        "    call measure_all\n");
