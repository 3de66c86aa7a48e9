#include "ports.h"

#include <assert.h>
#include <string.h>

#define DEVICES_MAX 8

unsigned ports_reads, ports_writes;
interrupt_handler ports_handlers[16];
bool ports_has_tsc;
uint64_t ports_tsc, ports_tsc_step;

static struct {
    uint16_t first, last;
    port_reader read;
    port_writer write;
} devices[DEVICES_MAX];
static unsigned device_count;

void ports_reset(void)
{
    device_count = 0;
    ports_reads = 0;
    ports_writes = 0;
    memset(ports_handlers, 0, sizeof ports_handlers);
    ports_has_tsc = false;
    ports_tsc = 0;
    ports_tsc_step = 0;
}

void ports_attach(uint16_t first, uint16_t last, port_reader read, port_writer write)
{
    assert(device_count < DEVICES_MAX);
    devices[device_count].first = first;
    devices[device_count].last = last;
    devices[device_count].read = read;
    devices[device_count++].write = write;
}

static uint32_t port_read(uint16_t port)
{
    ports_reads++;
    for (unsigned i = 0; i < device_count; i++)
        if (port >= devices[i].first && port <= devices[i].last && devices[i].read)
            return devices[i].read(port);
    return 0xFFFFFFFF;
}

static void port_write(uint16_t port, uint32_t value)
{
    ports_writes++;
    for (unsigned i = 0; i < device_count; i++)
        if (port >= devices[i].first && port <= devices[i].last && devices[i].write)
            devices[i].write(port, value);
}

uint8_t arch_port_read8(uint16_t port)
{
    return (uint8_t)port_read(port);
}

uint16_t arch_port_read16(uint16_t port)
{
    return (uint16_t)port_read(port);
}

uint32_t arch_port_read32(uint16_t port)
{
    return port_read(port);
}

void arch_port_write8(uint16_t port, uint8_t value)
{
    port_write(port, value);
}

void arch_port_write16(uint16_t port, uint16_t value)
{
    port_write(port, value);
}

void arch_port_write32(uint16_t port, uint32_t value)
{
    port_write(port, value);
}

void arch_interrupt_set(unsigned line, interrupt_handler handler)
{
    assert(line < 16);
    ports_handlers[line] = handler;
}

bool arch_has_tsc(void)
{
    return ports_has_tsc;
}

uint64_t arch_tsc_read(void)
{
    ports_tsc += ports_tsc_step;
    return ports_tsc;
}
