/*
 * The kernel's end after an error of its own. Needs no memory, no interrupts, and of the rest of
 * the kernel only what main.c registered.
 */
#include "state.h"

#include <abi/layout.h>
#include <hw/x86.h>
#include <kernel/export.h>
#include <lib/format.h>
#include <lib/link.h>
#include <lib/string.h>

#define LINE_MAX      160
#define BYTES_SHOWN   12  /* of instructions */
#define LOG_SHOWN     240 /* bytes of the log's end */
#define SCAN_MAX      128 /* dwords of a stack without frames */
#define GUESSES_MAX   8
#define FRAMELESS_MAX 16 /* dwords that a function without a frame may have on the stack */

static unsigned panics;
static uint32_t first_place; /* the code where the first panic came from */

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

/* The outermost return address of the kernel's own frames; 0: there is none. */
static uint32_t outermost;

/* What the stack told of a function that seemed to have no frame; 0: nothing. */
static uint32_t frameless;

static unsigned lines;      /* of callers, so far */
static unsigned more_calls; /* from the last line's place: a function that calls itself */

static void panic_more_calls(void)
{
    if (more_calls != 0)
        panic_print("    and %u more calls from there\n", more_calls);
    more_calls = 0;
}

static void panic_return_address(uint32_t address)
{
    if (address == frameless) { /* the frame was there all the same */
        frameless = 0;
    } else if (address == outermost) {
        more_calls++;
    } else if (lines < BACKTRACE_MAX) {
        panic_more_calls();
        panic_address(address, 1);
        if (++lines == BACKTRACE_MAX)
            panic_write("  ...\n");
    }
    outermost = address;
}

/* The beginning of a report; `place` is the code that it comes from. */
static void panic_cause(uint32_t place, const char *format, va_list arguments)
{
    char cause[LINE_MAX];

    panics++;
    if (panics > 2)
        arch_stop();
    if (panics == 1)
        first_place = place;
    (void)format_text_v(cause, sizeof(cause), format, arguments);
    panic_write(panics == 1 ? "\nPANIC: " : "\nPANIC inside a panic: ");
    panic_write(cause);
}

/* Behind the cause, which is shown by now: a name is looked up among things that may be damaged. */
static bool panic_cause_place(const char *relation, uint32_t address, uint32_t back)
{
    uint32_t offset;
    const char *name = symbol_find(address - back, &offset);

    if (name != NULL)
        panic_print(" %s %s+0x%x", relation, name, (unsigned)(offset + back));
    return name != NULL;
}

