/* Kernel and boot files: from the volume to their places in memory. */
#ifndef LOADER_H
#define LOADER_H

#include "fat.h"
#include "memory_map.h"

/* Mounts the active partition; whatever prevents that is fatal. */
void loader_mount(struct fat_volume *volume);

/* Reads boot.cfg into boot_info; a missing one is a warning. */
void loader_configure(struct fat_volume *volume);

/* Loads and verifies the kernel that boot.cfg names; whatever prevents that is fatal. */
void loader_load_kernel(struct fat_volume *volume, struct memory_map *map);

/* Loads every file of the folders that boot.cfg names; a file that cannot be loaded is a warning.
 */
void loader_load_files(struct fat_volume *volume, struct memory_map *map);

#endif
