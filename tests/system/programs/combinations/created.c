#include "created.h"

enum wrong {
    WRONG_RING = 1,
    WRONG_SELECTOR,
    WRONG_ESP,
    WRONG_EBP,
    WRONG_REGISTER,
    WRONG_STACK,
    WRONG_SPACE,
    WRONG_CALL,
    WRONG_BLOCKING,
    WRONG_INFORMATION
};

volatile uint32_t mark = MARK_NEW;

extern const char _start[]; /* of the runtime: its first instruction calls */

const char *wrong_words(int number)
{
    static const char *const words[] = {
        [WRONG_RING] = "the ring",
        [WRONG_SELECTOR] = "a selector",
        [WRONG_ESP] = "ESP at the first instruction",
        [WRONG_EBP] = "EBP at the first instruction",
        [WRONG_REGISTER] = "EAX at the first instruction",
        [WRONG_STACK] = "the stack's address",
        [WRONG_SPACE] = "the address space",
        [WRONG_CALL] = "a system call",
        [WRONG_BLOCKING] = "blocking",
        [WRONG_INFORMATION] = "the process information page",
    };
    return number > 0 && number <= WRONG_INFORMATION ? words[number] : "its end";
}

static uint32_t read_cr3(void)
{
    uint32_t cr3;
    __asm__ volatile("mov %%cr3, %0" : "=r"(cr3));
    return cr3;
}

static int tell_cr3(void *cr3)
{
    *(volatile uint32_t *)cr3 = read_cr3();
    return 0;
}

uint32_t own_cr3(void)
{
    volatile uint32_t cr3 = 0;
    int32_t status;
    int thread = thread_start(tell_cr3, (void *)(uintptr_t)&cr3, STACK_SIZE, MODE_KERNEL);
    return thread > 0 && thread_join(thread, &status, WAIT_FOREVER) == 0 ? cr3 : 0;
}

static uint32_t ring_of(uint32_t mode)
{
    return mode == MODE_KERNEL ? 0 : 3;
}

static bool is_of_ring(uint32_t selector, uint32_t mode)
{
    return (selector & 0xFFFF) > 3 && (selector & 3) == ring_of(mode);
}

/* The kernel serves it, and it wakes from sleep where it was. */
static int use_kernel(uint32_t mode)
{
    if (null() != 0)
        return WRONG_CALL;
    if (thread_sleep(2) != 0)
        return WRONG_BLOCKING;
    return ring_now() == ring_of(mode) ? STATUS : WRONG_RING;
}

/* ESP at the first instruction is the top of a stack that was mapped for this thread alone. */
static bool is_dynamic_stack(uint32_t esp)
{
    struct region_status region;
    if (region_next(process_self()->pid, esp - 4, &region) < 0)
        return false;
    return region.kind == REGION_STACK && region.end == esp && region.guard > 0 &&
           region.end - region.start == STACK_SIZE && esp != PROCESS_STACK_VA_START;
}

int created_thread(struct first *first)
{
    if (ring_now() != ring_of(first->mode))
        return WRONG_RING;
    if (!is_of_ring(first->cs, first->mode) || !is_of_ring(first->ss, first->mode))
        return WRONG_SELECTOR;
    if (first->esp % 16 != 0)
        return WRONG_ESP;
    if (first->ebp != 0)
        return WRONG_EBP;
    if (first->eax != FIRST_EAX)
        return WRONG_REGISTER;
    if (!is_dynamic_stack(first->esp))
        return WRONG_STACK;
    if (mark != MARK_SHARED)
        return WRONG_SPACE;
    if (first->mode == MODE_KERNEL)
        first->cr3 = read_cr3();
    return use_kernel(first->mode);
}

/*
 * The runtime's first instruction pushed its return address, and the function it calls pushed EBP
 * as it was then: both still stand at the top of the stack.
 */
static int check_first_stack(void)
{
    const volatile uint32_t *top = (const volatile uint32_t *)PROCESS_STACK_VA_START;
    uint32_t start = (uint32_t)_start;
    if (top[-1] <= start || top[-1] > start + 16)
        return WRONG_ESP;
    if (top[-2] != 0)
        return WRONG_EBP;
    uint32_t here = (uint32_t)__builtin_frame_address(0);
    return here < PROCESS_STACK_VA_START && here > PROCESS_STACK_VA_START - PROCESS_STACK_SIZE
               ? STATUS
               : WRONG_STACK;
}

int created_process(uint32_t mode)
{
    uint32_t cs, ss;
    __asm__ volatile("mov %%cs, %0" : "=r"(cs));
    __asm__ volatile("mov %%ss, %0" : "=r"(ss));
    if (ring_now() != ring_of(mode))
        return WRONG_RING;
    if (!is_of_ring(cs, mode) || !is_of_ring(ss, mode))
        return WRONG_SELECTOR;
    if (check_first_stack() != STATUS)
        return check_first_stack();
    if (mark != MARK_NEW)
        return WRONG_SPACE;
    if (process_self()->mode != mode)
        return WRONG_INFORMATION;
    if (mode == MODE_KERNEL && event_send(process_self()->parent, read_cr3()) != 0)
        return WRONG_CALL;
    return use_kernel(mode);
}
