/* What the files of kernel/debug share. */
#ifndef DEBUG_STATE_H
#define DEBUG_STATE_H

#include <kernel/debug.h>

/* What main.c has registered; members may be NULL. */
extern struct debug_handlers debug_now;

/* The kernel's build id, for panics; empty before milestones_start. */
extern char debug_build_id[];

/* Microseconds since time 0; 0 while nobody knows the time. */
uint64_t debug_microseconds(void);

/* Logs `[time] text`. */
void log_at(uint64_t microseconds, const char *text);

#endif
