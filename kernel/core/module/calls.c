/* What programs do with modules: open, find, call, and read of them. */
#include "module_private.h"

#include <abi/errors.h>
#include <kernel/process.h>
#include <lib/format.h>
#include <lib/string.h>

typedef int32_t module_function(uint32_t a, uint32_t b, uint32_t c);

static inline struct module *opened(uint32_t handle)
{
    return handle < MODULES_OPEN_MAX ? process_current()->modules[handle] : NULL;
}

int module_open(const char *name)
{
    struct module **handles = process_current()->modules;
    struct module *module = module_named(name);
    uint32_t handle = 0;

    if (!module)
        return ERR_NOT_FOUND;
    if (module->state != MODULE_LIVE)
        return ERR_BUSY;
    while (handle < MODULES_OPEN_MAX && handles[handle])
        handle++;
    if (handle == MODULES_OPEN_MAX)
        return ERR_LIMIT;
    handles[handle] = module;
    module->users++;
    module->opens++;
    return (int)handle;
}

static void give_back(struct module **handle)
{
    if (!*handle)
        return;
    (*handle)->users--;
    (*handle)->opens--;
    *handle = NULL;
}

int module_close(uint32_t handle)
{
    if (!opened(handle))
        return ERR_NOT_FOUND;
    give_back(&process_current()->modules[handle]);
    return 0;
}

void module_process_ended(struct process *process)
{
    for (uint32_t i = 0; i < MODULES_OPEN_MAX; i++)
        give_back(&process->modules[i]);
}

int module_find(uint32_t handle, const char *function)
{
    const struct module *module = opened(handle);

    for (uint32_t i = 0; module && i < module->call_count; i++)
        if (strcmp(module->calls[i].name, function) == 0)
            return (int)i;
    return ERR_NOT_FOUND;
}

/* The module stays while a call is in it, also when another thread closes the handle. */
int32_t module_call(uint32_t handle, uint32_t function, uint32_t a, uint32_t b, uint32_t c)
{
    struct module *module = opened(handle);
    int32_t result;

    if (!module || function >= module->call_count)
        return ERR_NOT_FOUND;
    module->in_flight++;
    result = ((module_function *)module->calls[function].function)(a, b, c);
    module->in_flight--;
    return result;
}

static void describe(const struct module *module, struct module_status *status)
{
    memset(status, 0, sizeof(*status));
    status->address = module->address;
    status->text_size = module->data - module->address;
    status->data_size = module->end - module->data;
    status->users = module->users;
    status->opens = module->opens;
    status->calls = module->in_flight;
    status->exports = module->export_count;
    status->functions = module->call_count;
    text_copy(status->name, module->name, sizeof(status->name));
    text_copy(status->file, module->file->path, sizeof(status->file));
    text_copy(status->text, module->description->text, sizeof(status->text));
    for (uint32_t i = 0; i < module->need_count; i++)
        text_copy(status->needs[i], module->needs[i]->name, MODULE_NAME_MAX);
}

bool module_describe(uint32_t index, struct module_status *status)
{
    LINK_EACH(&modules, item, following)
    {
        const struct module *module = LINK_OWNER(item, struct module, all);

        if (module->state != MODULE_LIVE || index-- != 0)
            continue;
        describe(module, status);
        return true;
    }
    return false;
}

static bool has_place(const struct elf_symbol *symbol)
{
    uint32_t type = ELF_SYMBOL_TYPE(symbol->info);

    return symbol->section && (type == ELF_SYMBOL_FUNCTION || type == ELF_SYMBOL_OBJECT);
}

/* The function or variable of the module that begins last at or before the address; NULL where none
 * does, or where it has ended before. One without a size may be as long as it likes. */
static const struct elf_symbol *find_symbol(const struct module *module, uint32_t address)
{
    const struct elf_symbol *best = NULL;

    for (uint32_t i = 1; i < module->symbol_count; i++) {
        const struct elf_symbol *symbol = &module->symbols[i];

        if (has_place(symbol) && symbol->value >= module->address && symbol->value <= address &&
            (!best || symbol->value > best->value))
            best = symbol;
    }
    return best && best->size && address - best->value >= best->size ? NULL : best;
}

bool module_symbol(uint32_t address, char *name, size_t room, uint32_t *offset)
{
    LINK_EACH(&modules, item, following)
    {
        const struct module *module = LINK_OWNER(item, struct module, all);
        const struct elf_symbol *symbol;

        if (!module->symbols || address < module->address || address >= module->end)
            continue;
        symbol = find_symbol(module, address);
        *offset = address - (symbol ? symbol->value : module->address);
        (void)format_text(name, room, "%s:%s", module->name,
                          symbol ? module->names + symbol->name : "");
        return true;
    }
    return false;
}
