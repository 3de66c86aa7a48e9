/* Checks a module's symbols, its relocations, and what it says of itself. */
#include "object.h"

#include <abi/errors.h>
#include <abi/layout.h>
#include <kernel/relocate.h>
#include <kernel/sched.h>
#include <lib/string.h>

/* ---- Symbols -----------------------------------------------------------------------------------
 */

static bool is_defined_global(const struct elf_symbol *symbol)
{
    return symbol->section != ELF_UNDEFINED &&
           ELF_SYMBOL_BINDING(symbol->info) != ELF_BINDING_LOCAL;
}

/* NULL, or what is wrong with the symbol. */
static const char *symbol_fault(const struct object *object, const struct elf_symbol *symbol)
{
    const struct elf_section *section = object_section_of(object, symbol);
    uint32_t type = ELF_SYMBOL_TYPE(symbol->info);

    if (symbol->name >= object->names_size)
        return "has its name outside the names";
    if (type == ELF_SYMBOL_TLS)
        return "is a variable of threads; declare it static";
    if (type > ELF_SYMBOL_FILE || ELF_SYMBOL_BINDING(symbol->info) > ELF_BINDING_WEAK)
        return "is of a kind that this loader does not know";
    if (section)
        return symbol->value <= section->size && symbol->size <= section->size - symbol->value
                   ? NULL
                   : "lies outside its section";
    if (symbol->section == ELF_COMMON)
        return symbol->value == 0 || symbol->value & (symbol->value - 1) ||
                       symbol->value > PAGE_SIZE
                   ? "has an alignment that is no power of 2 up to 4096"
                   : NULL;
    return symbol->section == ELF_UNDEFINED || symbol->section == ELF_ABSOLUTE ? NULL
                                                                               : "is in no section";
}

static int refuse_symbol(struct object *object, const struct elf_symbol *symbol, const char *what)
{
    return object_refuse(object, ERR_BAD_SYMBOL, "symbol " OBJECT_NAME_SHOWN " %s",
                         object_symbol_name(object, symbol), what);
}

static bool has_twin(const struct object *object, uint32_t index)
{
    const char *name = object->names + object->symbols[index].name;

    for (uint32_t i = 1; i < index; i++)
        if (is_defined_global(&object->symbols[i]) &&
            strcmp(object->names + object->symbols[i].name, name) == 0)
            return true;
    return false;
}

/* module_init or module_exit; 0 where there is none. */
static int find_entry(struct object *object, const char *name, uint32_t *found)
{
    for (uint32_t i = 1; i < object->symbol_count; i++) {
        const struct elf_symbol *symbol = &object->symbols[i];
        const struct elf_section *section = object_section_of(object, symbol);

        if (!is_defined_global(symbol) || strcmp(object->names + symbol->name, name) != 0)
            continue;
        if (!section || !object_in_memory(section) || !(section->flags & ELF_SECTION_EXECUTE) ||
            symbol->value >= section->size)
            return refuse_symbol(object, symbol, "is no function");
        *found = i;
    }
    return 0;
}

int object_check_symbols(struct object *object)
{
    int error;

    for (uint32_t i = 1; i < object->symbol_count; i++) {
        const struct elf_symbol *symbol = &object->symbols[i];
        const char *fault = symbol_fault(object, symbol);

        if (!fault && is_defined_global(symbol) && has_twin(object, i))
            fault = "is defined twice";
        if (fault)
            return refuse_symbol(object, symbol, fault);
        sched_preemption_point();
    }
    error = find_entry(object, "module_init", &object->init);
    return error < 0 ? error : find_entry(object, "module_exit", &object->exit);
}

/* ---- Relocations -------------------------------------------------------------------------------
 */

/* Compilers that make position-independent code by themselves reach symbols by a table (GOT). */
static bool by_table(uint32_t type)
{
    return type == RELOCATION_GOT32 || type == RELOCATION_GOTOFF || type == RELOCATION_GOTPC ||
           type == RELOCATION_GOT32X;
}

static bool is_known(uint32_t type)
{
    return type == RELOCATION_NONE || type == RELOCATION_32 || type == RELOCATION_PC32 ||
           type == RELOCATION_PLT32;
}

static int check_relocation(struct object *object, const struct elf_section *target,
                            const struct elf_relocation *relocation)
{
    uint32_t type = ELF_RELOCATION_TYPE(relocation->info);
    uint32_t number = ELF_RELOCATION_SYMBOL(relocation->info);
    const char *section = object_section_name(object, target), *symbol;

    if (target->size < sizeof(uint32_t) || relocation->offset > target->size - sizeof(uint32_t) ||
        number >= object->symbol_count)
        return object_refuse(object, ERR_BAD_RELOCATION,
                             "a relocation of section " OBJECT_NAME_SHOWN
                             " points outside it, or names no symbol",
                             section);
    symbol = object_symbol_name(object, &object->symbols[number]);
    if (by_table(type))
        return object_refuse(object, ERR_BAD_RELOCATION,
                             "section " OBJECT_NAME_SHOWN " reaches " OBJECT_NAME_SHOWN
                             " by a table of addresses (GOT); compile it with -fno-pic",
                             section, symbol);
    if (!is_known(type))
        return object_refuse(object, ERR_BAD_RELOCATION,
                             "section " OBJECT_NAME_SHOWN " reaches " OBJECT_NAME_SHOWN
                             " by a relocation of type %u; compile it as the Makefile does",
                             section, symbol, type);
    if (object_section_of(object, &object->symbols[number]) &&
        !object_in_memory(object_section_of(object, &object->symbols[number])))
        return object_refuse(object, ERR_BAD_RELOCATION,
                             "section " OBJECT_NAME_SHOWN " reaches " OBJECT_NAME_SHOWN
                             ", which is in no section that is loaded",
                             section, symbol);
    return 0;
}

