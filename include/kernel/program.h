/* Program files: ELF32 executables [ELF]. kernel/core/process/program*.c */
#ifndef KERNEL_PROGRAM_H
#define KERNEL_PROGRAM_H

#include <kernel/files.h>
#include <kernel/memory.h>

#define PROGRAM_HEADERS_MAX  64 /* program headers of any type */
#define NOTES_MAX            16 /* looked at in one segment */
#define PROGRAM_SEGMENTS_MAX 8
#define PROGRAM_END          0x40000000 /* programs end below: heap and stacks lie above */

struct program_segment {
    uint32_t start; /* address of the first byte; need not be at a page boundary */
    uint32_t memory_size;
    uint32_t file_offset;
    uint32_t file_size;
    uint32_t rights; /* ACCESS_... */
};

/* Relocations in the file, side by side. */
struct relocation_table {
    uint32_t offset; /* in the file */
    uint32_t count;
};

/* Where a position-independent file's tables lie; offsets into the file. */
struct dynamic {
    uint32_t names, names_size;
    uint32_t symbols, symbol_count;
    uint32_t buckets, bucket_count; /* of the hash table; behind them a word for each symbol */
    struct relocation_table relocations[2];
    bool needs_library;
};

struct program {
    uint32_t entry;  /* as in the file: the base is not added */
    uint32_t rights; /* RIGHT_... that its note declares; 0 without one */
    bool movable;    /* position-independent; `dynamic` is only then in use */
    uint32_t base;   /* added to every address in the file; 0 where it is linked for one place */
    uint32_t library_base;  /* the same for the program library; 0 without it */
    struct dynamic dynamic; /* the tables */
    uint32_t segment_count;
    struct program_segment segments[PROGRAM_SEGMENTS_MAX]; /* no two share a page */
};

/*
 * Checks the program library among the boot files, once, before the first program_check. Returns 0
 * where programs can use it; ERR_NOT_FOUND where there is none, or what is wrong with its file.
 * Other threads may run.
 */
int library_start(void);

/* How many pages of its own each process needs for the library. */
uint32_t library_pages(void);

/*
 * Checks everything in the file that loading will trust, relocations and the names that it imports
 * included, and describes what to load. ERR_EMPTY, ERR_NOT_ELF, ERR_FOREIGN_LOADER, ERR_TRUNCATED,
 * ERR_BAD_SEGMENT, ERR_BAD_ENTRY, ERR_BAD_DYNAMIC, ERR_BAD_RELOCATION, ERR_NO_LIBRARY,
 * ERR_UNDEFINED_SYMBOL; a line on the console names the library or symbol that is missing. Other
 * threads may run.
 */
int program_check(const struct file *file, struct program *program);

/* The part of program_check that needs the library: what a position-independent program imports and
 * where it is relocated. Other threads may run. */
int program_bind_check(const struct file *file, const struct program *program);

/* Describes plain machine code of that size at PROGRAM_BASE. */
void program_from_code(struct program *program, uint32_t size);

/* How many pages of its own a process with this program needs, those for the library included. */
uint32_t program_pages(const struct program *program);

/* Decides where a position-independent program and its library will lie; any number will do. Others
 * stay where they are linked. */
void program_choose_base(struct program *program, uint32_t number);

/* Maps program and library into the loaded space, relocates and binds them. Other threads may run.
 * ERR_NO_MEMORY. */
int program_load(const struct file *file, const struct program *program, struct space *space);

/*
 * Finds the function that holds `address` in the file's symbol table and writes its name into
 * `name`, cut where it does not fit. `address` is as in the file. It has to lie in code: a symbol
 * without a size seems to reach for ever. Returns false where there is no such function or no
 * usable table. Other threads may run, but not in a panic.
 */
bool program_symbol(const struct file *file, uint32_t address, char *name, size_t room,
                    uint32_t *offset);

#define FUNCTION_NAME_MAX 56

struct function_place {
    char name[FUNCTION_NAME_MAX];
    uint32_t offset;     /* of the address in the function */
    const char *library; /* name of the library that the function belongs to; NULL: the program */
};

/* program_symbol for an address of a process that runs the program, in the library too. Other
 * threads may run, but not in a panic. */
bool program_function(const struct file *file, const struct program *program, uint32_t address,
                      struct function_place *place);

#endif
