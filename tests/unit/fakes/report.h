/* A kernel for a panic to report about (report.c). */
#ifndef REPORT_H
#define REPORT_H

#include <setjmp.h>
#include <stdbool.h>
#include <stdint.h>

#include <abi/layout.h>
#include <kernel/debug.h>

/* A page of stack at STACK; nothing else may be read: `outside` counts. */
#define STACK 0xF4002000u
extern uint32_t stack[PAGE_SIZE / 4];
extern unsigned outside;

/* The end of the machine jumps there; what the panic has written. */
extern jmp_buf stopped;
extern char written[8192];

/* What log_copy gives. */
extern const char *report_log;

/* A setup of cmocka: an empty stack, nothing written. */
int report_prepare(void **state);

/* Puts what EBP points to onto the stack. */
void frame_at(uint32_t address, uint32_t caller, uint32_t back);

/* The frame's place on the stack, where an exception found a function two calls deep. */
#define FRAME (STACK + 0x100)
const struct trap_frame *make_frame(void);

#endif
