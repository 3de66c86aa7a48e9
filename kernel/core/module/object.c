/* Checks header and sections of a module's file, and plans its memory. */
#include "object.h"

#include <abi/errors.h>
#include <abi/layout.h>
#include <lib/string.h>

#define FLAGS_KNOWN                                                                                \
    (ELF_SECTION_WRITE | ELF_SECTION_ALLOCATE | ELF_SECTION_EXECUTE | ELF_SECTION_MERGE |          \
     ELF_SECTION_STRINGS)

/* True where [offset, offset + size) lies in the file. */
static bool in_file(const struct object *object, uint32_t offset, uint32_t size)
{
    return size == 0 || (offset <= object->size && size <= object->size - offset);
}

static bool fills_file(const struct elf_section *section)
{
    return section->type != ELF_SECTION_UNUSED && section->type != ELF_SECTION_ZEROES;
}

static int check_header(struct object *object)
{
    const struct elf_header *header = (const void *)object->file;
    uint32_t ident = object->size < ELF_IDENT_SIZE ? object->size : ELF_IDENT_SIZE;

    if (object->size == 0)
        return ERR_EMPTY;
    if (memcmp(object->file, ELF_IDENT, ident) != 0)
        return ERR_NOT_MODULE;
    if (object->size < sizeof(*header))
        return ERR_TRUNCATED;
    if (header->type != ELF_TYPE_OBJECT || header->machine != ELF_MACHINE_386 ||
        header->version != ELF_VERSION || header->section_size != sizeof(struct elf_section))
        return ERR_NOT_MODULE;
    if (header->section_count > OBJECT_SECTIONS_MAX)
        return object_refuse(object, ERR_LIMIT, "it has %u sections, and %u are the most",
                             header->section_count, OBJECT_SECTIONS_MAX);
    if (header->section_count == 0 || header->names_index >= header->section_count ||
        header->sections_offset % sizeof(uint32_t) != 0)
        return ERR_BAD_SECTION;
    if (!in_file(object, header->sections_offset,
                 header->section_count * (uint32_t)sizeof(struct elf_section)))
        return ERR_TRUNCATED;
    object->sections = (const void *)(object->file + header->sections_offset);
    object->section_count = header->section_count;
    return 0;
}

static int refuse_section(struct object *object, const struct elf_section *section,
                          const char *what)
{
    return object_refuse(object, ERR_BAD_SECTION, "section " OBJECT_NAME_SHOWN " %s",
                         object_section_name(object, section), what);
}

static int check_section(struct object *object, const struct elf_section *section)
{
    if (fills_file(section) && !in_file(object, section->offset, section->size))
        return object_refuse(object, ERR_TRUNCATED,
                             "section " OBJECT_NAME_SHOWN " lies outside the file",
                             object_section_name(object, section));
    if (section->align & (section->align - 1) || section->align > PAGE_SIZE)
        return refuse_section(object, section, "has an alignment that is no power of 2 up to 4096");
    if (!object_in_memory(section))
        return 0;
    if (section->type != ELF_SECTION_CONTENTS && section->type != ELF_SECTION_ZEROES)
        return refuse_section(object, section,
                              "holds neither contents nor zeroes; leave constructors and the like "
                              "to module_init");
    if (section->flags & ELF_SECTION_THREAD)
        return refuse_section(object, section, "holds variables of threads; declare them static");
    if (section->flags & ~FLAGS_KNOWN)
        return refuse_section(object, section, "has flags that this loader does not know");
    if (section->flags & ELF_SECTION_WRITE && section->flags & ELF_SECTION_EXECUTE)
        return refuse_section(object, section, "is both writable and code");
    return 0;
}

static bool ranges_meet(uint32_t a, uint32_t a_size, uint32_t b, uint32_t b_size)
{
    return a_size != 0 && b_size != 0 && a < b + b_size && b < a + a_size;
}

/* With another section, with the header or with the table of sections. All lie in the file. */
static bool overlaps(const struct object *object, uint32_t index)
{
    const struct elf_header *header = (const void *)object->file;
    const struct elf_section *section = &object->sections[index];

    if (!fills_file(section))
        return false;
    if (ranges_meet(section->offset, section->size, 0, sizeof(*header)) ||
        ranges_meet(section->offset, section->size, header->sections_offset,
                    object->section_count * (uint32_t)sizeof(*section)))
        return true;
    for (uint32_t i = 0; i < index; i++)
        if (fills_file(&object->sections[i]) &&
            ranges_meet(section->offset, section->size, object->sections[i].offset,
                        object->sections[i].size))
            return true;
    return false;
}

/* Texts that other parts refer to: they end inside the section. */
static bool is_names(const struct object *object, const struct elf_section *section)
{
    return section->type == ELF_SECTION_NAMES && section->size != 0 &&
           object->file[section->offset + section->size - 1] == '\0';
}

