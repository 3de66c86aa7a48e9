/*
 * Bare handlers that do the least an entry of a kernel can do: keep the registers, look at a
 * number, call through a table; for a switch also leave the stack and load CR3; for a page also
 * zero it. They are measured by the same counter in the same run, so that each row stands beside
 * its floor.
 *
 * A thread in ring 0 puts a gate for them into the interrupt descriptor table, at a vector that the
 * kernel does not use [SDM3 6.11]. They run in ring 0 from this program's pages, and only while
 * their rows are measured.
 */
#include "bench.h"

#include <megha.h>
#include <stddef.h>

#define BARE_VECTOR          0x7F /* as operations.asm calls it */
#define GATE_INTERRUPT_RING0 0x8E00u

struct table_register {
    uint16_t limit;
    uint32_t base;
} __attribute__((packed));

static uint64_t kernels_gate;

static uint64_t *gate_in_table(void)
{
    struct table_register idt;

    __asm__ volatile("sidt %0" : "=m"(idt));
    if (idt.limit < BARE_VECTOR * sizeof(uint64_t) + sizeof(uint64_t) - 1)
        return NULL;
    return (uint64_t *)idt.base + BARE_VECTOR;
}

const char *floors_prepare(void)
{
    uint64_t *gate = gate_in_table();
    uint32_t handler = (uint32_t)bare_handler;
    uint32_t selector;

    if (gate == NULL)
        return "the interrupt descriptor table is too short";
    __asm__("mov %%cs, %0" : "=r"(selector));
    kernels_gate = *gate;
    *gate = (uint64_t)((handler & 0xFFFF0000u) | GATE_INTERRUPT_RING0) << 32 |
            (selector & 0xFFFFu) << 16 | (handler & 0xFFFFu);
    return NULL;
}

void floors_finish(void)
{
    *gate_in_table() = kernels_gate;
}
