/* Lays a checked module out in memory and makes it fit there. */
#include "object.h"

#include <abi/errors.h>
#include <abi/layout.h>
#include <kernel/relocate.h>
#include <kernel/sched.h>
#include <lib/string.h>

static struct elf_symbol *symbols_in(const struct object *object, uint8_t *memory)
{
    return (void *)(memory + object->symbols_place);
}

static void copy(uint8_t *to, const uint8_t *from, uint32_t size)
{
    while (size > PAGE_SIZE) {
        memcpy(to, from, PAGE_SIZE);
        to += PAGE_SIZE;
        from += PAGE_SIZE;
        size -= PAGE_SIZE;
        sched_preemption_point();
    }
    memcpy(to, from, size);
}

void object_copy(const struct object *object, uint8_t *memory)
{
    for (uint32_t i = 0; i < object->section_count; i++) {
        const struct elf_section *section = &object->sections[i];

        if (object_in_memory(section) && section->type == ELF_SECTION_CONTENTS)
            copy(memory + object->places[i], object->file + section->offset, section->size);
    }
    copy(memory + object->symbols_place, (const void *)object->symbols,
         object->symbol_count * (uint32_t)sizeof(struct elf_symbol));
    copy(memory + object->names_place, (const void *)object->names, object->names_size);
}

int object_resolve(const struct object *object, uint8_t *memory, uint32_t address,
                   object_find *find, void *context)
{
    struct elf_symbol *symbols = symbols_in(object, memory);
    uint32_t common = object->common;

    for (uint32_t i = 1; i < object->symbol_count; i++) {
        struct elf_symbol *symbol = &symbols[i];
        const struct elf_section *section = object_section_of(object, symbol);
        bool weak = ELF_SYMBOL_BINDING(symbol->info) == ELF_BINDING_WEAK;
        int error = 0;

        if (section && object_in_memory(section))
            symbol->value += address + object->places[symbol->section];
        else if (symbol->section == ELF_COMMON)
            symbol->value = address + object_common(&common, symbol);
        else if (symbol->section == ELF_UNDEFINED)
            error = find(context, object->names + symbol->name, weak, &symbol->value);
        if (error == ERR_UNDEFINED_SYMBOL && weak) {
            symbol->value = 0;
            error = 0;
        }
        if (error < 0)
            return error;
        sched_preemption_point();
    }
    symbols[0] = (struct elf_symbol){0};
    return 0;
}

static int relocate_section(const struct object *object, const struct elf_section *section,
                            uint8_t *memory, uint32_t address)
{
    const struct elf_relocation *entries = (const void *)(object->file + section->offset);
    const struct elf_symbol *symbols = symbols_in(object, memory);
    uint32_t place = object->places[section->info];

    for (uint32_t i = 0; i < section->size / sizeof(*entries); i++) {
        uint8_t *word = memory + place + entries[i].offset;
        struct relocation relocation = {
            .type = ELF_RELOCATION_TYPE(entries[i].info),
            .place = address + place + entries[i].offset,
            .symbol = symbols[ELF_RELOCATION_SYMBOL(entries[i].info)].value,
        };
        uint32_t value;
        int error;

        memcpy(&relocation.addend, word, sizeof(relocation.addend));
        error = relocation_apply(&relocation, &value);
        if (error < 0)
            return error;
        memcpy(word, &value, sizeof(value));
        if (i % 256 == 255)
            sched_preemption_point();
    }
    return 0;
}

/* True where code of the module begins, or goes on, at the address. */
static bool is_code(const struct object *object, uint32_t at)
{
    for (uint32_t i = 0; i < object->section_count; i++) {
        const struct elf_section *section = &object->sections[i];

        if (object_in_memory(section) && section->flags & ELF_SECTION_EXECUTE &&
            at >= object->places[i] && at - object->places[i] < section->size)
            return true;
    }
    return false;
}

/* Entries hold a word for the function and its name, on the host too. */
static int check_functions(struct object *object, const struct object_list *list,
                           const uint8_t *memory, uint32_t address)
{
    for (uint32_t i = 0; i < list->count; i++) {
        const uint8_t *entry = memory + list->place + i * OBJECT_EXPORT_SIZE;
        uint32_t function;

        memcpy(&function, entry, sizeof(function));
        if (!is_code(object, function - address))
            return object_refuse(object, ERR_BAD_SYMBOL,
                                 "%s is exported, or offered to programs, "
                                 "and is no function of it",
                                 (const char *)entry + sizeof(function));
    }
    return 0;
}

int object_relocate(struct object *object, uint8_t *memory, uint32_t address)
{
    int error = 0;

    for (uint32_t i = 1; error == 0 && i < object->section_count; i++) {
        const struct elf_section *section = &object->sections[i];

        if (section->type == ELF_SECTION_REL && object_in_memory(&object->sections[section->info]))
            error = relocate_section(object, section, memory, address);
    }
    if (error == 0)
        error = check_functions(object, &object->exports, memory, address);
    return error < 0 ? error : check_functions(object, &object->calls, memory, address);
}
