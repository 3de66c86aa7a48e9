/* The boot files: what the loader read from the stick, in memory for good, read-only. */
#ifndef KERNEL_FILES_H
#define KERNEL_FILES_H

#include <boot/info.h>
#include <kernel/arch.h>

struct file {
    const char *path; /* "/apps/hello" */
    phys address;     /* at a page boundary; may lie above the direct map */
    uint32_t size;
};

/* Copies the table out of boot_info. */
void files_start(const struct boot_info *info);

/* The file with that number, counted from 0, or NULL. */
const struct file *file_at(uint32_t number);

/* The number of the file with that path, or ERR_NOT_FOUND; letters' case does not matter. */
int file_find(const char *path);

/* Copies `size` bytes from `offset` on. Both have to lie inside the file. */
void file_read(const struct file *file, uint32_t offset, void *to, uint32_t size);

#endif
