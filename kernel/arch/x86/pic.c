/* The two interrupt controllers [8259A]. The second hangs on line 2 of the first. */
#include "arch_private.h"

#include <hw/pic.h>

static interrupt_handler handlers[PIC_LINES];
static uint16_t masked = 0xFFFF & ~(1u << PIC_CASCADE);
static uint32_t spurious;

uint32_t arch_atomic;

static void write_masks(void)
{
    arch_port_write8(PIC1_DATA, (uint8_t)masked);
    arch_port_write8(PIC2_DATA, (uint8_t)(masked >> 8));
}

/* The four initialisation words, in the order that the controller wants. */
void pic_start(void)
{
    arch_port_write8(PIC1_COMMAND, PIC_ICW1);
    arch_port_write8(PIC2_COMMAND, PIC_ICW1);
    arch_port_write8(PIC1_DATA, PIC_VECTOR);
    arch_port_write8(PIC2_DATA, PIC_VECTOR + 8);
    arch_port_write8(PIC1_DATA, 1u << PIC_CASCADE);
    arch_port_write8(PIC2_DATA, PIC_CASCADE);
    arch_port_write8(PIC1_DATA, PIC_ICW4);
    arch_port_write8(PIC2_DATA, PIC_ICW4);
    write_masks();
}

void arch_interrupt_set(unsigned line, interrupt_handler handler)
{
    handlers[line] = handler;
    if (handler)
        masked = (uint16_t)(masked & ~(1u << line));
    else
        masked = (uint16_t)(masked | 1u << line);
    write_masks();
}

uint32_t arch_interrupts_spurious(void)
{
    return spurious;
}

static uint8_t in_service(uint16_t command_port)
{
    arch_port_write8(command_port, PIC_READ_ISR);
    return arch_port_read8(command_port);
}

/*
 * A line that fell again before the CPU asked is delivered as the controller's last line, without
 * being in service: it must not be acknowledged. From the second controller the first has seen a
 * real request on its cascade line, though.
 */
static bool is_spurious(unsigned line)
{
    if (line == PIC_SPURIOUS1)
        return !(in_service(PIC1_COMMAND) & 1u << PIC_SPURIOUS1);
    if (line == PIC_SPURIOUS2 && !(in_service(PIC2_COMMAND) & 1u << (PIC_SPURIOUS2 - 8))) {
        arch_port_write8(PIC1_COMMAND, PIC_EOI_LINE | PIC_CASCADE);
        return true;
    }
    return false;
}

/* Acknowledged before it is served: interrupts stay off until the return, so none can nest. */
void pic_serve(unsigned line)
{
    if (is_spurious(line)) {
        spurious++;
        return;
    }
    if (line >= 8) {
        arch_port_write8(PIC2_COMMAND, (uint8_t)(PIC_EOI_LINE | (line - 8)));
        arch_port_write8(PIC1_COMMAND, PIC_EOI_LINE | PIC_CASCADE);
    } else {
        arch_port_write8(PIC1_COMMAND, (uint8_t)(PIC_EOI_LINE | line));
    }
    if (!handlers[line])
        return;
    arch_atomic |= ATOMIC_INTERRUPT;
    handlers[line]();
    arch_atomic &= ~ATOMIC_INTERRUPT;
}

static void end_in_service(uint16_t command_port)
{
    uint8_t lines = in_service(command_port);

    for (unsigned line = 0; line < 8; line++)
        if (lines & 1u << line)
            arch_port_write8(command_port, (uint8_t)(PIC_EOI_LINE | line));
}

void pic_end_all(void)
{
    end_in_service(PIC2_COMMAND);
    end_in_service(PIC1_COMMAND);
}
