/*
 * The console's input: keys wait in a queue until a thread reads them. A key wakes one reader.
 * Since the woken one may have been killed, or may have lost the console, before it runs, it is
 * asked again behind its wait, and hands the wake-up on if it must not have the key.
 */
#include "input.h"

#include <abi/errors.h>
#include <hw/vga.h>
#include <kernel/console.h>
#include <kernel/debug.h>
#include <kernel/drivers.h>
#include <kernel/process.h>
#include <kernel/sched.h>
#include <lib/divide.h>

#define QUEUE_SIZE CONSOLE_QUEUE
#define CTRL_C     3
#define PAGE_ROWS  (VGA_ROWS - 1) /* one row of the page before stays */

_Static_assert((QUEUE_SIZE & (QUEUE_SIZE - 1)) == 0, "the running counts wrap at a power of two");

static char queue[QUEUE_SIZE];
static uint32_t queue_put, queue_got; /* running counts; their difference is what waits */
static struct wait_queue readers;     /* keys wake these */
static struct wait_queue asked_anew;  /* no key wakes these; the work below does */
static struct work ask_readers;
static uint32_t losses; /* of the right to read: how often somebody may have lost it */
static bool shell_was_reached;
static uint32_t waiting; /* threads */

/* Where keys come from: a bit for each in the queue, 1 for the PC's keyboard. */
static uint8_t typed_here[QUEUE_SIZE / 8];
static bool typing_here; /* while console_keyboard_key passes one on */
static bool read_here;   /* of the key that was read last */
static bool (*interrupt)(void);

/* One reader a piece: who may still read goes back to the readers. */
static void ask_one(struct work *work)
{
    if (!sched_wake_one(&asked_anew, 0))
        work_stop(work);
}

void input_start(void)
{
    queue_put = 0;
    queue_got = 0;
    waiting = 0;
    wait_queue_init(&readers);
    wait_queue_init(&asked_anew);
    work_init(&ask_readers, ask_one);
}

void console_set_interrupt(bool (*handler)(void))
{
    interrupt = handler;
}

static void note_source(uint32_t count)
{
    uint8_t *bits = &typed_here[count % QUEUE_SIZE / 8];
    uint8_t bit = (uint8_t)(1u << count % 8);

    *bits = (uint8_t)(typing_here ? *bits | bit : *bits & ~bit);
}

static bool came_from_here(uint32_t count)
{
    return typed_here[count % QUEUE_SIZE / 8] >> count % 8 & 1;
}

void console_keyboard_key(char byte)
{
    screen_scroll(0);
    typing_here = true;
    console_key(byte);
    typing_here = false;
}

void console_page(bool back)
{
    screen_scroll(back ? PAGE_ROWS : -PAGE_ROWS);
}

void console_look(struct machine_console *to)
{
    *to = (struct machine_console){VGA_ROWS, VGA_COLUMNS, read_here};
}

void console_key(char byte)
{
    if (byte == CTRL_C && interrupt && interrupt())
        return;
    if (queue_put - queue_got == QUEUE_SIZE) {
        serial_write("\a", 1);
        return;
    }
    note_source(queue_put);
    queue[queue_put++ % QUEUE_SIZE] = byte == '\r' ? '\n' : byte;
    (void)sched_wake_one(&readers, 0);
}

void console_ask_readers(void)
{
    losses++;
    if (link_alone(&readers.waiters))
        return;
    wait_queue_move(&readers, &asked_anew);
    work_start(&ask_readers);
}

bool input_is_waited_for(void)
{
    return waiting != 0;
}

__attribute__((noinline)) void milestone_90_shell(void)
{
    milestone_reached(90);
}

/* Waits once, at most until `deadline_us` where the time-out is not WAIT_FOREVER. */
static int input_wait(uint32_t timeout_ms, uint64_t deadline_us)
{
    int result;

    if (timeout_ms != WAIT_FOREVER) {
        uint64_t now = clock_microseconds();

        if (now >= deadline_us)
            return ERR_TIMED_OUT;
        /* Rounded up: a wait that is too short by a part of a millisecond would only be repeated.
         */
        timeout_ms = (uint32_t)divide_by_32(deadline_us - now + 999, 1000, NULL);
    }
    waiting++;
    if (!shell_was_reached) {
        shell_was_reached = true;
        milestone_90_shell();
    }
    result = sched_block(&readers, timeout_ms);
    waiting--;
    return result;
}

static int input_allowed(void)
{
    return process_may_read_console() ? 0 : ERR_NOT_ALLOWED;
}

/* Waits until there is a key for the current thread. Woken, another reader may have been faster,
 * and this one may have been killed or have lost the right to read. */
static int input_await(uint32_t timeout_ms)
{
    uint64_t deadline_us = clock_microseconds() + (uint64_t)timeout_ms * 1000;
    int error = input_allowed();

    while (error == 0 && queue_put == queue_got) {
        uint32_t losses_before = losses;

        error = input_wait(timeout_ms, deadline_us);
        if (error == 0 && losses != losses_before)
            error = input_allowed();
    }
    return sched_current()->killed ? ERR_CANCELLED : error;
}

int console_read(char *to, size_t size, uint32_t timeout_ms)
{
    size_t count = 0;
    int error = size == 0 ? ERR_INVALID : input_await(timeout_ms);

    if (error < 0) {
        if (queue_put != queue_got)
            (void)sched_wake_one(&readers, 0);
        return error;
    }
    while (count < size && queue_put != queue_got)
        to[count++] = queue[queue_got++ % QUEUE_SIZE];
    read_here = came_from_here(queue_got - 1);
    return (int)count;
}
