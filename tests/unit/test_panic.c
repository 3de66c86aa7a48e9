/* sources: kernel/debug/panic.c kernel/debug/backtrace.c kernel/debug/explain.c lib/string.c lib/format.c lib/divide.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <abi/layout.h>

#include "../../kernel/debug/state.h"

struct debug_handlers debug_now;
char debug_build_id[] = "0123abcd";

/* One function, from C0100000 on. */
const char *symbol_find(uint32_t address, uint32_t *offset)
{
    *offset = address - 0xC0100000;
    return address >= 0xC0100000 && address < 0xC0200000 ? "function" : NULL;
}

/* A page of stack at STACK; nothing else may be read. */
#define STACK 0xF4002000u
static uint32_t stack[PAGE_SIZE / 4];
static unsigned outside;

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

size_t log_copy(char *to, size_t room)
{
    static const char log[] = "cut off\n[0.1] part: one\n[0.2] part: two\n";
    size_t size = strlen(log) < room ? strlen(log) : room;

    memcpy(to, log, size);
    return size;
}

static jmp_buf stopped;
static char written[8192];
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

static int prepare(void **state)
{
    (void)state;
    memset(stack, 0, sizeof stack);
    outside = 0;
    written_size = 0;
    written[0] = '\0';
    return 0;
}

static void frame_at(uint32_t address, uint32_t caller, uint32_t back)
{
    stack[(address - STACK) / 4] = caller;
    stack[(address - STACK) / 4 + 1] = back;
}

static bool bounds(uint32_t address, uint32_t *low, uint32_t *high)
{
    *low = STACK;
    *high = STACK + PAGE_SIZE;
    return address >= STACK && address < STACK + PAGE_SIZE;
}

/* The frame's place on the stack, where an exception found a function two calls deep. */
#define FRAME (STACK + 0x100)

static const struct trap_frame *make_frame(void)
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

/* A panic changes what later panics print: the cases after it run in this order. */
static void a_panic_tells_all(void **state)
{
    debug_now = (struct debug_handlers){
        .write_panic = write_panic, .describe_current = describe_current, .stack_bounds = bounds};

    (void)state;
    if (!setjmp(stopped))
        panic_frame(make_frame(), 0xDEAD0000, "page fault %s 0x%08x", "writing", 0xDEAD0000u);
    assert_int_equal(outside, 0);
    assert_non_null(strstr(written, "PANIC: page fault writing 0xdead0000\n"));
    assert_non_null(strstr(written, "EAX=11111111 EBX=22222222"));
    assert_non_null(strstr(written, "ESI=33333333"));
    assert_non_null(strstr(written, "ESP=F400213C"));
    assert_non_null(strstr(written, "EIP=C0100052 CS=0008"));
    assert_non_null(strstr(written, "CR2=DEAD0000 CR3=00ABC000"));
    assert_non_null(strstr(written, "hello (pid 4)"));
    assert_non_null(strstr(written, "0123abcd"));
    assert_non_null(strstr(written, "  0xC0100052 function+0x52\n"
                                    "  0xC0100110 function+0x110\n"
                                    "  0x00400020\n"));
    assert_non_null(
        strstr(written, "meaning: write to the kernel's direct map, where there is no"));
    assert_non_null(strstr(written, "bytes at EIP: nothing is mapped there\n"));
    assert_non_null(strstr(written, "the end of the log:\n  [0.1] part: one\n  [0.2] part: two\n"));
    assert_null(strstr(written, "cut off"));
    assert_null(strstr(strstr(written, "0x00400020") + 10, "  0x"));
}

static void a_panic_inside_a_panic_tells_its_cause_and_stops(void **state)
{
    (void)state;
    if (!setjmp(stopped))
        panic("the %s broke", "printer");
    assert_string_equal(written, "\nPANIC inside a panic: the printer broke\n");
}

static void a_third_panic_only_stops(void **state)
{
    (void)state;
    if (!setjmp(stopped))
        panic("again");
    assert_string_equal(written, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_panic_tells_all, prepare),
        cmocka_unit_test_setup(a_panic_inside_a_panic_tells_its_cause_and_stops, prepare),
        cmocka_unit_test_setup(a_third_panic_only_stops, prepare),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
