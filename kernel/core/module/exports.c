/* The kernel's list of exports, which the linker gathers from every KERNEL_EXPORT. */
#include <kernel/arch.h>
#include <kernel/module.h>
#include <lib/divide.h>
#include <lib/format.h>
#include <lib/string.h>

extern const struct export kernel_exports_start[], kernel_exports_end[]; /* kernel.ld */

bool export_find(const char *name, uint32_t *address)
{
    for (const struct export *export = kernel_exports_start; export != kernel_exports_end;
         export ++)
        if (strcmp(export->name, name) == 0) {
            *address = (uint32_t)(uintptr_t) export->function;
            return true;
        }
    return false;
}

/* Those of lib, which the loader and programs share and which therefore knows of no exports. The
 * compiler itself calls the first four. */
KERNEL_EXPORT(memcpy);
KERNEL_EXPORT(memmove);
KERNEL_EXPORT(memset);
KERNEL_EXPORT(memcmp);
KERNEL_EXPORT(strlen);
KERNEL_EXPORT(strcmp);
KERNEL_EXPORT(text_copy);
KERNEL_EXPORT(format_text);
