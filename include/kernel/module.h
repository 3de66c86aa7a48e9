/*
 * Linked modules: relocatable files that the kernel loads, relocates and binds while it runs.
 * kernel/core/module. They lie in the area that all address spaces share, so a program calls them
 * through the kernel without a switch of processes. What a module's own source needs is in
 * kernel/export.h.
 */
#ifndef KERNEL_MODULE_H
#define KERNEL_MODULE_H

#include <abi/types.h>
#include <kernel/export.h>
#include <kernel/user_copy.h>
#include <stdbool.h>
#include <stddef.h>

struct process;
struct module;

/*
 * Loads the boot file with that path under a name of small letters, digits, '_' and '-'. Modules
 * that it needs and that are not there are loaded first, from /modules/NAME. On an error nothing is
 * left of it, nor of those. ERR_INVALID (the name), ERR_NOT_FOUND (the file), ERR_EXISTS (a module
 * of that name, or an export that is there already), ERR_CIRCLE, ERR_UNDEFINED_SYMBOL,
 * ERR_NO_MEMORY, ERR_LIMIT, ERR_CANCELLED, what module_init returned, and what a bad file gives:
 * ERR_EMPTY, ERR_NOT_MODULE, ERR_TRUNCATED, ERR_BAD_SECTION, ERR_BAD_SYMBOL, ERR_BAD_RELOCATION,
 * ERR_WRONG_VERSION. The log tells which name was at fault. Other threads may run.
 */
int module_load(const char *name, const char *path);

/* Takes the module out again. ERR_NOT_FOUND; ERR_BUSY while somebody uses it; ERR_CANCELLED. Other
 * threads may run, while somebody else loads or unloads and in the module's own code. */
int module_unload(const char *name);

/* Describes the module with that number, counted from 0 in the order of loading; false behind the
 * last. */
bool module_describe(uint32_t index, struct module_status *status);

/* Keeps the module for the current process; returns a handle. ERR_NOT_FOUND, ERR_BUSY (it is being
 * loaded or unloaded), ERR_LIMIT. */
int module_open(const char *name);

/* Gives a handle of the current process back. ERR_NOT_FOUND. */
int module_close(uint32_t handle);

/* The number of the function with that name among those for programs. ERR_NOT_FOUND. */
int module_find(uint32_t handle, const char *function);

/* Calls it. Other threads may run: the module's function may wait. ERR_NOT_FOUND where there is no
 * such handle or function. */
int32_t module_call(uint32_t handle, uint32_t function, uint32_t a, uint32_t b, uint32_t c);

/* Gives all handles of a process back, which runs no more. */
void module_process_ended(struct process *process);

/* Writes "module:name" of the function or variable into `name` for an address inside a module;
 * false for others. */
bool module_symbol(uint32_t address, char *name, size_t room, uint32_t *offset);

/* The kernel's own export of that name; false where there is none. Made by KERNEL_EXPORT. */
bool export_find(const char *name, uint32_t *address);

#endif
