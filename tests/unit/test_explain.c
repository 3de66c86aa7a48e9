/* sources: kernel/debug/explain.c lib/format.c lib/divide.c lib/string.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <kernel/debug.h>

#define PAGE_FAULT 14
#define PRESENT    1u
#define WRITE      2u
#define FETCH      16u
#define EIP        0x00401000u

void arch_kernel_text(uint32_t *start, uint32_t *end)
{
    *start = 0xC0100000;
    *end = 0xC0110000;
}

uint32_t arch_kernel_constants(void)
{
    return 0xC0108000;
}

static void expect(struct fault_facts facts, const char *words)
{
    char text[128];

    fault_explain(&facts, text, sizeof(text));
    assert_non_null(strstr(text, words));
}

static void page_fault(uint32_t address, uint32_t error, bool kernel, enum fault_target target,
                       const char *words)
{
    expect((struct fault_facts){PAGE_FAULT, error, address, EIP, kernel, target}, words);
}

static void a_null_pointer_is_called_so(void **state)
{
    (void)state;
    page_fault(0, 0, false, FAULT_AT_NOTHING, "read of what a NULL pointer points to");
    page_fault(12, WRITE, true, FAULT_AT_NOTHING, "write to byte 12 behind a NULL pointer");
    expect((struct fault_facts){.vector = PAGE_FAULT, .error = FETCH},
           "jump to address 0: a function pointer is NULL");
}

static void the_kernels_pages_are_named(void **state)
{
    (void)state;
    page_fault(0xC0100010, PRESENT | WRITE, true, FAULT_AT_NOTHING,
               "write to the kernel's code, which is read-only");
    page_fault(0xC0108000, PRESENT | WRITE, true, FAULT_AT_NOTHING,
               "write to a constant of the kernel");
    page_fault(0xF0001000, PRESENT | WRITE, true, FAULT_AT_NOTHING,
               "write to a module's code or constants, which are read-only");
    page_fault(0xF4000000, WRITE, true, FAULT_AT_NOTHING, "beside a kernel stack: it has overf");
    page_fault(0x00500000, WRITE, true, FAULT_AT_NOTHING, "which the kernel reaches by user_copy");
    page_fault(0xFFC01000, 0, true, FAULT_AT_NOTHING, "a closed window on a frame");
    page_fault(0xFFFFFFF0, 0, true, FAULT_AT_NOTHING, "end of the address space");
}

static void a_programs_pages_are_named(void **state)
{
    (void)state;
    page_fault(0x00400000, PRESENT | WRITE, false, FAULT_AT_CODE, "write to the program's code");
    page_fault(0x00403000, PRESENT | WRITE, false, FAULT_AT_CONSTANTS, "a constant of the program");
    page_fault(0xBFEEF000, WRITE, false, FAULT_AT_GUARD, "stack overflow");
    page_fault(0xC0100000, PRESENT, false, FAULT_AT_NOTHING, "the kernel's memory");
    page_fault(0x70000000, 0, false, FAULT_AT_NOTHING, "nothing is mapped: a bad pointer");
}

static void other_exceptions_have_their_sentence(void **state)
{
    (void)state;
    expect((struct fault_facts){.vector = 0}, "division by 0");
    expect((struct fault_facts){.vector = 13, .error = 0x21 << 3 | 2}, "INT 33");
    expect((struct fault_facts){.vector = 13, .error = 0x21 << 3 | 2, .kernel = true},
           "INT 33, which has no gate");
    expect((struct fault_facts){.vector = 12, .error = 0x38}, "selector 0x38: an address beyond");
    expect((struct fault_facts){.vector = 12}, "an address beyond the stack segment");
    expect((struct fault_facts){.vector = 32, .kernel = true}, "an interrupt came");
    expect((struct fault_facts){.vector = 13, .error = 0x18}, "selector 0x18");
    expect((struct fault_facts){.vector = 13}, "only ring 0");
    expect((struct fault_facts){.vector = 31}, "knows nothing of");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_null_pointer_is_called_so),
        cmocka_unit_test(the_kernels_pages_are_named),
        cmocka_unit_test(a_programs_pages_are_named),
        cmocka_unit_test(other_exceptions_have_their_sentence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
