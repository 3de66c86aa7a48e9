/*
 * The kernel's end after an error of its own. Needs no memory, no interrupts, and of the rest of
 * the kernel only what main.c registered.
 */
#include "state.h"

#include <abi/layout.h>
#include <kernel/export.h>
#include <lib/format.h>
#include <lib/string.h>

#define LINE_MAX 160

static unsigned panics;

static void panic_write(const char *text)
{
    if (debug_now.write_panic != NULL)
        debug_now.write_panic(text, strlen(text));
}

static void panic_print(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void panic_print(const char *format, ...)
{
    char line[LINE_MAX];
    va_list arguments;

    va_start(arguments, format);
    (void)format_text_v(line, sizeof(line), format, arguments);
    va_end(arguments);
    panic_write(line);
}

/* `back` is 1 for a return address: the call before it tells the function, also where that call was
 * the function's last instruction. */
static void panic_address(uint32_t address, uint32_t back)
{
    uint32_t offset;
    const char *name = symbol_find(address - back, &offset);

    if (name != NULL)
        panic_print("  0x%08X %s+0x%x\n", (unsigned)address, name, (unsigned)(offset + back));
    else
        panic_print("  0x%08X\n", (unsigned)address);
}

static void panic_return_address(uint32_t address)
{
    panic_address(address, 1);
}

/* The first line. A panic inside a panic ends here: what fails may be what the rest would use. */
static void panic_cause(const char *format, va_list arguments)
{
    char cause[LINE_MAX];

    panics++;
    if (panics > 2)
        arch_stop();
    (void)format_text_v(cause, sizeof(cause), format, arguments);
    panic_write(panics == 1 ? "\nPANIC: " : "\nPANIC inside a panic: ");
    panic_write(cause);
    panic_write("\n");
    if (panics > 1)
        arch_stop();
}

static void panic_who(void)
{
    char program[LINE_MAX / 2] = "no program";

    if (debug_now.describe_current != NULL)
        debug_now.describe_current(program, sizeof(program));
    panic_print("running: %s; kernel build: %s\n", program,
                debug_build_id[0] != '\0' ? debug_build_id : "unknown");
}

static void panic_registers(const struct trap_frame *frame, uint32_t esp, uint32_t fault_address)
{
    panic_print("EAX=%08X EBX=%08X ECX=%08X EDX=%08X\n", (unsigned)frame->eax, (unsigned)frame->ebx,
                (unsigned)frame->ecx, (unsigned)frame->edx);
    panic_print("ESI=%08X EDI=%08X EBP=%08X ESP=%08X\n", (unsigned)frame->esi, (unsigned)frame->edi,
                (unsigned)frame->ebp, (unsigned)esp);
    panic_print("EIP=%08X CS=%04X DS=%04X ES=%04X EFLAGS=%08X\n", (unsigned)frame->eip,
                (unsigned)frame->cs & 0xFFFF, (unsigned)frame->ds & 0xFFFF,
                (unsigned)frame->es & 0xFFFF, (unsigned)frame->eflags);
    panic_print("vector %u (%s) error %08X CR2=%08X CR3=%08X\n", (unsigned)frame->vector,
                arch_exception_name(frame->vector), (unsigned)frame->error, (unsigned)fault_address,
                (unsigned)arch_directory());
}

/*
 * Prints who called whom, up the stack that `esp` stands on. Where nobody knows that
 * stack's top, its page serves: the CPU has just used it.
 */
static void panic_backtrace(uint32_t ebp, uint32_t esp)
{
    uint32_t low = esp;
    uint32_t high = (esp & ~(uint32_t)(PAGE_SIZE - 1)) + PAGE_SIZE;
    uint32_t stack_low;
    uint32_t stack_high;

    if (debug_now.stack_bounds != NULL && debug_now.stack_bounds(esp, &stack_low, &stack_high)) {
        low = esp > stack_low ? esp : stack_low;
        high = stack_high;
    }
    backtrace_walk(ebp, low, high, panic_return_address);
}

static void panic_end(void) __attribute__((noreturn));

static void panic_end(void)
{
    panic_write("The machine has stopped. Note these lines, then restart it.\n");
    arch_stop();
}

__attribute__((noinline)) void panic(const char *format, ...)
{
    uint32_t ebp = pointer_to_address(__builtin_frame_address(0));
    va_list arguments;

    va_start(arguments, format);
    panic_cause(format, arguments);
    va_end(arguments);
    panic_print("EBP=%08X CR3=%08X\n", (unsigned)ebp, (unsigned)arch_directory());
    panic_who();
    panic_write("backtrace:\n");
    panic_backtrace(ebp, ebp);
    panic_end();
}
KERNEL_EXPORT(panic);

void panic_frame(const struct trap_frame *frame, uint32_t fault_address, const char *format, ...)
{
    /* The CPU pushed the frame on the stack in use, so that stack goes on behind it. */
    uint32_t esp = pointer_to_address(&frame->esp);
    va_list arguments;

    va_start(arguments, format);
    panic_cause(format, arguments);
    va_end(arguments);
    panic_registers(frame, esp, fault_address);
    panic_who();
    panic_write("backtrace:\n");
    panic_address(frame->eip, 0);
    panic_backtrace(frame->ebp, esp);
    panic_end();
}
