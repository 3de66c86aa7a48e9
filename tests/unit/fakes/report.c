/* What a panic's report needs of a kernel: names, a stack, a log, and where the text goes. */
#include "report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "../../../kernel/debug/state.h"

const char *report_log = "cut off\n[0.1] part: one\n[0.2] part: two\n";

struct debug_handlers debug_now;
char debug_build_id[] = "0123abcd";

/* One function, from C0100000 on. */
const char *symbol_find(uint32_t address, uint32_t *offset)
{
    *offset = address - 0xC0100000;
    return address >= 0xC0100000 && address < 0xC0200000 ? "function" : NULL;
}

uint32_t stack[PAGE_SIZE / 4];
unsigned outside;

void *address_to_pointer(uint32_t address)
{
    if (address < STACK || address > STACK + PAGE_SIZE - 8 || address % 4 != 0)
        outside++;
    return &stack[(address - STACK) / 4 % (PAGE_SIZE / 4)];
}

uint32_t pointer_to_address(const void *pointer)
{
    uintptr_t offset = (uintptr_t)pointer - (uintptr_t)stack;

    return offset < sizeof stack ? STACK + (uint32_t)offset : 0x12345678;
}

bool arch_is_mapped(uint32_t address)
{
    return address >= STACK && address < STACK + PAGE_SIZE;
}

void arch_kernel_text(uint32_t *start, uint32_t *end)
{
    *start = 0xC0100000;
    *end = 0xC0110000;
}

uint32_t arch_kernel_constants(void)
{
    return 0xC0108000;
}

size_t log_copy(char *to, size_t room)
{
    size_t size = strlen(report_log) < room ? strlen(report_log) : room;

    memcpy(to, report_log + strlen(report_log) - size, size);
    return size;
}

jmp_buf stopped;
char written[8192];

static size_t written_size;

void arch_stop(void)
{
    longjmp(stopped, 1);
}

phys arch_directory(void)
{
    return 0x00ABC000;
}

const char *arch_exception_name(unsigned vector)
{
    return vector == 14 ? "page fault" : "?";
}

static void write_panic(const char *text, size_t size)
{
    assert_true(written_size + size < sizeof written);
    memcpy(&written[written_size], text, size);
    written_size += size;
    written[written_size] = '\0';
}

static void describe_current(char *text, size_t room)
{
    strncpy(text, "hello (pid 4)", room);
}

static bool bounds(uint32_t address, uint32_t *low, uint32_t *high)
{
    *low = STACK;
    *high = STACK + PAGE_SIZE;
    return address >= STACK && address < STACK + PAGE_SIZE;
}

int report_prepare(void **state)
{
    (void)state;
    memset(stack, 0, sizeof stack);
    outside = 0;
    written_size = 0;
    written[0] = '\0';
    debug_now = (struct debug_handlers){
        .write_panic = write_panic, .describe_current = describe_current, .stack_bounds = bounds};
    return 0;
}

void frame_at(uint32_t address, uint32_t caller, uint32_t back)
{
    stack[(address - STACK) / 4] = caller;
    stack[(address - STACK) / 4 + 1] = back;
}

const struct trap_frame *make_frame(void)
{
    struct trap_frame *frame = (struct trap_frame *)(void *)&stack[(FRAME - STACK) / 4];

    frame->eax = 0x11111111;
    frame->ebx = 0x22222222;
    frame->esi = 0x33333333;
    frame->eip = 0xC0100052;
    frame->cs = 8;
    frame->vector = 14;
    frame->error = 2;
    frame->ebp = STACK + 0x200;
    frame_at(STACK + 0x200, STACK + 0x240, 0xC0100110);
    frame_at(STACK + 0x240, 0, 0x00400020);
    return frame;
}
