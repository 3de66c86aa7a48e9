/*
 * How the driver reaches its chip. As a linked module it calls the kernel; as a process in ring 0
 * it uses the instructions itself.
 */
#ifndef PORTS_H
#define PORTS_H

#include <stdint.h>

#ifdef MEGHA_MODULE

#include <kernel/arch.h>
#include <kernel/sched.h>

/* Nothing comes between the two: the kernel runs with interrupts off. */
static inline uint8_t ports_read_indexed(uint16_t index_port, uint16_t data_port, uint8_t index)
{
    arch_port_write8(index_port, index);
    return arch_port_read8(data_port);
}

/* Other threads may run. */
static inline void ports_preemption_point(void)
{
    sched_preemption_point();
}

#elif defined(__i386__)

/* With interrupts off, so that nobody else chooses another register in between. */
static inline uint8_t ports_read_indexed(uint16_t index_port, uint16_t data_port, uint8_t index)
{
    uint32_t flags;
    uint8_t value;

    __asm__ volatile("pushfl\n\tpopl %0\n\tcli" : "=r"(flags) : : "memory");
    __asm__ volatile("outb %0, %1" : : "a"(index), "Nd"(index_port));
    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(data_port));
    __asm__ volatile("pushl %0\n\tpopfl" : : "r"(flags) : "memory", "cc");
    return value;
}

static inline void ports_preemption_point(void)
{
}

#else /* unit tests play the chip */

uint8_t ports_read_indexed(uint16_t index_port, uint16_t data_port, uint8_t index);
void ports_preemption_point(void);

#endif

#endif
