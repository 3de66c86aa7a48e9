/* sources: kernel/core/module/object.c kernel/core/module/object_symbols.c kernel/core/module/object_place.c kernel/core/module/object_refuse.c kernel/core/relocate.c lib/string.c lib/format.c lib/divide.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <abi/errors.h>
#include <kernel/relocate.h>
#include <kernel/sched.h>

#include "../../kernel/core/module/object.h"

#define ADDRESS  0xF0003000u
#define NEEDED   0xC0123456u
#define GARBAGES 12

enum {
    UNUSED,
    TEXT,
    TEXT_REL,
    DESCRIPTION,
    NEEDS,
    EXPORTS,
    EXPORTS_REL,
    CALLS,
    CALLS_REL,
    DATA,
    DATA_REL,
    BSS,
    SYMBOLS,
    NAMES,
    SECTION_NAMES,
    SECTIONS
};

enum {
    NONE,
    TEXT_SYMBOL,
    BSS_SYMBOL,
    INIT,
    FIRST,
    SECOND,
    NEEDED_SYMBOL,
    WEAK,
    ABSOLUTE,
    SYMBOL_COUNT
};

struct entry {
    uint32_t function;
    char name[EXPORT_NAME_MAX];
};

/* A module as the linker writes it, whole. */
struct sample {
    struct elf_header header;
    struct elf_section sections[SECTIONS];
    uint8_t text[32];
    struct module_description description;
    struct module_need needs[2];
    struct entry exports[2];
    struct entry calls[1];
    uint32_t data[2];
    struct elf_relocation text_rel[3], exports_rel[2], calls_rel[1], data_rel[2];
    struct elf_symbol symbols[SYMBOL_COUNT];
    char names[64];
    char section_names[64];
};

static struct sample sample;
static struct object object;

void sched_preemption_point(void)
{
}

static uint32_t name_in(char *names, uint32_t room, const char *name)
{
    uint32_t at = 1;

    while (names[at])
        at += (uint32_t)strlen(names + at) + 1;
    assert_true(at + strlen(name) < room);
    memcpy(names + at, name, strlen(name));
    return at;
}

static void set_section(uint32_t index, uint32_t type, uint32_t flags, size_t offset, size_t size)
{
    sample.sections[index] = (struct elf_section){
        .type = type,
        .flags = flags,
        .offset = (uint32_t)offset,
        .size = (uint32_t)size,
        .align = 4,
    };
}

static void set_relocations(uint32_t index, uint32_t target, size_t offset, size_t size)
{
    set_section(index, ELF_SECTION_REL, 0, offset, size);
    sample.sections[index].link = SYMBOLS;
    sample.sections[index].info = target;
    sample.sections[index].entry_size = sizeof(struct elf_relocation);
}

static void set_symbol(uint32_t index, const char *name, uint32_t value, uint32_t size,
                       uint32_t binding, uint32_t type, uint32_t section)
{
    sample.symbols[index] = (struct elf_symbol){
        .name = name[0] ? name_in(sample.names, sizeof(sample.names), name) : 0,
        .value = value,
        .size = size,
        .info = (uint8_t)(binding << 4 | type),
        .section = (uint16_t)section,
    };
}

static struct elf_relocation relocation(uint32_t offset, uint32_t type, uint32_t symbol)
{
    return (struct elf_relocation){offset, symbol << 8 | type};
}

#define PLACE(member) offsetof(struct sample, member), sizeof(sample.member)
#define READ_ONLY     ELF_SECTION_ALLOCATE