/* The section that these relocations are for; NULL where they are malformed. */
static const struct elf_section *target_of(const struct object *object,
                                           const struct elf_section *section)
{
    return section->info != 0 && section->info < object->section_count
               ? &object->sections[section->info]
               : NULL;
}

static int check_relocations_of(struct object *object, const struct elf_section *section)
{
    const struct elf_section *target = target_of(object, section);
    const struct elf_relocation *relocations = (const void *)(object->file + section->offset);

    if (!target)
        return object_refuse(object, ERR_BAD_RELOCATION,
                             "section " OBJECT_NAME_SHOWN " relocates no section",
                             object_section_name(object, section));
    if (!object_in_memory(target))
        return 0;
    if (section->type == ELF_SECTION_RELA || target->type != ELF_SECTION_CONTENTS ||
        section->link != object->symbol_section ||
        section->entry_size != sizeof(struct elf_relocation) ||
        section->size % sizeof(struct elf_relocation) != 0 ||
        section->offset % sizeof(uint32_t) != 0)
        return object_refuse(object, ERR_BAD_RELOCATION,
                             "section " OBJECT_NAME_SHOWN " is no table of relocations of a 386",
                             object_section_name(object, section));
    for (uint32_t i = 0; i < section->size / sizeof(struct elf_relocation); i++) {
        int error = check_relocation(object, target, &relocations[i]);

        if (error < 0)
            return error;
        if (i % 256 == 255)
            sched_preemption_point();
    }
    return 0;
}

int object_check_relocations(struct object *object)
{
    int error = 0;

    for (uint32_t i = 1; error == 0 && i < object->section_count; i++) {
        const struct elf_section *section = &object->sections[i];

        if (section->type == ELF_SECTION_REL || section->type == ELF_SECTION_RELA)
            error = check_relocations_of(object, section);
    }
    return error;
}

/* ---- Lists -------------------------------------------------------------------------------------
 */

/* The entries of the section with that name; none where there is no such section. */
static int find_list(struct object *object, const char *name, uint32_t entry_size,
                     struct object_list *list)
{
    bool found = false;

    for (uint32_t i = 1; i < object->section_count; i++) {
        const struct elf_section *section = &object->sections[i];

        if (strcmp(object->section_names + section->name, name) != 0)
            continue;
        if (found || section->type != ELF_SECTION_CONTENTS || !object_in_memory(section) ||
            section->flags & ELF_SECTION_WRITE || section->size % entry_size != 0 ||
            section->offset % sizeof(uint32_t) != 0 || object->places[i] % sizeof(uint32_t) != 0)
            return object_refuse(object, ERR_BAD_SECTION,
                                 "section %s is no list as kernel/export.h makes it", name);
        found = true;
        list->offset = section->offset;
        list->place = object->places[i];
        list->count = section->size / entry_size;
    }
    return 0;
}

/* Names that end in their room and differ. They stand at the end of each entry. */
static int check_names(struct object *object, const struct object_list *list, uint32_t entry_size,
                       uint32_t room)
{
    const char *first = (const char *)object->file + list->offset + entry_size - room;

    for (uint32_t i = 0; i < list->count; i++) {
        const char *name = first + i * entry_size;
        size_t length = strnlen(name, room);

        if (length == 0 || length == room)
            return object_refuse(object, ERR_BAD_SYMBOL,
                                 "a name that it needs, exports or offers is empty, or has more "
                                 "than %u letters: %.*s",
                                 room - 1, (int)length, name);
        for (uint32_t other = 0; other < i; other++)
            if (strcmp(first + other * entry_size, name) == 0)
                return object_refuse(object, ERR_BAD_SYMBOL, "%s is listed twice", name);
        sched_preemption_point();
    }
    return 0;
}

static int check_description(struct object *object)
{
    struct object_list list = {0};
    int error =
        find_list(object, MODULE_SECTION, (uint32_t)sizeof(struct module_description), &list);

    if (error < 0)
        return error;
    if (list.count != 1)
        return object_refuse(object, ERR_NOT_MODULE,
                             "it has %s description; say MODULE(\"...\") once",
                             list.count ? "more than one" : "no");
    object->description = (const void *)(object->file + list.offset);
    if (object->description->magic != MODULE_MAGIC ||
        strnlen(object->description->text, MODULE_TEXT_MAX) == MODULE_TEXT_MAX)
        return ERR_NOT_MODULE;
    if (object->description->interface != MODULE_INTERFACE)
        return object_refuse(object, ERR_WRONG_VERSION,
                             "it was built for version %u, and this kernel has %u; build it anew",
                             object->description->interface, MODULE_INTERFACE);
    return 0;
}

int object_check_lists(struct object *object)
{
    const uint32_t need = sizeof(struct module_need), entry = OBJECT_EXPORT_SIZE;
    int error = check_description(object);

    if (error == 0)
        error = find_list(object, MODULE_SECTION_NEEDS, need, &object->needs);
    if (error == 0)
        error = find_list(object, MODULE_SECTION_EXPORTS, entry, &object->exports);
    if (error == 0)
        error = find_list(object, MODULE_SECTION_CALLS, entry, &object->calls);
    if (error == 0 && object->needs.count > MODULE_NEEDS_MAX)
        error = object_refuse(object, ERR_LIMIT, "it needs %u modules, and %u are the most",
                              object->needs.count, MODULE_NEEDS_MAX);
    if (error == 0)
        error = check_names(object, &object->needs, need, MODULE_NAME_MAX);
    if (error == 0)
        error = check_names(object, &object->exports, entry, EXPORT_NAME_MAX);
    return error < 0 ? error : check_names(object, &object->calls, entry, EXPORT_NAME_MAX);
}
