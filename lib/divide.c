/* 64-bit division for a 32-bit CPU (lib/divide.h). */
#include <lib/divide.h>
#include <stddef.h>

/* DIV: EDX:EAX by a dword. The caller sees to it that high < divisor, so that the quotient fits. */
static uint32_t divide_pair(uint32_t high, uint32_t low, uint32_t divisor, uint32_t *remainder)
{
    uint32_t quotient;

    __asm__("divl %4"
            : "=a"(quotient), "=d"(*remainder)
            : "a"(low), "d"(high), "rm"(divisor)
            : "cc");
    return quotient;
}

uint64_t divide_by_32(uint64_t dividend, uint32_t divisor, uint32_t *remainder)
{
    uint32_t rest;
    uint32_t high = divide_pair(0, (uint32_t)(dividend >> 32), divisor, &rest);
    uint32_t low = divide_pair(rest, (uint32_t)dividend, divisor, &rest);

    if (remainder)
        *remainder = rest;
    return (uint64_t)high << 32 | low;
}

/*
 * Schoolbook division in base 2. Only divisors above 32 bits come here: the quotient has at most 32
 * bits, 32 rounds do, and the rest, which begins with 32 bits, never outgrows its 64.
 */
static uint64_t divide_long(uint64_t dividend, uint64_t divisor, uint64_t *remainder)
{
    uint64_t rest = dividend >> 32;
    uint32_t quotient = 0;

    for (int bit = 31; bit >= 0; bit--) {
        rest = rest << 1 | (dividend >> bit & 1);
        quotient <<= 1;
        if (rest >= divisor) {
            rest -= divisor;
            quotient |= 1;
        }
    }
    *remainder = rest;
    return quotient;
}

uint64_t divide_by_64(uint64_t dividend, uint64_t divisor, uint64_t *remainder)
{
    uint64_t quotient, rest;

    if (divisor >> 32) {
        quotient = divide_long(dividend, divisor, &rest);
    } else {
        uint32_t short_rest;

        quotient = divide_by_32(dividend, (uint32_t)divisor, &short_rest);
        rest = short_rest;
    }
    if (remainder)
        *remainder = rest;
    return quotient;
}

#if defined(__i386__)

uint64_t __udivdi3(uint64_t dividend, uint64_t divisor)
{
    return divide_by_64(dividend, divisor, NULL);
}

uint64_t __umoddi3(uint64_t dividend, uint64_t divisor)
{
    uint64_t remainder;

    divide_by_64(dividend, divisor, &remainder);
    return remainder;
}

uint64_t __udivmoddi4(uint64_t dividend, uint64_t divisor, uint64_t *remainder)
{
    return divide_by_64(dividend, divisor, remainder);
}

static uint64_t magnitude(int64_t value)
{
    return value < 0 ? -(uint64_t)value : (uint64_t)value;
}

int64_t __divdi3(int64_t dividend, int64_t divisor)
{
    uint64_t quotient = divide_by_64(magnitude(dividend), magnitude(divisor), NULL);

    return (int64_t)((dividend < 0) != (divisor < 0) ? -quotient : quotient);
}

int64_t __moddi3(int64_t dividend, int64_t divisor)
{
    uint64_t remainder;

    divide_by_64(magnitude(dividend), magnitude(divisor), &remainder);
    return (int64_t)(dividend < 0 ? -remainder : remainder);
}

#endif