static void set_sections(void)
{
    set_section(TEXT, ELF_SECTION_CONTENTS, READ_ONLY | ELF_SECTION_EXECUTE, PLACE(text));
    set_relocations(TEXT_REL, TEXT, PLACE(text_rel));
    set_section(DESCRIPTION, ELF_SECTION_CONTENTS, READ_ONLY, PLACE(description));
    set_section(NEEDS, ELF_SECTION_CONTENTS, READ_ONLY, PLACE(needs));
    set_section(EXPORTS, ELF_SECTION_CONTENTS, READ_ONLY, PLACE(exports));
    set_relocations(EXPORTS_REL, EXPORTS, PLACE(exports_rel));
    set_section(CALLS, ELF_SECTION_CONTENTS, READ_ONLY, PLACE(calls));
    set_relocations(CALLS_REL, CALLS, PLACE(calls_rel));
    set_section(DATA, ELF_SECTION_CONTENTS, READ_ONLY | ELF_SECTION_WRITE, PLACE(data));
    set_relocations(DATA_REL, DATA, PLACE(data_rel));
    set_section(BSS, ELF_SECTION_ZEROES, READ_ONLY | ELF_SECTION_WRITE, 0, 5000);
    set_section(SYMBOLS, ELF_SECTION_SYMBOLS, 0, PLACE(symbols));
    sample.sections[SYMBOLS].link = NAMES;
    sample.sections[SYMBOLS].entry_size = sizeof(struct elf_symbol);
    set_section(NAMES, ELF_SECTION_NAMES, 0, PLACE(names));
    set_section(SECTION_NAMES, ELF_SECTION_NAMES, 0, PLACE(section_names));
}

static void set_symbols(void)
{
    set_symbol(TEXT_SYMBOL, "", 0, 0, ELF_BINDING_LOCAL, ELF_SYMBOL_SECTION, TEXT);
    set_symbol(BSS_SYMBOL, "", 0, 0, ELF_BINDING_LOCAL, ELF_SYMBOL_SECTION, BSS);
    set_symbol(INIT, "module_init", 0, 8, ELF_BINDING_GLOBAL, ELF_SYMBOL_FUNCTION, TEXT);
    set_symbol(FIRST, "first", 8, 8, ELF_BINDING_GLOBAL, ELF_SYMBOL_FUNCTION, TEXT);
    set_symbol(SECOND, "second", 16, 16, ELF_BINDING_GLOBAL, ELF_SYMBOL_FUNCTION, TEXT);
    set_symbol(NEEDED_SYMBOL, "needed", 0, 0, ELF_BINDING_GLOBAL, 0, ELF_UNDEFINED);
    set_symbol(WEAK, "weak", 0, 0, ELF_BINDING_WEAK, 0, ELF_UNDEFINED);
    set_symbol(ABSOLUTE, "seven", 7, 0, ELF_BINDING_GLOBAL, 0, ELF_ABSOLUTE);
}

static void set_contents(void)
{
    static const char *const names[SECTIONS] = {[DESCRIPTION] = MODULE_SECTION,
                                                [NEEDS] = ".module.needs",
                                                [EXPORTS] = ".module.exports",
                                                [CALLS] = ".module.calls"};
    sample.description = (struct module_description){MODULE_MAGIC, MODULE_INTERFACE, "A sample."};
    sample.needs[0] = (struct module_need){"one"};
    sample.needs[1] = (struct module_need){"two"};
    sample.exports[0] = (struct entry){0, "first"};
    sample.exports[1] = (struct entry){0, "second"};
    sample.calls[0] = (struct entry){4, "call"};
    sample.data[0] = 16;
    sample.text_rel[0] = relocation(0, RELOCATION_32, BSS_SYMBOL);
    sample.text_rel[1] = relocation(4, RELOCATION_PC32, NEEDED_SYMBOL);
    sample.text_rel[2] = relocation(28, RELOCATION_32, WEAK);
    sample.exports_rel[0] = relocation(0, RELOCATION_32, FIRST);
    sample.exports_rel[1] = relocation(sizeof(struct entry), RELOCATION_32, SECOND);
    sample.calls_rel[0] = relocation(0, RELOCATION_32, TEXT_SYMBOL);
    sample.data_rel[0] = relocation(0, RELOCATION_32, TEXT_SYMBOL);
    sample.data_rel[1] = relocation(4, RELOCATION_32, ABSOLUTE);
    memcpy(sample.text + 4, (const int32_t[]){-4}, 4);
    for (uint32_t i = 0; i < SECTIONS; i++)
        if (names[i])
            sample.sections[i].name =
                name_in(sample.section_names, sizeof(sample.section_names), names[i]);
}

