/*
 * The checked kernel: the same sources, built once more for the tests with MEGHA_CHECKED defined.
 * It looks for mistakes of the kernel's own that the plain kernel would pay too much to look for:
 * freed memory is filled with a pattern and kept back for a while (kernel/core/memory/poison.c),
 * and two threads can be made to meet at a preemption point (kernel/core/sched/meeting.c).
 * `bootinfo` tells which kernel runs.
 *
 * KERNEL_CHECKED is a constant: what stands behind a test of it costs the plain kernel nothing.
 */
#ifndef KERNEL_CHECKED_H
#define KERNEL_CHECKED_H

#include <stdbool.h>

#ifdef MEGHA_CHECKED
#define KERNEL_CHECKED true
#else
#define KERNEL_CHECKED false
#endif

#endif
