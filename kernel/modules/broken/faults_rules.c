/* What the CPU would let happen, and the kernel's own rules do not. */
#include "faults.h"

#include <abi/errors.h>
#include <abi/types.h>
#include <kernel/debug.h>
#include <kernel/memory.h>
#include <kernel/sched.h>

#define SOON_MS  1
#define LATER_MS 1000
#define TURNS    20000000u /* many times what fits between two ticks of the clock */

static struct timeout alarm;

/* Lets `fire` be called by the clock's interrupt, and waits for the panic. */
static int32_t in_interrupt(void (*fire)(struct timeout *timeout))
{
    timeout_init(&alarm, fire);
    timeout_start(&alarm, PRIORITY_HIGHEST, SOON_MS);
    return sched_block(NULL, LATER_MS);
}

static void wait_at_the_tick(struct timeout *timeout)
{
    (void)timeout;
    (void)sched_block(NULL, SOON_MS);
    panic("an interrupt handler has waited");
}

int32_t broken_wait_in_interrupt(void)
{
    return in_interrupt(wait_at_the_tick);
}

static void long_work_at_the_tick(struct timeout *timeout)
{
    (void)timeout;
    for (uint32_t piece = 0; piece < 2; piece++)
        sched_preemption_point();
}

int32_t broken_point_in_interrupt(void)
{
    return in_interrupt(long_work_at_the_tick);
}

int32_t broken_wait_with_window(void)
{
    phys frame = frame_take_low(FRAME_HEAP);
    void *page;
    int error;

    if (!frame)
        return ERR_NO_MEMORY;
    page = window_open(frame);
    error = sched_block(NULL, SOON_MS);
    window_close(page);
    frame_give(frame);
    return error == ERR_TIMED_OUT ? 0 : error;
}

int32_t broken_interrupts_on(void)
{
    __asm__ volatile("sti");
    for (volatile uint32_t turn = 0; turn < TURNS; turn++)
        ;
    __asm__ volatile("cli");
    return 0;
}

static void return_at_once(void)
{
}

int32_t broken_thread_returns(void)
{
    static struct thread thread;
    int error = sched_prepare(&thread, MODE_USER, return_at_once);

    if (error < 0)
        return error;
    sched_ready(&thread);
    return sched_block(NULL, LATER_MS);
}

int32_t broken_panic_twice(void)
{
    panic("the name is %s", (const char *)opaque(0x00000BAD));
}

/* The third fault in a row, since neither of two can be delivered. */
int32_t broken_no_table(void)
{
    static const uint8_t empty[6]; /* limit and address, both 0 */

    __asm__ volatile("lidt %0\n\tint3" : : "m"(empty));
    return 0;
}

int32_t broken_hang(void)
{
    __asm__ volatile("cli");
    for (;;)
        ;
}
