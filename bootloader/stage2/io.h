/* Ports, the time stamp counter, and the data area of the BIOS. */
#ifndef IO_H
#define IO_H

#include <stdint.h>

static inline uint8_t in8(uint16_t port)
{
    uint8_t value;

    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

static inline void out8(uint16_t port, uint8_t value)
{
    __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

/* Only on a CPU that has one. */
static inline uint64_t tsc_read(void)
{
    uint64_t value;

    __asm__ volatile("rdtsc" : "=A"(value));
    return value;
}

/* BIOS data at this address. The compiler takes a low constant for a NULL plus offset, and warns.
 */
static inline const volatile void *bios_data(uintptr_t address)
{
    __asm__("" : "+r"(address));
    return (const volatile void *)address;
}

#endif
