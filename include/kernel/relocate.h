/*
 * The arithmetic of one relocation [SYSV386]: what goes into a word so that code runs where it
 * lies. The loader of programs and that of kernel modules share it. kernel/core/relocate.c; knows
 * no file and no memory.
 */
#ifndef KERNEL_RELOCATE_H
#define KERNEL_RELOCATE_H

#include <stdbool.h>
#include <stdint.h>

/* What compilers and linkers write into plain C's object files, programs and libraries. */
enum relocation_type {
    RELOCATION_NONE = 0,
    RELOCATION_32 = 1,        /* R_386_32: an address */
    RELOCATION_PC32 = 2,      /* R_386_PC32: a distance, of calls and jumps */
    RELOCATION_GOT32 = 3,     /* R_386_GOT32: by a table of addresses; refused, as the next three */
    RELOCATION_PLT32 = 4,     /* R_386_PLT32: the same, of a function */
    RELOCATION_COPY = 5,      /* R_386_COPY: a library's variable; refused */
    RELOCATION_GLOB_DAT = 6,  /* R_386_GLOB_DAT: an entry of the table of addresses */
    RELOCATION_JUMP_SLOT = 7, /* R_386_JMP_SLOT: the same, for calls */
    RELOCATION_RELATIVE = 8,  /* R_386_RELATIVE: an address that counts from 0 */
    RELOCATION_GOTOFF = 9,    /* R_386_GOTOFF */
    RELOCATION_GOTPC = 10,    /* R_386_GOTPC */
    RELOCATION_GOT32X = 43    /* R_386_GOT32X */
};

/* What one relocation is made of. Addresses are those that the code will run at. */
struct relocation {
    uint32_t type;   /* enum relocation_type, or anything */
    uint32_t place;  /* address of the word */
    uint32_t symbol; /* address of what it names; 0 without one */
    uint32_t base;   /* what is added to every address in the file */
    uint32_t addend; /* what stands in the word before */
};

/* True where that kind names a symbol, so that `symbol` has to be found. */
bool relocation_names(uint32_t type);

/* Stores the word's new value. ERR_BAD_RELOCATION where the kind is not one of those above, or is
 * RELOCATION_COPY. */
int relocation_apply(const struct relocation *relocation, uint32_t *value);

#endif
