/* Commands that show the system: each prints what the kernel tells. `arguments` are not used,
 * unless something else is said. */
#ifndef SHELL_SHOW_H
#define SHELL_SHOW_H

#include <stdint.h>

void show_ps(char *arguments);
void show_memory(char *arguments);
void show_milestones(char *arguments);
void show_uptime(char *arguments);

void show_gdt(char *arguments);
void show_idt(char *arguments);
void show_tss(char *arguments);
void show_memmap(char *arguments);
void show_stacks(char *arguments);

/* The last fault of a program. */
void show_fault(char *arguments);

/* The arguments are an address and perhaps a pid; without them, all that is mapped. */
void show_pages(char *arguments);

/* Draws the address space of that process, or says that there is none. */
void show_space(int32_t pid);

#endif