static int make_sample(void **state)
{
    (void)state;
    memset(&sample, 0, sizeof(sample));
    memcpy(sample.header.ident, ELF_IDENT, ELF_IDENT_SIZE);
    sample.header.type = ELF_TYPE_OBJECT;
    sample.header.machine = ELF_MACHINE_386;
    sample.header.version = ELF_VERSION;
    sample.header.sections_offset = offsetof(struct sample, sections);
    sample.header.section_size = sizeof(struct elf_section);
    sample.header.section_count = SECTIONS;
    sample.header.names_index = SECTION_NAMES;
    set_sections();
    set_symbols();
    set_contents();
    return 0;
}

/* ---- Loading it on the host --------------------------------------------------------------------
 */

static bool found_weak;

static int find(void *context, const char *name, bool weak, uint32_t *value)
{
    (void)context;
    if (strcmp(name, "weak") == 0)
        found_weak = weak;
    if (strcmp(name, "needed") != 0)
        return ERR_UNDEFINED_SYMBOL;
    *value = NEEDED;
    return 0;
}

/* Checks and places a file of that size in memory that ends where the module ends. */
static int load(const void *file, uint32_t size, uint8_t **memory)
{
    uint8_t *copy = malloc(size ? size : 1);
    int error;

    memcpy(copy, file, size);
    *memory = NULL;
    error = object_check(copy, size, &object);
    if (error == 0) {
        *memory = calloc(1, object.end);
        object_copy(&object, *memory);
        error = object_resolve(&object, *memory, ADDRESS, find, NULL);
    }
    if (error == 0)
        error = object_relocate(&object, *memory, ADDRESS);
    free(copy);
    return error;
}

static int load_sample(void)
{
    uint8_t *memory;
    int error = load(&sample, sizeof(sample), &memory);

    free(memory);
    return error;
}

static uint32_t word(const uint8_t *memory, uint32_t at)
{
    uint32_t value;

    memcpy(&value, memory + at, sizeof(value));
    return value;
}

static bool has_name(int error)
{
    switch (error) {
#define ERROR(value, name, text) case ERR_##name:
#include <abi/errors.def>
#undef ERROR
        return true;
    default:
        return false;
    }
}

/* ---- Tests -------------------------------------------------------------------------------------
 */

static void a_whole_module_is_placed_bound_and_relocated(void **state)
{
    uint8_t *memory;

    (void)state;
    assert_int_equal(load(&sample, sizeof(sample), &memory), 0);
    assert_true(found_weak);
    assert_int_equal(object.init, INIT);
    assert_int_equal(object.exit, 0);
    assert_int_equal(object.needs.count, 2);
    assert_int_equal(object.places[TEXT], 0);
    assert_int_equal(object.data % 4096, 0);
    assert_int_equal(object.end, object.data + 8192);
    assert_int_equal(word(memory, 0), ADDRESS + object.places[BSS]);
    assert_int_equal(word(memory, 4), NEEDED - 4 - (ADDRESS + 4));
    assert_int_equal(word(memory, 28), 0);
    assert_int_equal(word(memory, object.exports.place), ADDRESS + 8);
    assert_int_equal(word(memory, object.exports.place + sizeof(struct entry)), ADDRESS + 16);
    assert_int_equal(word(memory, object.calls.place), ADDRESS + 4);
    assert_int_equal(word(memory, object.places[DATA]), ADDRESS + 16);
    assert_int_equal(word(memory, object.places[DATA] + 4), 7);
    assert_int_equal(word(memory, object.symbols_place + SECOND * 16 + 4), ADDRESS + 16);
    free(memory);
}

