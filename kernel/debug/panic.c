/*
 * The kernel's end after an error of its own. Needs no memory, no interrupts, and of the rest of
 * the kernel only what main.c registered.
 */
#include "panic_private.h"

#include <abi/layout.h>
#include <hw/vga.h>
#include <hw/x86.h>
#include <kernel/export.h>
#include <lib/format.h>
#include <lib/link.h>
#include <lib/string.h>

#define LINE_MAX    160
#define BYTES_SHOWN 12             /* of instructions */
#define LOG_SHOWN   240            /* bytes of the log's end */
#define LOG_ROWS    (VGA_ROWS - 3) /* without its heading, the last line and the cursor's row */
#define INDENT      2              /* of a line of a list */

static unsigned panics;
static uint32_t first_place;     /* the code where the first panic came from */
static char cause[2 * LINE_MAX]; /* the first line */

/* What the report has taken of a text screen so far: rows, and columns of the last one. */
static unsigned rows, columns;

static void count_rows(const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '\n' || columns == VGA_COLUMNS) {
            rows++;
            columns = 0;
        }
        if (*text != '\n')
            columns++;
    }
}

void panic_write(const char *text)
{
    count_rows(text);
    if (debug_now.write_panic != NULL)
        debug_now.write_panic(text, strlen(text));
}

void panic_print(const char *format, ...)
{
    char line[LINE_MAX];
    va_list arguments;

    va_start(arguments, format);
    (void)format_text_v(line, sizeof(line), format, arguments);
    va_end(arguments);
    panic_write(line);
}

void panic_address(uint32_t address, uint32_t back)
{
    uint32_t offset;
    const char *name = symbol_find(address - back, &offset);

    if (name != NULL)
        panic_print("  0x%08X %s+0x%x\n", (unsigned)address, name, (unsigned)(offset + back));
    else
        panic_print("  0x%08X\n", (unsigned)address);
}

/* The beginning of a report; `place` is the code that it comes from. */
static void panic_cause(uint32_t place, const char *format, va_list arguments)
{
    panics++;
    if (panics > 2)
        arch_stop();
    if (panics == 1)
        first_place = place;
    (void)format_text_v(cause, sizeof(cause), format, arguments);
    panic_write(panics == 1 ? "\nPANIC: " : "\nPANIC inside a panic: ");
    if (panics == 1)
        rows = 0; /* of what is to be seen */
    panic_write(cause);
}

/* Behind the cause, which is shown by now: a name is looked up among things that may be damaged. */
static bool panic_cause_place(const char *relation, uint32_t address, uint32_t back)
{
    size_t size = strlen(cause);
    uint32_t offset;
    const char *name = symbol_find(address - back, &offset);

    if (name == NULL)
        return false;
    (void)format_text(&cause[size], sizeof(cause) - size, "%s %s+0x%x", relation, name,
                      (unsigned)(offset + back));
    panic_write(&cause[size]);
    return true;
}

/* A panic inside a panic ends here: what fails may be what the rest would use. */
static void panic_cause_end(void)
{
    panic_write("\n");
    if (panics == 1)
        return;
    panic_write("the first one came from\n");
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

/* Where the line begins whose end is right before `end`. */
static size_t line_start(const char *text, size_t end)
{
    while (end > 1 && text[end - 2] != '\n')
        end--;
    return end - 1;
}

/* Where the last whole lines begin that take no more than `room` rows together. */
static size_t last_lines(const char *text, size_t size, unsigned room)
{
    while (size != 0) {
        size_t start = line_start(text, size);
        unsigned needed = (unsigned)((INDENT + size - start - 2) / VGA_COLUMNS + 1);

        if (start == 0 || needed > room)
            break;
        room -= needed;
        size = start;
    }
    return size;
}

/* As much of the log's end as leaves the whole report on the screen. */
static void panic_log(void)
{
    static char text[LOG_SHOWN];
    size_t size = log_copy(text, sizeof(text));
    size_t start = last_lines(text, size, rows < LOG_ROWS ? LOG_ROWS - rows : 0);

    if (start == size)
        return;
    panic_write("the end of the log:\n");
    for (size_t end = start; end < size; end++) {
        if (text[end] != '\n')
            continue;
        text[end] = '\0';
        panic_write("  ");
        panic_write(&text[start]);
        panic_write("\n");
        start = end + 1;
    }
}

static void panic_end(void) __attribute__((noreturn));

/* Where the report's beginning has left the screen, its end tells the cause again. */
static void panic_end(void)
{
    if (rows >= VGA_ROWS - 1)
        panic_print("It began with: %s\n", cause);
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
    callers_list(0, ebp, ebp);
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
    caller = callers_of_frameless(frame->eip, esp);
    if (!panic_cause_place(" at", frame->eip, 0) && caller != 0) {
        (void)panic_cause_place(", called at", caller, 1);
        if (panics == 1)
            first_place = caller;
    }
    panic_cause_end();
    panic_meaning(frame, fault_address);
    panic_registers(frame, esp, fault_address);
    panic_who();
    panic_bytes(frame->eip);
    panic_write("backtrace:\n");
    panic_address(frame->eip, 0);
    callers_list(caller, frame->ebp, esp);
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
