/* What an exception means, in words for who has to find the mistake [SDM3 6.15]. */
#include <hw/x86.h>
#include <kernel/debug.h>
#include <lib/format.h>
#include <lib/string.h>

#define ERROR_IN_IDT 2u /* of a selector error code [SDM3 6.13] */

static const char *access_name(const struct fault_facts *facts)
{
    if (facts->error & FAULT_WRITE)
        return "write to";
    return facts->error & FAULT_FETCH || facts->address == facts->eip ? "jump to" : "read of";
}

static bool is_jump(const struct fault_facts *facts)
{
    return !(facts->error & FAULT_WRITE) && facts->address == facts->eip;
}

static void explain_null(const struct fault_facts *facts, char *text, size_t room)
{
    if (is_jump(facts))
        format_text(text, room, "jump to address %u: a function pointer is %s",
                    (unsigned)facts->address, facts->address ? "no pointer" : "NULL");
    else if (facts->address == 0)
        format_text(text, room, "%s what a NULL pointer points to", access_name(facts));
    else
        format_text(text, room, "%s byte %u behind a NULL pointer: a member or an element of it",
                    access_name(facts), (unsigned)facts->address);
}

/* What lies at an address of the kernel's part. */
static const char *kernels_place(uint32_t address, uint32_t error)
{
    uint32_t start, end;
    bool present = (error & FAULT_PRESENT) != 0;

    arch_kernel_text(&start, &end);
    if (address >= start && address < end && !present)
        return "a page of the kernel's code or constants that is not mapped";
    if (address >= start && address < end)
        return address < arch_kernel_constants() ? "the kernel's code, which is read-only"
                                                 : "a constant of the kernel, which is read-only";
    if (address >= MODULE_AREA && address < MODULE_AREA_END)
        return present ? "a module's code or constants, which are read-only"
                       : "the area of modules, where nothing is mapped";
    if (address >= KERNEL_STACK_AREA && address < KERNEL_STACK_END)
        return "an unmapped page beside a kernel stack: it has overflowed";
    if (address >= WINDOW_AREA_END)
        return "the end of the address space, where nothing is mapped";
    if (address >= WINDOW_AREA)
        return "an unmapped page beside a large block of the heap, or a closed window on a frame";
    if (address >= DEVICE_AREA && address < DEVICE_AREA_END)
        return "the area of devices, where nothing is mapped";
    return "the kernel's direct map, where there is no RAM";
}

static void explain_kernels_page(const struct fault_facts *facts, char *text, size_t room)
{
    if (facts->address >= KERNEL_BASE)
        format_text(text, room, "%s %s", access_name(facts),
                    kernels_place(facts->address, facts->error));
    else if (is_jump(facts))
        text_copy(text,
                  "jump to a program's address: a function pointer or a return address is bad",
                  room);
    else
        format_text(text, room, "%s a program's address%s, which the kernel reaches by user_copy",
                    access_name(facts),
                    facts->error & FAULT_PRESENT ? "" : " where nothing is mapped");
}

static const char *target_name(const struct fault_facts *facts)
{
    switch (facts->target) {
    case FAULT_AT_CODE:
        return "the program's code, which is read-only";
    case FAULT_AT_CONSTANTS:
        return "a constant of the program, which is read-only";
    case FAULT_AT_INFO:
        return "a page of the kernel's that programs may only read";
    case FAULT_AT_RING0_STACK:
        return "the stack of a thread in ring 0, which ring 3 may not touch";
    case FAULT_AT_VARIABLES:
        return "memory of the program that is not for that";
    default:
        return facts->address >= KERNEL_BASE ? "the kernel's memory, which ring 3 may not touch"
                                             : "an address where nothing is mapped";
    }
}

static void explain_page_fault(const struct fault_facts *facts, char *text, size_t room)
{
    if (facts->address < PAGE_SIZE)
        explain_null(facts, text, room);
    else if (facts->kernel)
        explain_kernels_page(facts, text, room);
    else if (facts->target == FAULT_AT_GUARD)
        text_copy(text, "stack overflow: the stack has grown into its guard page", room);
    else
        format_text(text, room, "%s %s%s", access_name(facts), target_name(facts),
                    facts->target == FAULT_AT_NOTHING && facts->address < KERNEL_BASE
                        ? is_jump(facts) ? ": a function pointer or a return address is bad"
                                         : ": a bad pointer, or memory that was given back"
                        : "");
}

static void explain_protection(const struct fault_facts *facts, char *text, size_t room)
{
    if (facts->error & ERROR_IN_IDT)
        format_text(text, room, "INT %u, which %s", (unsigned)facts->error >> 3,
                    facts->kernel ? "has no gate" : "is not for ring 3");
    else if (facts->error)
        format_text(text, room, "use of the segment selector 0x%02x, which is no valid one here",
                    (unsigned)facts->error);
    else if (facts->kernel)
        text_copy(text, "a bad value for a control register, a port or a segment", room);
    else
        text_copy(text,
                  "an instruction that only ring 0 may execute, or a segment that is not there",
                  room);
}

static bool has_selector(uint32_t vector)
{
    return vector == VECTOR_INVALID_TSS || vector == VECTOR_NOT_PRESENT || vector == VECTOR_STACK;
}

static const char *vector_words(uint32_t vector)
{
    static const struct {
        uint32_t vector;
        const char *words;
    } known[] = {
        {0, "division by 0, or a quotient that does not fit into its register"},
        {1, "the trap flag or a debug register stopped it"},
        {2, "the hardware reports a failure of its own, or its NMI button was pressed"},
        {3, "an INT3 instruction, a breakpoint without a debugger"},
        {4, "INTO with the overflow flag set"},
        {5, "BOUND with an index out of its bounds"},
        {6, "the bytes are no instruction of this CPU: a jump into data, or UD2"},
        {7, "an x87 or SSE instruction, and nobody has the unit ready"},
        {8, "an exception while the CPU was delivering one: no stack to put it on"},
        {VECTOR_INVALID_TSS, "a task switch to a TSS that is not right"},
        {VECTOR_NOT_PRESENT, "a segment whose descriptor says that it is not present"},
        {VECTOR_STACK, "an address beyond the stack segment, or SS is bad"},
        {16, "an x87 computation failed, and its control word asks to be told"},
        {17, "a misaligned address with the alignment check on"},
        {18, "the CPU has found an error in itself"},
        {19, "an SSE computation failed, and MXCSR asks to be told"},
    };

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (known[i].vector == vector)
            return known[i].words;
    return vector >= VECTOR_EXCEPTIONS
               ? "an interrupt came, and here none may: STI or POPF has turned them on"
               : "an exception that this kernel knows nothing of";
}

void fault_explain(const struct fault_facts *facts, char *text, size_t room)
{
    if (facts->vector == VECTOR_PAGE_FAULT)
        explain_page_fault(facts, text, room);
    else if (facts->vector == VECTOR_PROTECTION)
        explain_protection(facts, text, room);
    else if (has_selector(facts->vector) && facts->error)
        format_text(text, room, "selector 0x%02x: %s", (unsigned)facts->error,
                    vector_words(facts->vector));
    else
        text_copy(text, vector_words(facts->vector), room);
}
