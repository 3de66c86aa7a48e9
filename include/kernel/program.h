/* Program files: ELF32 executables [ELF]. kernel/core/process/program*.c */
#ifndef KERNEL_PROGRAM_H
#define KERNEL_PROGRAM_H

#include <kernel/files.h>
#include <kernel/memory.h>

#define PROGRAM_SEGMENTS_MAX 8
#define PROGRAM_END          0x40000000 /* programs end below: heap and stacks lie above */

struct program_segment {
    uint32_t start; /* address of the first byte; need not be at a page boundary */
    uint32_t memory_size;
    uint32_t file_offset;
    uint32_t file_size;
    uint32_t rights; /* ACCESS_... */
};

struct program {
    uint32_t entry;
    uint32_t rights; /* RIGHT_... that its note declares; 0 without one */
    uint32_t segment_count;
    struct program_segment segments[PROGRAM_SEGMENTS_MAX]; /* no two share a page */
};

/*
 * Checks every header of the file that loading will trust, and describes what to load. ERR_EMPTY,
 * ERR_NOT_ELF, ERR_TRUNCATED, ERR_BAD_SEGMENT, ERR_BAD_ENTRY.
 */
int program_check(const struct file *file, struct program *program);

/* Describes plain machine code of that size at PROGRAM_BASE. */
void program_from_code(struct program *program, uint32_t size);

/* How many pages the program's segments need of their own. */
uint32_t program_pages(const struct program *program);

/* Maps the segments into the loaded space. ERR_NO_MEMORY. */
int program_load(const struct file *file, const struct program *program, struct space *space);

/*
 * Finds the function that holds `address` in the program's symbol table and writes its name into
 * `name`, cut where it does not fit. Returns false where there is no such function or no usable
 * table.
 */
bool program_symbol(const struct file *file, uint32_t address, char *name, size_t room,
                    uint32_t *offset);

#endif
