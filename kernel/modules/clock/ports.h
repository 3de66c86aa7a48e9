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

/* Lets others run. */
static inline void ports_breathe(void)
{
    sched_breathe();
}

#else

/* With interrupts off, so that nobody else chooses another register in between. */
static inline uint8_t ports_read_indexed(uint16_t index_port, uint16_t data_port, uint8_t index)
{
    uint8_t value;

    __asm__ volatile("pushfl\n\tcli\n\toutb %1, %2\n\tmovw %3, %%dx\n\tinb %%dx, %0\n\tpopfl"
                     : "=&a"(value), "+a"(index), "+d"(index_port)
                     : "r"(data_port)
                     : "memory");
    return value;
}

static inline void ports_breathe(void)
{
}

#endif

#endif