static void common_symbols_get_zeroed_memory_of_their_own(void **state)
{
    uint8_t *memory;
    uint32_t place;

    (void)state;
    sample.symbols[ABSOLUTE].section = sample.symbols[WEAK].section = ELF_COMMON;
    sample.symbols[ABSOLUTE].value = 64;
    sample.symbols[ABSOLUTE].size = 5000;
    sample.symbols[WEAK].value = sample.symbols[WEAK].size = 4;
    assert_int_equal(load(&sample, sizeof(sample), &memory), 0);
    place = word(memory, object.places[DATA] + 4) - ADDRESS;
    assert_in_range(place, object.places[BSS] + 5000, object.end - 5000);
    assert_int_equal(place % 64, 0);
    assert_in_range(word(memory, 28) - ADDRESS, object.places[BSS] + 5000, object.end - 4);
    assert_true(word(memory, 28) - ADDRESS + 4 <= place ||
                word(memory, 28) - ADDRESS >= place + 5000);
    assert_int_equal(object.end, object.data + 3 * 4096);
    free(memory);
}

static void notes_are_left_out(void **state)
{
    uint8_t *memory;

    (void)state;
    sample.sections[DATA].type = ELF_SECTION_NOTE;
    sample.sections[DATA].flags = ELF_SECTION_ALLOCATE;
    assert_int_equal(load(&sample, sizeof(sample), &memory), 0);
    assert_int_equal(object.places[DATA], 0);
    free(memory);
}

#define TELLS(text, change)                                                                        \
    do {                                                                                           \
        make_sample(NULL);                                                                         \
        change;                                                                                    \
        assert_true(load_sample() < 0);                                                            \
        if (!strstr(object.complaint, text))                                                       \
            fail_msg("line %d: `%s` does not tell of `%s`", __LINE__, object.complaint, text);     \
    } while (0)

static void a_refusal_names_the_part_that_is_at_fault(void **state)
{
    (void)state;
    TELLS("section .module.calls lies outside the file", sample.sections[CALLS].offset = 1 << 20);
    TELLS("section .module.needs holds neither", sample.sections[NEEDS].type = 14);
    TELLS("section .module.needs holds variables of threads",
          sample.sections[NEEDS].flags |= 0x400);
    TELLS("section .module.exports is both", sample.sections[EXPORTS].flags |= 5);
    TELLS("section .module.needs overlaps",
          sample.sections[NEEDS].offset = sample.sections[DESCRIPTION].offset);
    TELLS("symbol first is defined twice",
          sample.symbols[SECOND].name = sample.symbols[FIRST].name);
    TELLS("symbol first is a variable of threads", sample.symbols[FIRST].info = 0x16);
    TELLS("symbol first has an alignment", sample.symbols[FIRST].section = ELF_COMMON;
          sample.symbols[FIRST].value = 3);
    TELLS("symbol module_init is no function", sample.symbols[INIT].section = ELF_ABSOLUTE);
    TELLS("reaches first by a table of addresses (GOT); compile it with -fno-pic",
          sample.text_rel[0] = relocation(0, RELOCATION_GOT32X, FIRST));
    TELLS("section .module.calls reaches second by a relocation of type 20",
          sample.calls_rel[0] = relocation(0, 20, SECOND));
    TELLS("first is exported, or offered to programs, and is no function",
          sample.exports_rel[0] = relocation(0, RELOCATION_32, BSS_SYMBOL));
    TELLS("one is listed twice", sample.needs[1] = sample.needs[0]);
    TELLS("version 99", sample.description.interface = 99);
}

static void a_complaint_can_be_shown_on_a_terminal(void **state)
{
    (void)state;
    memset(&sample.names[sample.symbols[FIRST].name], '\033', 5);
    sample.symbols[FIRST].info = 0x16;
    assert_true(load_sample() < 0);
    assert_non_null(strstr(object.complaint, "symbol ????? is a variable"));
}

static void a_file_cut_at_any_byte_is_refused(void **state)
{
    (void)state;
    for (uint32_t size = 0; size < sizeof(sample); size++) {
        uint8_t *memory;
        int error = load(&sample, size, &memory);

        assert_true(error < 0 && has_name(error));
        assert_null(memory);
        if (size == 0)
            assert_int_equal(error, ERR_EMPTY);
        else
            assert_int_equal(error, ERR_TRUNCATED);
    }
}

