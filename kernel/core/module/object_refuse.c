/* Says what is wrong with a module's file, and by which part of it. */
#include "object.h"

#include <lib/format.h>
#include <stdarg.h>

int object_refuse(struct object *object, int error, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    (void)format_text_v(object->complaint, sizeof(object->complaint), format, arguments);
    va_end(arguments);
    /* Names come from a file that may hold anything, and this goes to a terminal. */
    for (char *at = object->complaint; *at; at++)
        if (*at < ' ' || *at > '~')
            *at = '?';
    return error;
}

const char *object_section_name(const struct object *object, const struct elf_section *section)
{
    const char *name = object->section_names && section->name < object->section_names_size
                           ? object->section_names + section->name
                           : "";

    return *name ? name : "(without a name)";
}

const char *object_symbol_name(const struct object *object, const struct elf_symbol *symbol)
{
    const struct elf_section *section = object_section_of(object, symbol);
    const char *name = symbol->name < object->names_size ? object->names + symbol->name : "";

    if (*name)
        return name;
    return section ? object_section_name(object, section) : "(without a name)";
}
