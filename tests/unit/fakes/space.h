/* One address space on the machine of fakes/arch.h, for tests. */
#ifndef FAKES_SPACE_H
#define FAKES_SPACE_H

#include "arch.h"

#include <kernel/memory.h>

#define MIB 0x100000ull

enum { READ_ONLY = ACCESS_READ, WRITABLE = ACCESS_READ | ACCESS_WRITE };

extern struct space space;

/* Starts a machine with so much RAM, and loads an empty space. */
void space_start(uint64_t ram);

/* Ends the space. Fails the test where not everything comes back, up to `free_before` free frames.
 */
void space_finish(uint32_t free_before);

/* Adds a writable region for ring 3. */
int space_put(uint32_t at, uint32_t pages, uint32_t guard_pages, enum region_kind kind);

/* The word at an address of the loaded space, as the CPU finds it. */
uint32_t *space_word(uint32_t address);

#endif
