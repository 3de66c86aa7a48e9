/* BIOS services from C. On the host the tests provide bios_call(). */
#ifndef BIOS_H
#define BIOS_H

#include <hw/x86.h>
#include <stdbool.h>

#include "real.h"

/*
 * Calls interrupt `vector` in real mode with these registers, and stores those that it returned.
 * Carry is set at the call, so that a service that the BIOS does not know reads as failed. A20 is
 * on again afterwards if it was before. Buffers have to lie below 1 MiB.
 */
void bios_call(uint8_t vector, struct bios_registers *registers);

/* From now on bios_call() restores A20 when a service switched it off. */
void bios_keep_a20(void);

static inline bool bios_failed(const struct bios_registers *registers)
{
    return registers->flags & EFLAGS_CF;
}

/* AH, DH, CL and the like: byte 1 or 0 of a register. */
static inline uint8_t high_byte(uint32_t value)
{
    return (uint8_t)(value >> 8);
}

static inline uint8_t low_byte(uint32_t value)
{
    return (uint8_t)value;
}

/* segment:offset of a buffer below 1 MiB, with an offset below 16. */
static inline uint16_t real_segment(const void *buffer)
{
    return (uint16_t)((uintptr_t)buffer >> 4);
}

static inline uint16_t real_offset(const void *buffer)
{
    return (uint16_t)((uintptr_t)buffer & 0xF);
}

#endif
