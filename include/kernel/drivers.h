/*
 * The devices of the PC that Megha drives. kernel/drivers. Each reports upwards only through the
 * handler that main.c gives it; none waits without a bound.
 */
#ifndef KERNEL_DRIVERS_H
#define KERNEL_DRIVERS_H

#include <boot/info.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- Timer and clock: 8254 and, where the CPU has one, the time stamp counter -------------------
 */

#define TICK_HZ 1000

/* Begins to tell the time; touches no device. Before it the time is 0. */
void clock_start(const struct boot_info *info);

/* Programs the timer, and starts the clock where that has not been done; `tick` runs in interrupt
 * context with the clock's milliseconds. Ticks that were lost while interrupts were off are made up
 * by the clock, not by further calls. */
void timer_start(const struct boot_info *info, void (*tick)(uint64_t milliseconds));

/* Compares the time stamp counter with the CMOS clock for some seconds, where the clock goes by it.
 * Where the loader has mismeasured its rate by more than 0.4 %, corrects the clock, then tells
 * `corrected` both rates in kHz, in interrupt context; that can happen again, more exactly. */
void clock_check_start(void (*corrected)(uint32_t was, uint32_t khz));

/* Time since the loader's first stamp. Never goes back. */
uint64_t clock_microseconds(void);

/* How many timer interrupts came. Lost ones are missing: not a measure of time. */
uint64_t timer_ticks(void);

/* ---- Serial port COM1 ---------------------------------------------------------------------------
 */

/* 115200 8N1, FIFO where there is one. Returns false where there is no port; everything else then
 * costs nothing. `receive` runs in interrupt context. Until serial_interrupts, output is pushed
 * without waiting. */
bool serial_start(void);
void serial_interrupts(void (*receive)(char byte));

/* Called each timer tick: a port that would interrupt without end may do so again. */
void serial_tick(void);

/* Queues text for the port, from any context; never waits. What the queue has no room for is
 * dropped and counted. "\n" without a "\r" before it is sent as "\r\n". */
void serial_write(const char *text, size_t size);

/* Bytes that the queue takes ("\n" counts twice). All of it where there is no port, or none that
 * moves. */
uint32_t serial_room(void);

/* How many bytes have left the queue, as a running count. */
uint32_t serial_sent(void);

/* The caller has waited for room, and nothing has left: until something does, nobody waits. */
void serial_give_up(void);

/* Sends by polling, bounded, first what is queued; for panics. */
void serial_write_now(const char *text, size_t size);

/* Waits, bounded, until everything queued has left; before power-off. */
void serial_drain(void);

/* Bytes of text that were dropped since the boot. */
uint32_t serial_dropped(void);

/* ---- PS/2 keyboard ------------------------------------------------------------------------------
 */

/* `key` gets bytes in interrupt context: characters of the US layout, '\n', '\b', Ctrl-A..Z
 * as 1..26, Escape, and ANSI sequences for arrows, Home, End, Delete. `page` hears of Shift-PgUp
 * (back) and Shift-PgDn, in interrupt context too. A missing controller is no error: returns
 * false. */
bool keyboard_start(void (*key)(char byte), void (*page)(bool back));

/* ---- VGA text screen ----------------------------------------------------------------------------
 */

/* Takes over the loader's screen with its text and cursor. */
void screen_start(uint32_t row, uint32_t column);

/* Prints; knows \n \r \b \t, and ESC [ sequences K J H m (colours ignored) A B C D; scrolls and
 * moves the cursor. Other control characters and sequences print nothing. */
void screen_write(const char *text, size_t size);

/* Shows what has left the screen at its top: so many rows further back, or forth where negative; 0
 * shows the end again, as every screen_write does. Some hundred rows are kept. */
void screen_scroll(int32_t rows);

/* The attribute of what is written from now on (hw/vga.h). Forgets an unfinished sequence. */
void screen_colour(uint8_t attribute);

/* ---- Power --------------------------------------------------------------------------------------
 */

/* Switches the machine off, where it is known how (QEMU, Bochs); otherwise says that it can be
 * switched off now and halts. */
void power_off(void) __attribute__((noreturn));
void power_restart(void) __attribute__((noreturn));

#endif
