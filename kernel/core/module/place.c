/*
 * From a file to code in memory. The file is shown to the kernel where it lies in RAM; nothing of
 * it is used before object_check has read all of it, and nothing is taken for it before.
 */
#include "module_private.h"

#include <abi/errors.h>
#include <kernel/debug.h>
#include <kernel/memory.h>
#include <lib/string.h>

static uint32_t pages(uint32_t size)
{
    return size / PAGE_SIZE;
}

static const struct export *find_in(const struct module *module, const char *name)
{
    for (uint32_t i = 0; i < module->export_count; i++)
        if (strcmp(module->exports[i].name, name) == 0)
            return &module->exports[i];
    return NULL;
}

/* Among the kernel's exports and those of the modules that this one says it needs. */
static int find_name(void *context, const char *name, bool weak, uint32_t *value)
{
    const struct module *module = context;
    uint32_t found = export_find(name, value);

    for (uint32_t i = 0; i < module->need_count; i++) {
        const struct export *export = find_in(module->needs[i], name);

        if (!export)
            continue;
        *value = (uint32_t)(uintptr_t) export->function;
        found++;
    }
    if (found == 1)
        return 0;
    if (weak && !found)
        return ERR_UNDEFINED_SYMBOL;
    log_from_thread("module %s uses %s, which %s", module->name, name,
                    found ? "is exported twice"
                          : "neither the kernel nor a module that it needs exports");
    return found ? ERR_EXISTS : ERR_UNDEFINED_SYMBOL;
}

/* An export of the kernel cannot be hidden by a module's. */
static int check_exports(const struct module *module)
{
    for (uint32_t i = 0; i < module->export_count; i++) {
        uint32_t address;

        if (!export_find(module->exports[i].name, &address))
            continue;
        log_from_thread("module %s exports %s, which is the kernel's", module->name,
                        module->exports[i].name);
        return ERR_EXISTS;
    }
    return 0;
}

static int load_needs(struct module *module, const struct object *object,
                      int (*need)(struct module *module, const char *name))
{
    const struct module_need *needs = (const void *)(object->file + object->needs.offset);
    int error = 0;

    for (uint32_t i = 0; error == 0 && i < object->needs.count; i++)
        error = need(module, needs[i].name);
    return error;
}

/* Where the parts of the module are that the kernel uses. */
static void note_parts(struct module *module, const struct object *object)
{
    const uint8_t *memory = address_to_pointer(module->address);
    uint32_t description = (uint32_t)((const uint8_t *)object->description - object->file);

    module->data = module->address + object->data;
    module->end = module->address + object->end;
    module->exports = (const void *)(memory + object->exports.place);
    module->export_count = object->exports.count;
    module->calls = (const void *)(memory + object->calls.place);
    module->call_count = object->calls.count;
    module->symbols = (const void *)(memory + object->symbols_place);
    module->names = (const char *)memory + object->names_place;
    module->symbol_count = object->symbol_count;
    for (uint32_t i = 0; i < object->section_count; i++)
        if (object_in_memory(&object->sections[i]) &&
            object->sections[i].type == ELF_SECTION_CONTENTS &&
            object->sections[i].offset == description)
            module->description = (const void *)(memory + object->places[i]);
}

static void note_entries(struct module *module, const struct object *object)
{
    if (object->init)
        module->init = (int (*)(const char *))module->symbols[object->init].value;
    if (object->exit)
        module->exit = (void (*)(void))module->symbols[object->exit].value;
}

static int put(struct module *module, struct object *object)
{
    uint8_t *memory;
    int error;

    module->address = module_pages_take(pages(object->end));
    if (!module->address)
        return ERR_NO_MEMORY;
    memory = address_to_pointer(module->address);
    object_copy(object, memory);
    error = object_resolve(object, memory, module->address, find_name, module);
    if (error == 0)
        error = object_relocate(object, memory, module->address);
    if (error < 0)
        return error;
    note_parts(module, object);
    note_entries(module, object);
    module_pages_protect(module->address, pages(object->data));
    return check_exports(module);
}

int module_place(struct module *module, int (*need)(struct module *module, const char *name))
{
    struct object *object = heap_take(sizeof(*object));
    uint32_t view = 0;
    int error = object ? 0 : ERR_NO_MEMORY;

    if (error == 0 && module->file->size == 0)
        error = ERR_EMPTY;
    if (error == 0) {
        view = module_pages_show(module->file->address, module->file->size);
        error = view ? 0 : ERR_NO_MEMORY;
    }
    if (error == 0)
        error = object_check(address_to_pointer(view), module->file->size, object);
    if (error == 0)
        error = load_needs(module, object, need);
    if (error == 0)
        error = put(module, object);
    if (error < 0 && object && object->complaint[0])
        log_plain("module %s: %s", module->name, object->complaint);
    if (view)
        module_pages_give(view);
    heap_give(object);
    return error;
}

void module_displace(struct module *module)
{
    if (module->address)
        module_pages_give(module->address);
    while (module->need_count)
        module->needs[--module->need_count]->users--;
}
