/* The console: text to screen and serial port, keys from keyboard and serial port. kernel/console.
 */
#ifndef KERNEL_CONSOLE_H
#define KERNEL_CONSOLE_H

#include <abi/machine.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Sends the part of the loader's log that has not left yet, then takes text. */
void console_start(const char *unsent, size_t size);

/* To screen and serial port, from any context. Never waits: what the port's queue has no room for
 * is on the screen only, and later the port is told how much that was. */
void console_write(const char *text, size_t size);

/* As console_write, for whole lines of the log: they begin a line, and a prompt that waits for keys
 * is shown again below them. */
void console_log(const char *text, size_t size);

/* For a thread that is about to log: waits, a second at most, until the port's queue has room for a
 * line. Other threads may run. */
void console_wait_for_room(void);

/* As console_write, for a program's thread: while the serial port is behind, the thread sleeps
 * instead of keeping the processor. Other threads may run. A killed thread's text may be lost. */
void console_print(const char *text, size_t size);

/* To both by polling, needing nothing that may be broken; for panics. */
void console_write_panic(const char *text, size_t size);

#define CONSOLE_QUEUE                                                                              \
    16384 /* keys that wait for a reader: a pasted text is faster than who reads it */

/* Whom Ctrl-C goes to, in interrupt context; false: nobody wanted it, and it is read as the byte 3.
 */
void console_set_interrupt(bool (*interrupt)(void));

/* A byte from a key or the serial port; in interrupt context. '\r' becomes '\n'. A full queue
 * drops it and rings the terminal's bell. */
void console_key(char byte);

/* The same for a key of the PC's keyboard. Who sits there sees the end of the text again. */
void console_keyboard_key(char byte);

/* Shift-PgUp and Shift-PgDn at the PC's keyboard: a page of the screen, back or forth. */
void console_page(bool back);

/* How large the screen is, and whether the key that was read last came from the PC's keyboard. */
void console_look(struct machine_console *to);

/*
 * Waits for keys and stores up to `size` of them; returns how many, at least 1. ERR_TIMED_OUT,
 * ERR_CANCELLED, ERR_INVALID (size 0), ERR_NOT_ALLOWED: the current process may not read, or it has
 * lost that right while it waited. The first call that waits is milestone 90. Other threads may
 * run.
 */
int console_read(char *to, size_t size, uint32_t timeout_ms);

/* Somebody has lost the right to read: every reader that waits is asked again whether it may, and
 * until then no key is for it. From any context, in constant time. */
void console_ask_readers(void);

#endif
