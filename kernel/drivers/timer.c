/* The timer: channel 0 of the 8254 interrupts TICK_HZ times a second [8254]. */
#include "clock.h"

#include <hw/pic.h>
#include <kernel/arch.h>

static void (*timer_handler)(uint64_t milliseconds);
static uint64_t timer_count;

static void timer_interrupt(void)
{
    timer_count++;
    if (clock_checking)
        clock_check();
    timer_handler(clock_tick());
}

void timer_start(const struct boot_info *info, void (*tick)(uint64_t milliseconds))
{
    clock_start(info);
    timer_handler = tick;
    arch_port_write8(PIT_COMMAND, PIT_RATE_GENERATOR0);
    arch_port_write8(PIT_CHANNEL0, PIT_RELOAD & 0xFF);
    arch_port_write8(PIT_CHANNEL0, PIT_RELOAD >> 8);
    clock_ticking();
    arch_interrupt_set(IRQ_TIMER, timer_interrupt);
}

uint64_t timer_ticks(void)
{
    return timer_count;
}
