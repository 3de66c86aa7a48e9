/* The table of calls, and the two ways to make one. */
#include "fuzz.h"

const struct fuzz_call fuzz_calls[] = {
#include <fuzz.inc>
};

const uint32_t fuzz_call_count = sizeof(fuzz_calls) / sizeof(fuzz_calls[0]);

char fuzz_page[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
const char fuzz_path[] = "/apps/hostile_calls";

int32_t fuzz_by_interrupt(uint32_t number, const uint32_t *arguments)
{
    uint32_t result = number;
    uint32_t ecx = arguments[1], edx = arguments[2], esi = arguments[3];

    __asm__ volatile("int $0x80"
                     : "+a"(result), "+c"(ecx), "+d"(edx), "+S"(esi)
                     : "b"(arguments[0]), "D"(arguments[4])
                     : "memory", "cc");
    return (int32_t)result;
}

int32_t fuzz_by_stub(uint32_t number, const uint32_t *arguments)
{
    static const uint32_t stub = KERNEL_STUB_VA;
    uint32_t result = number;
    uint32_t ecx = arguments[1], edx = arguments[2], esi = arguments[3];

    __asm__ volatile("call *%[stub]"
                     : "+a"(result), "+c"(ecx), "+d"(edx), "+S"(esi)
                     : "b"(arguments[0]), "D"(arguments[4]), [stub] "m"(stub)
                     : "memory", "cc");
    return (int32_t)result;
}

uint32_t fuzz_random(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}
