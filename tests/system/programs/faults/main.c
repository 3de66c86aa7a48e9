/*
 * Every fault ends the process that made it, in either ring, and nobody else. The faults of crash
 * run as they are; others stand here.
 */
#include <megha.h>
#include <megha/check.h>
#include <stdio.h>
#include <string.h>

PROGRAM_RIGHTS(RIGHT_RING0);

#define PATH  "/apps/faults"
#define CRASH "/apps/crash"

enum {
    VECTOR_DIVIDE = 0,
    VECTOR_DEBUG = 1,
    VECTOR_BREAKPOINT = 3,
    VECTOR_OVERFLOW = 4,
    VECTOR_BOUND = 5,
    VECTOR_UNDEFINED = 6,
    VECTOR_X87 = 16,
    VECTOR_DOUBLE = 8,
    VECTOR_STACK = 12,
    VECTOR_PROTECTION = 13,
    VECTOR_PAGE = 14
};

#define RW (ACCESS_READ | ACCESS_WRITE)

static void write_read_only_memory(void)
{
    volatile char *memory = (char *)memory_map(PAGE_SIZE, ACCESS_READ);
    *memory = 1;
}

static void write_constant(void)
{
    static const char constant[] = "constant";
    *(volatile char *)(uintptr_t)constant = 1;
}

static void write_information(void)
{
    *(volatile char *)PROCESS_INFO_VA = 1;
}

static void read_kernel(void)
{
    (void)*(volatile char *)USER_END;
}

static void use_unmapped_memory(void)
{
    uint32_t memory = memory_map(PAGE_SIZE, RW);
    *(volatile char *)memory = 1;
    memory_unmap(memory, PAGE_SIZE);
    *(volatile char *)memory = 1;
}

static void divide_by_zero_x87(void)
{
    uint16_t control = 0x037B; /* division by zero is not masked */
    __asm__ volatile("fninit\n fldcw %0\n fld1\n fldz\n fdivrp\n fwait" : : "m"(control));
}

static void break_point(void)
{
    __asm__ volatile("int3");
}

static void single_step(void)
{
    __asm__ volatile("pushfl\n orl $0x100, (%%esp)\n popfl\n nop" : : : "memory", "cc");
}

static void overflow_trap(void)
{
    __asm__ volatile("movb $0x7F, %%al\n addb $1, %%al\n into" : : : "eax", "cc");
}

static void bound_trap(void)
{
    static const int32_t limits[2] = {0, 1};
    __asm__ volatile("boundl %0, %1" : : "r"(2), "m"(limits));
}

static void read_above_stack(void)
{
    (void)*(volatile char *)PROCESS_STACK_VA_START;
}

static void jump_to_kernel(void)
{
    ((void (*)(void))USER_END)();
}

static void clear_interrupts(void)
{
    __asm__ volatile("cli");
}

static void read_port(void)
{
    unsigned char value;
    __asm__ volatile("inb $0x60, %0" : "=a"(value));
}

static void call_interrupt(void)
{
    __asm__ volatile("int $0x20");
}

static void load_segment(void)
{
    __asm__ volatile("movw %w0, %%ds" : : "r"(0xFFF8));
}

static int fault_in_thread(void *unused)
{
    (void)unused;
    __asm__ volatile("ud2");
    return 0;
}

static void thread_faults(void)
{
    int32_t status;
    int thread = thread_start(fault_in_thread, NULL, 0x2000, MODE_USER);
    thread_join(thread, &status, WAIT_FOREVER);
}

static void kernel_thread_faults(void)
{
    int32_t status;
    int thread = thread_start(fault_in_thread, NULL, 0x2000, MODE_KERNEL);
    thread_join(thread, &status, WAIT_FOREVER);
}

static const struct fault {
    const char *name;
    void (*make)(void); /* NULL: a fault of crash */
    int vector;
    bool user;   /* tried in ring 3 */
    bool kernel; /* tried in ring 0 */
} faults[] = {
    {"null", NULL, VECTOR_PAGE, true, true},
    {"write", NULL, VECTOR_PAGE, true, true},
    {"jump", NULL, VECTOR_PAGE, true, true},
    {"divide", NULL, VECTOR_DIVIDE, true, true},
    {"undefined", NULL, VECTOR_UNDEFINED, true, true},
    {"privileged", NULL, VECTOR_PROTECTION, true, false},
    {"stack", NULL, VECTOR_PAGE, true, false},
    {"stack", NULL, VECTOR_DOUBLE, false, true},
    {"read-only", write_read_only_memory, VECTOR_PAGE, true, true},
    {"constant", write_constant, VECTOR_PAGE, true, true},
    {"information", write_information, VECTOR_PAGE, true, true},
    {"kernel", read_kernel, VECTOR_PAGE, true, false},
    {"unmapped", use_unmapped_memory, VECTOR_PAGE, true, true},
    {"x87", divide_by_zero_x87, VECTOR_X87, true, true},
    {"breakpoint", break_point, VECTOR_BREAKPOINT, true, true},
    {"single step", single_step, VECTOR_DEBUG, true, true},
    {"overflow", overflow_trap, VECTOR_OVERFLOW, true, true},
    {"bound", bound_trap, VECTOR_BOUND, true, true},
    {"above the stack", read_above_stack, VECTOR_PAGE, true, true},
    {"jump to the kernel", jump_to_kernel, VECTOR_PAGE, true, false},
    {"cli", clear_interrupts, VECTOR_PROTECTION, true, false},
    {"port", read_port, VECTOR_PROTECTION, true, false},
    {"interrupt", call_interrupt, VECTOR_PROTECTION, true, false},
    {"segment", load_segment, VECTOR_PROTECTION, true, true},
    {"thread", thread_faults, VECTOR_UNDEFINED, true, true},
    {"ring-0 thread", kernel_thread_faults, VECTOR_UNDEFINED, true, true},
};

#define FAULTS (sizeof(faults) / sizeof(faults[0]))

/* Runs a fault in a child; the kernel prints its report in between. */
static void check_fault(const struct fault *fault, uint32_t mode)
{
    struct process_result result = {.reason = 0};
    char arguments[64], sentence[64];
    snprintf(arguments, sizeof(arguments), "'%s'", fault->name);
    snprintf(sentence, sizeof(sentence), "%s in ring %d ends the process", fault->name,
             mode == MODE_USER ? 3 : 0);
    int child = process_create(fault->make == NULL ? CRASH : PATH, arguments, PRIORITY_NORMAL,
                               QUANTUM_DEFAULT_MS, mode);
    int waited = process_wait(child, &result, WAIT_FOREVER);
    if (!check(waited == child && result.reason == ENDED_FAULT && result.status == fault->vector,
               sentence))
        printf("reason %u, status %d, expected vector %d\n", (unsigned int)result.reason,
               (int)result.status, fault->vector);
}

static int make_fault(const char *name)
{
    for (size_t i = 0; i < FAULTS; i++) {
        if (faults[i].make != NULL && strcmp(faults[i].name, name) == 0)
            faults[i].make();
    }
    return 1;
}

int main(int count, char **arguments)
{
    if (count > 1)
        return make_fault(arguments[1]);
    for (size_t i = 0; i < FAULTS; i++) {
        if (faults[i].user)
            check_fault(&faults[i], MODE_USER);
        if (faults[i].kernel)
            check_fault(&faults[i], MODE_KERNEL);
    }
    return check_result();
}