/* A panic inside a panic ends here: what fails may be what the rest would use. */
static void panic_cause_end(void)
{
    panic_write("\n");
    if (panics == 1)
        return;
    panic_write("the first one came from");
    panic_address(first_place, 1);
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

static void panic_meaning(const struct trap_frame *frame, uint32_t fault_address)
{
    const struct fault_facts facts = {.vector = frame->vector,
                                      .error = frame->error,
                                      .address = fault_address,
                                      .eip = frame->eip,
                                      .kernel = true};
    char words[LINE_MAX];
    uint32_t offset;
    const char *name = NULL;

    fault_explain(&facts, words, sizeof(words));
    if (frame->vector == VECTOR_PAGE_FAULT && fault_address != frame->eip)
        name = symbol_find(fault_address, &offset);
    if (name != NULL)
        panic_print("meaning: %s: %s+0x%x\n", words, name, (unsigned)offset);
    else
        panic_print("meaning: %s\n", words);
}

/* The instruction that failed, as far as it can be read. */
static void panic_bytes(uint32_t eip)
{
    panic_write("bytes at EIP:");
    for (uint32_t i = 0; i < BYTES_SHOWN && arch_is_mapped(eip + i); i++)
        panic_print(" %02X", (unsigned)*(const uint8_t *)address_to_pointer(eip + i));
    panic_write(arch_is_mapped(eip) ? "\n" : " nothing is mapped there\n");
}

/* ---- Who called whom ---------------------------------------------------------------------------
 */

/* The mapped stack that holds the address. Where nobody knows one, its page serves, if it is
 * there. */
static bool stack_around(uint32_t address, uint32_t *low, uint32_t *high)
{
    if (debug_now.stack_bounds != NULL && debug_now.stack_bounds(address, low, high))
        return true;
    *low = address & ~(uint32_t)(PAGE_SIZE - 1);
    *high = *low + PAGE_SIZE;
    return address >= KERNEL_BASE && *high != 0 && arch_is_mapped(address);
}

/* Without frames: words on the stack that point into functions. Not all of them have to be return
 * addresses of calls that are still on. */
static void panic_guess(uint32_t esp, uint32_t high)
{
    unsigned guesses = 0;

    esp = (esp + 3) & ~3u;
    for (unsigned i = 0; i < SCAN_MAX && guesses < GUESSES_MAX && high - esp >= 4 && esp < high;
         i++, esp += 4) {
        uint32_t word = *(const uint32_t *)address_to_pointer(esp);
        uint32_t offset;

        if (symbol_find(word - 1, &offset) == NULL || offset == 0)
            continue;
        if (guesses++ == 0)
            panic_write("EBP leads to no caller; the stack holds these addresses of code:\n");
        panic_return_address(word);
    }
}

static void panic_program_place(const struct program_frame *frame)
{
    if (frame->name != NULL)
        panic_print("  0x%08X %s+0x%x%s%s\n", (unsigned)frame->address, frame->name,
                    (unsigned)frame->offset, frame->library != NULL ? " in " : "",
                    frame->library != NULL ? frame->library : "");
    else
        panic_print("  0x%08X\n", (unsigned)frame->address);
}

static void panic_program(void)
{
    if (outermost == 0 || debug_now.program_places == NULL)
        return;
    panic_write("the program had called from:\n");
    debug_now.program_places(outermost, panic_program_place);
}

static bool is_call_before(uint32_t back, uint32_t function)
{
    uint32_t before = back - BACKTRACE_BEFORE;

    return arch_is_mapped(before) && arch_is_mapped(back - 1) && back >= KERNEL_BASE &&
           backtrace_is_call(address_to_pointer(before), back, function);
}

/*
 * Who called a function that has no frame, or none yet, is on the stack only. A call through a bad
 * pointer has come as far as that, too. 0 where EBP will tell, or nothing does.
 */
static uint32_t frameless_caller(uint32_t eip, uint32_t esp)
{
    uint32_t offset = 0;
    const char *name = symbol_find(eip, &offset);
    uint32_t start = eip - offset;
    uint32_t low;
    uint32_t high;

    if (!stack_around(esp, &low, &high) || esp % 4 != 0 ||
        (name != NULL && arch_is_mapped(start) &&
         backtrace_has_frame(*(const uint8_t *)address_to_pointer(start), offset)))
        return 0;
    for (unsigned i = 0; i < FRAMELESS_MAX && high - esp >= 4; i++, esp += 4) {
        uint32_t word = *(const uint32_t *)address_to_pointer(esp);

        if (is_call_before(word, start))
            return word;
    }
    return 0;
}

/* A frame above a destroyed or overflowed stack may still be told by EBP. */
static void panic_backtrace(uint32_t ebp, uint32_t esp)
{
    uint32_t low;
    uint32_t high;
    bool stands = stack_around(esp, &low, &high);

    if (!stands)
        panic_print("ESP 0x%08X is on no stack\n", (unsigned)esp);
    else if (ebp >= low && ebp < high)
        backtrace_walk(ebp, esp > low ? esp : low, high, panic_return_address);
    if (outermost == 0 && !(stands && ebp >= low && ebp < high) && stack_around(ebp, &low, &high))
        backtrace_walk(ebp, low, high, panic_return_address);
    if (outermost == 0 && stack_around(esp, &low, &high))
        panic_guess(esp, high);
    panic_more_calls();
}

/* The last whole lines of the log. */
static void panic_log(void)
{
    static char text[LOG_SHOWN];
    size_t size = log_copy(text, sizeof(text));
    size_t at = 0;

    while (at < size && text[at] != '\n')
        at++;
    if (at + 1 >= size)
        return;
    panic_write("the end of the log:\n");
    for (size_t start = ++at; at < size; at++) {
        if (text[at] != '\n')
            continue;
        panic_write("  ");
        debug_now.write_panic(&text[start], at + 1 - start);
        start = at + 1;
    }
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
    panic_cause(pointer_to_address(__builtin_return_address(0)), format, arguments);
    va_end(arguments);
    panic_cause_end();
    panic_print("EBP=%08X CR3=%08X\n", (unsigned)ebp, (unsigned)arch_directory());
    panic_who();
    panic_write("backtrace:\n");
    panic_backtrace(ebp, ebp);
    panic_program();
    panic_log();
    panic_end();
}
KERNEL_EXPORT(panic);

void panic_frame(const struct trap_frame *frame, uint32_t fault_address, const char *format, ...)
{
    /* The CPU pushed the frame on the stack in use, so that stack goes on behind it; but for a
     * double fault, whose frame tells of another stack. */
    uint32_t esp =
        frame->vector == VECTOR_DOUBLE_FAULT ? frame->esp : pointer_to_address(&frame->esp);
    uint32_t caller;
    va_list arguments;

    va_start(arguments, format);
    panic_cause(frame->eip, format, arguments);
    va_end(arguments);
    caller = frameless_caller(frame->eip, esp);
    if (!panic_cause_place("at", frame->eip, 0) && caller != 0)
        (void)panic_cause_place("called at", caller, 1);
    panic_cause_end();
    panic_meaning(frame, fault_address);
    panic_registers(frame, esp, fault_address);
    panic_who();
    panic_bytes(frame->eip);
    panic_write("backtrace:\n");
    panic_address(frame->eip, 0);
    if (caller != 0)
        panic_return_address(caller);
    frameless = caller;
    panic_backtrace(frame->ebp, esp);
    panic_program();
    panic_log();
    panic_end();
}

bool panic_has_begun(void)
{
    return panics != 0;
}

void link_broken(const struct link *link)
{
    panic("a corrupted list: the neighbours of the link at 0x%08X do not point back to it",
          (unsigned)pointer_to_address(link));
}
KERNEL_EXPORT(link_broken);
