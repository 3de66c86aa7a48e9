/*
 * The CPU as drivers see it: ports, interrupt lines, the time stamp counter. A test attaches
 * functions to the ports of the device it plays; every other port reads as all ones.
 */
#ifndef FAKES_PORTS_H
#define FAKES_PORTS_H

#include <kernel/arch.h>

typedef uint32_t (*port_reader)(uint16_t port);
typedef void (*port_writer)(uint16_t port, uint32_t value);

/* Forgets devices, handlers and counts. */
void ports_reset(void);

/* Ports `first` to `last` are a device. */
void ports_attach(uint16_t first, uint16_t last, port_reader read, port_writer write);

/* Accesses since ports_reset. */
extern unsigned ports_reads, ports_writes;

/* What a driver has set for an interrupt line, or NULL. */
extern interrupt_handler ports_handlers[16];

/* The time stamp counter; `ports_tsc_step` is added at every read. */
extern bool ports_has_tsc;
extern uint64_t ports_tsc, ports_tsc_step;

#endif
