/*
 * Division of 64-bit numbers on a 32-bit CPU. The compiler turns `/` and `%` on 64-bit values into
 * calls of __udivdi3 and its relatives, which usually come from libgcc; ours stand in lib/divide.c,
 * because the distribution's libgcc is built for a newer CPU than the 486.
 */
#ifndef LIB_DIVIDE_H
#define LIB_DIVIDE_H

#include <stdint.h>

/*
 * Divides by a 32-bit number in two DIV instructions. The divisor is not 0. The remainder is stored
 * where `remainder` is not NULL.
 */
uint64_t divide_by_32(uint64_t dividend, uint32_t divisor, uint32_t *remainder);

/*
 * Divides by a 64-bit number. A divisor of 0 raises the CPU's divide error, as `/` on 32 bits does.
 * The remainder is stored where `remainder` is not NULL.
 */
uint64_t divide_by_64(uint64_t dividend, uint64_t divisor, uint64_t *remainder);

#if defined(__i386__)
/* What the compiler calls for `/` and `%`; the names and contracts are libgcc's. */
uint64_t __udivdi3(uint64_t dividend, uint64_t divisor);
uint64_t __umoddi3(uint64_t dividend, uint64_t divisor);
uint64_t __udivmoddi4(uint64_t dividend, uint64_t divisor, uint64_t *remainder);
int64_t __divdi3(int64_t dividend, int64_t divisor);
int64_t __moddi3(int64_t dividend, int64_t divisor);
#endif

#endif
