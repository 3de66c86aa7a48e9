/*
 * Position-independent files: their tables, binding names to addresses, the program library.
 * Between program.c, dynamic.c, bind.c and library.c.
 */
#ifndef PROCESS_DYNAMIC_H
#define PROCESS_DYNAMIC_H

#include <kernel/elf.h>
#include <kernel/program.h>

#define SYMBOL_NAME_MAX 64 /* with its end; a longer name is found nowhere */

/* An ELF file at a place. */
struct image {
    const struct file *file;
    const struct program *program;
    uint32_t base; /* added to every address in the file */
};

/* ---- dynamic.c ---- */

/*
 * Reads the dynamic section, which lies at `segment` in the file, into program->dynamic; the
 * loadable segments are checked already. All tables lie in the file then. ERR_BAD_DYNAMIC,
 * ERR_BAD_RELOCATION (of a kind that is not read), ERR_NO_LIBRARY (it needs one that is not ours; a
 * line on the console names it). Other threads may run before such a line has room.
 */
int dynamic_read(const struct file *file, const struct elf_segment *segment,
                 struct program *program);

/* Copies the name at that offset of the table to `name`, which has room for SYMBOL_NAME_MAX; false
 * where it leaves the table or is longer. */
bool dynamic_name(const struct file *file, const struct dynamic *dynamic, uint32_t at, char *name);

/* Reads the symbol with that number, below dynamic->symbol_count. */
void dynamic_symbol(const struct file *file, const struct dynamic *dynamic, uint32_t index,
                    struct elf_symbol *symbol);

/* Finds a symbol that the file defines for others. Other threads may run on the way. */
bool dynamic_find(const struct file *file, const struct dynamic *dynamic, const char *wanted,
                  struct elf_symbol *symbol);

/* ---- bind.c ---- */

/*
 * Goes through all relocations of the image. Names that it does not define itself are looked for in
 * the library (NULL: none), then among those of the kernel's stub page. With a space, in which the
 * image is mapped, the words are written; without one everything is only checked, so that nothing
 * but a change of the file can make the second call fail. ERR_BAD_RELOCATION, ERR_BAD_DYNAMIC,
 * ERR_UNDEFINED_SYMBOL (a line on the console names it). Other threads may run.
 */
int image_bind(const struct image *image, const struct image *library, const struct space *space);

/* ---- library.c ---- */

/* The library as if at that base; NULL where there is none. */
const struct image *library_at(uint32_t base, struct image *image);

/* ---- program.c ---- */

/* As program_check, but of a library's file: no entry point, nothing bound. Other threads may run
 * before the console has room for a complaint. */
int program_read(const struct file *file, struct program *program);

/* Maps the image's segments as regions of that kind. Other threads may run. ERR_NO_MEMORY. */
int image_map(const struct image *image, struct space *space, enum region_kind kind);

/* Bytes from address 0 in the file to the end of its last page. */
uint32_t program_span(const struct program *program);

#endif
