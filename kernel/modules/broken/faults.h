/* What the files of this module share. */
#ifndef BROKEN_FAULTS_H
#define BROKEN_FAULTS_H

#include <stdint.h>

#define FAULT(name, sentence) int32_t name(void);
#include "faults.def"
#undef FAULT

/* An address that the compiler knows nothing about, so that it does not see the fault coming. */
static inline void *opaque(uint32_t address)
{
    __asm__ volatile("" : "+r"(address));
    return (void *)address;
}

#endif
