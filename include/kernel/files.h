/* The boot files: what the loader read from the stick, in memory for good, read-only. */
#ifndef KERNEL_FILES_H
#define KERNEL_FILES_H

#include <boot/info.h>
#include <kernel/arch.h>
#include <kernel/user_copy.h>

struct file {
    const char *path; /* "/apps/hello" */
    phys address;     /* at a page boundary; may lie above the direct map */
    uint32_t size;
};

/* Copies the table out of boot_info; between memory_start and memory_release_loader. Panics without
 * memory. */
void files_start(const struct boot_info *info);

/* The file with that number, counted from 0, or NULL. */
const struct file *file_at(uint32_t number);

/* The number of the file with that path, or ERR_NOT_FOUND; letters' case does not matter. */
int file_find(const char *path);

/* Copies `size` bytes from `offset` on, a page at most; `to` may be an opened frame. The range has
 * to lie inside the file. */
void file_read(const struct file *file, uint32_t offset, void *to, uint32_t size);

/*
 * As file_read, of any size, to the memory of the running program. Returns how many it copied:
 * fewer than `size` where the file ends, 0 from its end on. Other threads may run between pages.
 * ERR_BAD_ADDRESS; some bytes may have been copied then.
 */
int file_read_user(const struct file *file, uint32_t offset, user_ptr to, uint32_t size);

#endif