static int check_section_names(struct object *object)
{
    const struct elf_header *header = (const void *)object->file;
    const struct elf_section *names = &object->sections[header->names_index];

    if (fills_file(names) && !in_file(object, names->offset, names->size))
        return ERR_TRUNCATED;
    if (!is_names(object, names))
        return ERR_BAD_SECTION;
    object->section_names = (const char *)object->file + names->offset;
    object->section_names_size = names->size;
    for (uint32_t i = 0; i < object->section_count; i++)
        if (object->sections[i].name >= names->size)
            return ERR_BAD_SECTION;
    return 0;
}

/* There is exactly one table of symbols. */
static int find_symbols(struct object *object)
{
    const struct elf_section *symbols, *names;

    for (uint32_t i = 1; i < object->section_count; i++) {
        if (object->sections[i].type != ELF_SECTION_SYMBOLS)
            continue;
        if (object->symbol_section)
            return ERR_BAD_SECTION;
        object->symbol_section = i;
    }
    symbols = &object->sections[object->symbol_section];
    if (!object->symbol_section || symbols->entry_size != sizeof(struct elf_symbol) ||
        symbols->size % sizeof(struct elf_symbol) != 0 || symbols->size == 0 ||
        symbols->offset % sizeof(uint32_t) != 0 || symbols->link >= object->section_count)
        return ERR_BAD_SECTION;
    names = &object->sections[symbols->link];
    if (!is_names(object, names))
        return ERR_BAD_SECTION;
    object->symbols = (const void *)(object->file + symbols->offset);
    object->symbol_count = symbols->size / (uint32_t)sizeof(struct elf_symbol);
    object->names = (const char *)object->file + names->offset;
    object->names_size = names->size;
    if (object->symbol_count > OBJECT_SYMBOLS_MAX || object->names_size > OBJECT_NAMES_MAX)
        return object_refuse(
            object, ERR_LIMIT, "it has %u symbols, with %u bytes of names; %u and %u are the most",
            object->symbol_count, object->names_size, OBJECT_SYMBOLS_MAX, OBJECT_NAMES_MAX);
    return 0;
}

int object_check_sections(struct object *object)
{
    int error = check_section_names(object);

    for (uint32_t i = 0; error == 0 && i < object->section_count; i++) {
        error = check_section(object, &object->sections[i]);
        if (error == 0 && overlaps(object, i))
            error =
                refuse_section(object, &object->sections[i], "overlaps another part of the file");
    }
    return error < 0 ? error : find_symbols(object);
}

/* Takes room behind what is planned; false where the module becomes too large. */
static bool plan_room(struct object *object, uint32_t align, uint32_t size, uint32_t *place)
{
    uint32_t at = align > 1 ? (object->end + align - 1) & ~(align - 1) : object->end;

    if (at > OBJECT_SIZE_MAX || size > OBJECT_SIZE_MAX - at)
        return false;
    *place = at;
    object->end = at + size;
    return true;
}

static bool plan_sections(struct object *object, bool writable)
{
    for (uint32_t i = 0; i < object->section_count; i++) {
        const struct elf_section *section = &object->sections[i];
        bool is_writable = (section->flags & ELF_SECTION_WRITE) != 0;

        if (object_in_memory(section) && is_writable == writable &&
            !plan_room(object, section->align, section->size, &object->places[i]))
            return false;
    }
    return true;
}

static bool plan_common(struct object *object)
{
    uint32_t place;

    object->common = object->end;
    for (uint32_t i = 1; i < object->symbol_count; i++)
        if (object->symbols[i].section == ELF_COMMON &&
            !plan_room(object, object->symbols[i].value, object->symbols[i].size, &place))
            return false;
    return true;
}

int object_plan(struct object *object)
{
    uint32_t symbols_size = object->symbol_count * (uint32_t)sizeof(struct elf_symbol);

    if (!plan_sections(object, false) ||
        !plan_room(object, sizeof(uint32_t), symbols_size, &object->symbols_place) ||
        !plan_room(object, 1, object->names_size, &object->names_place) ||
        !plan_room(object, PAGE_SIZE, 0, &object->data) || !plan_sections(object, true) ||
        !plan_common(object) || !plan_room(object, PAGE_SIZE, 0, &object->end))
        return object_refuse(object, ERR_LIMIT, "it needs more than %u bytes of memory",
                             OBJECT_SIZE_MAX);
    return 0;
}

int object_check(const void *file, uint32_t size, struct object *object)
{
    int error;

    memset(object, 0, sizeof(*object));
    object->file = file;
    object->size = size;
    error = check_header(object);
    if (error == 0)
        error = object_check_sections(object);
    if (error == 0)
        error = object_plan(object);
    if (error == 0)
        error = object_check_symbols(object);
    if (error == 0)
        error = object_check_relocations(object);
    return error < 0 ? error : object_check_lists(object);
}
