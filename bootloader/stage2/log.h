/*
 * What the loader says: on the screen at once, into boot_info's log, and from there to COM1 as fast
 * as the port takes it without waiting. The kernel sends what is left.
 */
#ifndef LOG_H
#define LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* `[seconds.micros] loader: text`. */
void log_line(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same, only when boot.cfg says verbose. */
void log_verbose(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_set_verbose(bool verbose);

/* The same with `warning: ` before the text; counted in boot_info. The boot goes on. */
void log_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* `[seconds.micros] milestone NN name` for each stamp in boot_info that was not logged yet. */
void log_milestones(void);

/* Writes text as it stands, in this VGA attribute. */
void log_text(const char *text, size_t size, uint8_t attribute);

/* Gives the serial port something to do; called between pieces of work. */
void log_pump(void);

/* Sends all that is left, as long as the port moves. */
void log_flush(void);

#endif
