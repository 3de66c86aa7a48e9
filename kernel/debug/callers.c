/* Who called whom, for a panic: the kernel's own frames, and the program's behind them. */
#include "panic_private.h"

#include <abi/layout.h>

#define SCAN_MAX      128 /* dwords of a stack without frames */
#define GUESSES_MAX   8
#define FRAMELESS_MAX 16 /* dwords that a function without a frame may have on the stack */

/* The outermost return address of the kernel's own frames; 0: there is none. */
static uint32_t outermost;

/* What the stack told of a function that seemed to have no frame; 0: nothing. */
static uint32_t told;

static unsigned lines;      /* of callers, so far */
static unsigned more_calls; /* from the last line's place: a function that calls itself */

static void list_more_calls(void)
{
    if (more_calls != 0)
        panic_print("    and %u more calls from there\n", more_calls);
    more_calls = 0;
}

static void list_caller(uint32_t address)
{
    if (address == told) { /* the frame was there all the same */
        told = 0;
    } else if (address == outermost) {
        more_calls++;
    } else if (lines < BACKTRACE_MAX) {
        list_more_calls();
        panic_address(address, 1);
        if (++lines == BACKTRACE_MAX)
            panic_write("  ...\n");
    }
    outermost = address;
}

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
static void list_guesses(uint32_t esp, uint32_t high)
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
        list_caller(word);
    }
}

static bool is_call_before(uint32_t back, uint32_t function)
{
    uint32_t before = back - BACKTRACE_BEFORE;

    return arch_is_mapped(before) && arch_is_mapped(back - 1) && back >= KERNEL_BASE &&
           backtrace_is_call(address_to_pointer(before), back, function);
}

uint32_t callers_of_frameless(uint32_t eip, uint32_t esp)
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
static void list_kernel(uint32_t ebp, uint32_t esp)
{
    uint32_t low;
    uint32_t high;
    bool stands = stack_around(esp, &low, &high);

    if (!stands)
        panic_print("ESP 0x%08X is on no stack\n", (unsigned)esp);
    else if (ebp >= low && ebp < high)
        backtrace_walk(ebp, esp > low ? esp : low, high, list_caller);
    if (outermost == 0 && !(stands && ebp >= low && ebp < high) && stack_around(ebp, &low, &high))
        backtrace_walk(ebp, low, high, list_caller);
    if (outermost == 0 && stack_around(esp, &low, &high))
        list_guesses(esp, high);
    list_more_calls();
}

/* The heading comes with the first line: the kernel's own threads have no program. */
static void list_program_place(const struct program_frame *frame)
{
    static bool headed;

    if (!headed)
        panic_write("the program had called from:\n");
    headed = true;
    if (frame->name != NULL)
        panic_print("  0x%08X %s+0x%x%s%s\n", (unsigned)frame->address, frame->name,
                    (unsigned)frame->offset, frame->library != NULL ? " in " : "",
                    frame->library != NULL ? frame->library : "");
    else
        panic_print("  0x%08X\n", (unsigned)frame->address);
}

void callers_list(uint32_t frameless, uint32_t ebp, uint32_t esp)
{
    if (frameless != 0)
        list_caller(frameless);
    told = frameless;
    list_kernel(ebp, esp);
    if (outermost != 0 && debug_now.program_places != NULL)
        debug_now.program_places(outermost, list_program_place);
}