/* Changes the sample by one assignment and expects that error. */
#define REFUSED(error, change)                                                                     \
    do {                                                                                           \
        make_sample(NULL);                                                                         \
        change;                                                                                    \
        if (load_sample() != (error))                                                              \
            fail_msg("%s: %d instead of %s", #change, load_sample(), #error);                      \
    } while (0)

static void headers_that_are_no_modules_are_refused(void **state)
{
    (void)state;
    REFUSED(ERR_NOT_MODULE, sample.header.ident[0] = 'E');
    REFUSED(ERR_NOT_MODULE, sample.header.ident[4] = 2);
    REFUSED(ERR_NOT_MODULE, sample.header.ident[5] = 2);
    REFUSED(ERR_NOT_MODULE, sample.header.type = ELF_TYPE_EXEC);
    REFUSED(ERR_NOT_MODULE, sample.header.machine = 62);
    REFUSED(ERR_NOT_MODULE, sample.header.version = 2);
    REFUSED(ERR_NOT_MODULE, sample.header.section_size = 64);
    REFUSED(ERR_BAD_SECTION, sample.header.section_count = 0);
    REFUSED(ERR_LIMIT, sample.header.section_count = 0xFFFF);
    REFUSED(ERR_TRUNCATED, sample.header.section_count = 64);
    REFUSED(ERR_TRUNCATED, sample.header.sections_offset = 0xFFFFFFFC);
    REFUSED(ERR_BAD_SECTION, sample.header.sections_offset += 1);
    REFUSED(ERR_BAD_SECTION, sample.header.names_index = SECTIONS);
    REFUSED(ERR_BAD_SECTION, sample.header.names_index = TEXT);
}

static void sections_that_do_not_fit_are_refused(void **state)
{
    (void)state;
    REFUSED(ERR_TRUNCATED, sample.sections[TEXT].offset = 0xFFFFFFF0);
    REFUSED(ERR_TRUNCATED, sample.sections[TEXT].size = 0xFFFFFFFF);
    REFUSED(ERR_TRUNCATED, sample.sections[NAMES].size = sizeof(sample));
    REFUSED(ERR_BAD_SECTION, sample.sections[TEXT].offset = 0);
    REFUSED(ERR_BAD_SECTION, sample.sections[TEXT].offset = sample.sections[DATA].offset);
    REFUSED(ERR_BAD_SECTION, sample.sections[TEXT].size += 4);
    REFUSED(ERR_BAD_SECTION, sample.sections[TEXT].align = 3);
    REFUSED(ERR_BAD_SECTION, sample.sections[TEXT].align = 8192);
    REFUSED(ERR_BAD_SECTION, sample.sections[TEXT].flags |= ELF_SECTION_WRITE);
    REFUSED(ERR_BAD_SECTION, sample.sections[DATA].flags |= 0x400);
    REFUSED(ERR_BAD_SECTION, sample.sections[NAMES].flags |= ELF_SECTION_ALLOCATE);
    REFUSED(ERR_BAD_SECTION, sample.sections[TEXT].name = 1000);
    REFUSED(ERR_LIMIT, sample.sections[BSS].size = 0xFFFFFFFF);
    REFUSED(ERR_LIMIT, sample.sections[BSS].size = OBJECT_SIZE_MAX);
    REFUSED(ERR_BAD_SECTION, sample.section_names[sizeof(sample.section_names) - 1] = 'x');
    REFUSED(ERR_BAD_SECTION, sample.names[sizeof(sample.names) - 1] = 'x');
    REFUSED(ERR_BAD_SECTION, sample.sections[SYMBOLS].type = ELF_SECTION_CONTENTS);
    REFUSED(ERR_BAD_SECTION, sample.sections[UNUSED] = sample.sections[SYMBOLS]);
    REFUSED(ERR_BAD_SECTION, sample.sections[SYMBOLS].entry_size = 8);
    REFUSED(ERR_BAD_SECTION, sample.sections[SYMBOLS].size -= 1);
    REFUSED(ERR_BAD_SECTION, sample.sections[SYMBOLS].size = 0);
    REFUSED(ERR_BAD_SECTION, sample.sections[SYMBOLS].link = 99);
    REFUSED(ERR_BAD_SECTION, sample.sections[SYMBOLS].link = DATA);
}

static void symbols_that_lie_are_refused(void **state)
{
    (void)state;
    REFUSED(ERR_BAD_SYMBOL, sample.symbols[FIRST].name = sizeof(sample.names));
    REFUSED(ERR_BAD_SYMBOL, sample.symbols[FIRST].section = SECTIONS);
    REFUSED(ERR_BAD_SYMBOL, sample.symbols[FIRST].section = ELF_COMMON);
    REFUSED(ERR_BAD_SYMBOL, sample.symbols[FIRST].value = 33);
    REFUSED(ERR_BAD_SYMBOL, sample.symbols[FIRST].size = 0xFFFFFFFF);
    REFUSED(ERR_BAD_SYMBOL, sample.symbols[FIRST].info = 0x16);
    REFUSED(ERR_BAD_SYMBOL, sample.symbols[FIRST].info = 0x32);
    REFUSED(ERR_BAD_SYMBOL, sample.symbols[FIRST].name = sample.symbols[SECOND].name);
    REFUSED(ERR_BAD_SYMBOL, sample.symbols[INIT].section = DATA; sample.symbols[INIT].size = 0);
    REFUSED(ERR_BAD_SYMBOL, sample.symbols[INIT].value = 32; sample.symbols[INIT].size = 0);
    REFUSED(ERR_BAD_SYMBOL, sample.symbols[INIT].section = ELF_ABSOLUTE);
    REFUSED(ERR_UNDEFINED_SYMBOL, sample.symbols[FIRST].section = ELF_UNDEFINED);
    REFUSED(ERR_UNDEFINED_SYMBOL, sample.symbols[WEAK].info = ELF_BINDING_GLOBAL << 4);
}

static void relocations_that_reach_elsewhere_are_refused(void **state)
{
    (void)state;
    REFUSED(ERR_BAD_RELOCATION, sample.text_rel[0].offset = 29);
    REFUSED(ERR_BAD_RELOCATION, sample.text_rel[0].offset = 0xFFFFFFFF);
    REFUSED(ERR_BAD_RELOCATION, sample.text_rel[0] = relocation(0, RELOCATION_COPY, FIRST));
    REFUSED(ERR_BAD_RELOCATION, sample.text_rel[0] = relocation(0, RELOCATION_RELATIVE, FIRST));
    REFUSED(ERR_BAD_RELOCATION, sample.text_rel[0] = relocation(0, 0xFF, FIRST));
    REFUSED(ERR_BAD_RELOCATION, sample.text_rel[0] = relocation(0, 1, SYMBOL_COUNT));
    REFUSED(ERR_BAD_RELOCATION, sample.text_rel[0] = relocation(0, 1, 0xFFFFFF));
    REFUSED(ERR_BAD_RELOCATION, sample.symbols[BSS_SYMBOL].section = NAMES);
    REFUSED(ERR_BAD_RELOCATION, sample.sections[TEXT_REL].info = SECTIONS);
    REFUSED(ERR_BAD_RELOCATION, sample.sections[TEXT_REL].info = 0);
    REFUSED(ERR_BAD_RELOCATION, sample.sections[TEXT_REL].info = BSS);
    REFUSED(ERR_BAD_RELOCATION, sample.sections[TEXT_REL].link = NAMES);
    REFUSED(ERR_BAD_RELOCATION, sample.sections[TEXT_REL].type = ELF_SECTION_RELA);
    REFUSED(ERR_BAD_RELOCATION, sample.sections[TEXT_REL].entry_size = 12);
    REFUSED(ERR_BAD_RELOCATION, sample.sections[TEXT_REL].size -= 1);
    REFUSED(0, sample.sections[TEXT_REL].info = NAMES); /* not in memory: nobody reads it */
}

static void what_a_module_says_of_itself_is_checked(void **state)
{
    (void)state;
    REFUSED(ERR_NOT_MODULE, sample.sections[DESCRIPTION].name = 0);
    REFUSED(ERR_NOT_MODULE, sample.description.magic++);
    REFUSED(ERR_NOT_MODULE, memset(sample.description.text, 'x', MODULE_TEXT_MAX));
    REFUSED(ERR_WRONG_VERSION, sample.description.interface++);
    REFUSED(ERR_BAD_SECTION, sample.sections[DESCRIPTION].size = 32);
    REFUSED(ERR_BAD_SECTION, sample.sections[DATA].name = sample.sections[DESCRIPTION].name);
    REFUSED(ERR_BAD_SECTION, sample.sections[EXPORTS].flags |= ELF_SECTION_WRITE);
    REFUSED(ERR_BAD_SECTION, sample.sections[EXPORTS].size -= 1);
    REFUSED(ERR_BAD_SYMBOL, memset(sample.exports[0].name, 'x', EXPORT_NAME_MAX));
    REFUSED(ERR_BAD_SYMBOL, sample.exports[0].name[0] = '\0');
    REFUSED(ERR_BAD_SYMBOL, sample.exports[1] = sample.exports[0]);
    REFUSED(ERR_BAD_SYMBOL, sample.needs[1] = sample.needs[0]);
    REFUSED(ERR_BAD_SYMBOL, memset(sample.needs[1].name, 'x', MODULE_NAME_MAX));
    REFUSED(ERR_BAD_SYMBOL, sample.exports_rel[0] = relocation(0, RELOCATION_32, BSS_SYMBOL));
    REFUSED(ERR_BAD_SYMBOL, sample.exports_rel[0] = relocation(0, RELOCATION_32, NEEDED_SYMBOL));
    REFUSED(ERR_BAD_SYMBOL, sample.calls_rel[0] = relocation(4, RELOCATION_NONE, 0));
}

/* Each word of the file takes each of these values; whatever is accepted is loaded, with every
 * access watched. */
static void any_word_may_hold_garbage(void **state)
{
    static const uint32_t garbage[GARBAGES] = {0,          1,          2,          3,
                                               0x7F,       0xFFFF,     0x10000,    0x7FFFFFFF,
                                               0x80000000, 0xFFFFF000, 0xFFFFFFFC, 0xFFFFFFFF};

    (void)state;
    for (uint32_t at = 0; at + 4 <= sizeof(sample); at += 2) {
        for (uint32_t i = 0; i < GARBAGES; i++) {
            int error;

            make_sample(NULL);
            memcpy((uint8_t *)&sample + at, &garbage[i], sizeof(garbage[i]));
            error = load_sample();
            assert_true(error == 0 || has_name(error));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_whole_module_is_placed_bound_and_relocated, make_sample),
        cmocka_unit_test_setup(common_symbols_get_zeroed_memory_of_their_own, make_sample),
        cmocka_unit_test_setup(notes_are_left_out, make_sample),
        cmocka_unit_test_setup(a_refusal_names_the_part_that_is_at_fault, make_sample),
        cmocka_unit_test_setup(a_complaint_can_be_shown_on_a_terminal, make_sample),
        cmocka_unit_test_setup(a_file_cut_at_any_byte_is_refused, make_sample),
        cmocka_unit_test(headers_that_are_no_modules_are_refused),
        cmocka_unit_test(sections_that_do_not_fit_are_refused),
        cmocka_unit_test(symbols_that_lie_are_refused),
        cmocka_unit_test(relocations_that_reach_elsewhere_are_refused),
        cmocka_unit_test(what_a_module_says_of_itself_is_checked),
        cmocka_unit_test(any_word_may_hold_garbage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
