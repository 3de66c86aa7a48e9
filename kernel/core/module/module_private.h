/* What the files of kernel/core/module share. */
#ifndef MODULE_PRIVATE_H
#define MODULE_PRIVATE_H

#include "object.h"

#include <kernel/files.h>
#include <kernel/module.h>
#include <lib/link.h>

enum module_state { MODULE_LOADING = 0, MODULE_LIVE, MODULE_UNLOADING };

struct module {
    struct link all;
    char name[MODULE_NAME_MAX];
    const struct file *file;
    enum module_state state;
    bool fresh; /* loaded by the module_load that still runs */

    /* In memory. The file's own structures stay in the part that is read-only. */
    uint32_t address;   /* 0 while there is none */
    uint32_t data, end; /* where variables begin and end */
    const struct export *exports, *calls;
    uint32_t export_count, call_count;
    const struct elf_symbol *symbols; /* their values are addresses */
    uint32_t symbol_count;
    const char *names;
    const struct module_description *description;
    int (*init)(const char *name); /* or NULL */
    void (*exit)(void);

    struct module *needs[MODULE_NEEDS_MAX];
    uint32_t need_count;
    uint32_t users; /* modules that need it, and opens */
    uint32_t opens;
    uint32_t in_flight; /* calls of programs */
};

/* All modules, in the order of loading; those that are being loaded or unloaded too. */
extern struct link modules;

/* The module with that name, or NULL. */
struct module *module_named(const char *name);

/*
 * Reads the module's file, loads what it needs through `need`, and puts it into memory, bound and
 * relocated; nothing of it has run. Other threads may run. On an error, what it has stored in
 * `module` is for module_displace. Errors as module_load.
 */
int module_place(struct module *module, int (*need)(struct module *module, const char *name));

/* Gives back its memory, and the modules that it needs. */
void module_displace(struct module *module);

#endif
