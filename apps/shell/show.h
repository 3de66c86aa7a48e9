/* Commands that show the system: each prints what the kernel tells. `arguments` are not used. */
#ifndef SHELL_SHOW_H
#define SHELL_SHOW_H

#include <stdint.h>

void show_ps(char *arguments);
void show_memory(char *arguments);
void show_milestones(char *arguments);
void show_uptime(char *arguments);

/* Draws the address space of that process, or says that there is none. */
void show_space(int32_t pid);

#endif
