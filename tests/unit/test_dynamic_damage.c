/* sources: kernel/core/process/program.c kernel/core/process/program_symbols.c kernel/core/process/dynamic.c kernel/core/process/bind.c kernel/core/process/library.c kernel/core/relocate.c kernel/core/memory/memory.c kernel/core/memory/direct_map.c kernel/core/memory/spans.c kernel/core/memory/frames.c kernel/core/memory/windows.c kernel/core/memory/heap.c kernel/core/memory/heap_pages.c kernel/core/memory/stacks.c kernel/core/memory/module_pages.c kernel/core/memory/space.c kernel/core/memory/pages.c kernel/core/memory/regions.c lib/string.c tests/unit/fakes/programs.c tests/unit/fakes/elf_maker.c tests/unit/fakes/arch.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <abi/errors.h>
#include <kernel/relocate.h>

#include "fakes/programs.h"

#define FLIPS 3000 /* damaged files; MEGHA_FLIPS=N in the environment for more */

/* ---- Damage with a name ---------------------------------------------------------------------- */

#define FIRST_RELOCATION (maker_relocation_at(maker, 0))
#define TAG(name)        (maker_tag(maker, ELF_DYNAMIC_##name))
#define OUTSIDE          0x00100000u

/* CASE(name, change of `maker`, error) */
#define CASES(CASE)                                                                                \
    CASE(a_relocation_in_code, FIRST_RELOCATION->offset = MAKER_ENTRY, BAD_RELOCATION)             \
    CASE(a_relocation_in_the_tables, FIRST_RELOCATION->offset = MAKER_TABLES, BAD_RELOCATION)      \
    CASE(a_relocation_before_the_data, FIRST_RELOCATION->offset = MAKER_DATA - 1, BAD_RELOCATION)  \
    CASE(a_relocation_behind_the_data, FIRST_RELOCATION->offset = MAKER_MEMORY_END - 3,            \
         BAD_RELOCATION)                                                                           \
    CASE(a_relocation_far_away, FIRST_RELOCATION->offset = OUTSIDE, BAD_RELOCATION)                \
    CASE(a_relocation_at_the_last_byte, FIRST_RELOCATION->offset = 0xFFFFFFFF, BAD_RELOCATION)     \
    CASE(a_relocation_of_a_copy, FIRST_RELOCATION->info = 1 << 8 | RELOCATION_COPY,                \
         BAD_RELOCATION)                                                                           \
    CASE(a_relocation_of_no_kind, FIRST_RELOCATION->info = 1 << 8 | 42, BAD_RELOCATION)            \
    CASE(a_symbol_index_behind_the_table, FIRST_RELOCATION->info = 6 << 8 | RELOCATION_32,         \
         BAD_RELOCATION)                                                                           \
    CASE(the_largest_symbol_index, FIRST_RELOCATION->info = 0xFFFFFFu << 8 | RELOCATION_32,        \
         BAD_RELOCATION)                                                                           \
    CASE(a_common_symbol, maker_symbol_at(maker, 1)->section = ELF_COMMON, BAD_RELOCATION)         \
    CASE(a_thread_local_symbol, maker_symbol_at(maker, 2)->info = 1 << 4 | ELF_SYMBOL_TLS,         \
         BAD_RELOCATION)                                                                           \
    CASE(a_name_behind_the_table, maker_symbol_at(maker, 2)->name = maker->names_size,             \
         BAD_DYNAMIC)                                                                              \
    CASE(a_name_far_away, maker_symbol_at(maker, 2)->name = 0xFFFFFFFF, BAD_DYNAMIC)               \
    CASE(a_name_without_end, TAG(NAMES_SIZE)->value -= 1, BAD_DYNAMIC)                             \
    CASE(relocations_of_code, TAG(SYMBOL_SIZE)->tag = 22, BAD_RELOCATION)                          \
    CASE(a_flag_for_relocations_of_code, TAG(SYMBOL_SIZE)->tag = 30;                               \
         TAG(FLAGS)->value = 4, BAD_RELOCATION)                                                    \
    CASE(relocations_with_addends, TAG(SYMBOL_SIZE)->tag = 7, BAD_RELOCATION)                      \
    CASE(calls_with_addends, TAG(JUMPS_KIND)->value = 7, BAD_RELOCATION)                           \
    CASE(relocations_of_another_size, TAG(REL_ENTRY)->value = 12, BAD_RELOCATION)                  \
    CASE(symbols_of_another_size, TAG(SYMBOL_SIZE)->value = 24, BAD_DYNAMIC)                       \
    CASE(half_a_relocation, TAG(REL_SIZE)->value -= 4, BAD_DYNAMIC)                                \
    CASE(too_many_relocations, TAG(REL_SIZE)->value = 0x1000, BAD_DYNAMIC)                         \
    CASE(relocations_that_wrap, TAG(REL_SIZE)->value = 0xFFFFFFF8, BAD_DYNAMIC)                    \
    CASE(relocations_outside, TAG(REL)->value = OUTSIDE, BAD_DYNAMIC)                              \
    CASE(calls_outside, TAG(JUMPS)->value = 0xFFFFFFF8, BAD_DYNAMIC)                               \
    CASE(relocations_in_zeroed_memory, TAG(REL)->value = MAKER_FILE_SIZE, BAD_DYNAMIC)             \
    CASE(names_outside, TAG(NAMES)->value = OUTSIDE, BAD_DYNAMIC)                                  \
    CASE(names_that_wrap, TAG(NAMES_SIZE)->value = 0xFFFFFFFF, BAD_DYNAMIC)                        \
    CASE(symbols_outside, TAG(SYMBOLS)->value = MAKER_DATA - 16, BAD_DYNAMIC)                      \
    CASE(no_symbols, TAG(SYMBOLS)->tag = 100, BAD_DYNAMIC)                                         \
    CASE(no_names, TAG(NAMES)->tag = 100, BAD_DYNAMIC)                                             \
    CASE(no_hash_table, TAG(HASH)->tag = 100, BAD_DYNAMIC)                                         \
    CASE(a_hash_table_outside, TAG(HASH)->value = 0xFFFFFFFC, BAD_DYNAMIC)                         \
    CASE(a_hash_table_at_the_end, TAG(HASH)->value = MAKER_DATA - 4, BAD_DYNAMIC)                  \
    CASE(no_buckets, maker_hash(maker)[0] = 0, BAD_DYNAMIC)                                        \
    CASE(too_many_buckets, maker_hash(maker)[0] = 0x400, BAD_DYNAMIC)                              \
    CASE(buckets_that_wrap, maker_hash(maker)[0] = 0x3FFFFFFF, BAD_DYNAMIC)                        \
    CASE(too_many_symbols, maker_hash(maker)[1] = 0x200, BAD_DYNAMIC)                              \
    CASE(symbols_that_wrap, maker_hash(maker)[1] = 0x40000000, BAD_DYNAMIC)                        \
    CASE(no_dynamic_section, maker_segment(maker, 3)->type = 0, BAD_DYNAMIC)                       \
    CASE(an_empty_dynamic_section, maker_segment(maker, 3)->file_size = 0, BAD_DYNAMIC)            \
    CASE(a_dynamic_section_behind_the_end, maker_segment(maker, 3)->offset = MAKER_FILE_SIZE,      \
         TRUNCATED)                                                                                \
    CASE(a_dynamic_section_far_away, maker_segment(maker, 3)->offset = 0xFFFFFFF8, TRUNCATED)      \
    CASE(an_interpreter, maker_segment(maker, 3)->type = ELF_SEGMENT_INTERPRETER, FOREIGN_LOADER)  \
    CASE(a_wide_alignment, maker_segment(maker, 2)->align = 2 * PAGE_SIZE, BAD_SEGMENT)            \
    CASE(a_segment_that_wraps, maker_segment(maker, 2)->address = 0xFFFFF000, BAD_SEGMENT)         \
    CASE(a_segment_too_high, maker_segment(maker, 2)->address = 0x3FF00000, BAD_SEGMENT)           \
    CASE(a_segment_too_large, maker_segment(maker, 2)->memory_size = 0x3FC00000, BAD_SEGMENT)      \
    CASE(a_segment_that_leaves_no_room_for_the_library,                                            \
         maker_segment(maker, 2)->memory_size =                                                    \
             PROGRAM_END - PROGRAM_BASE - 65 * PAGE_SIZE - MAKER_DATA,                             \
         BAD_SEGMENT)                                                                              \
    CASE(an_entry_in_the_data, maker_header(maker)->entry = MAKER_DATA, BAD_ENTRY)                 \
    CASE(a_kind_that_cannot_run, maker_header(maker)->type = 1, NOT_ELF)

#define CHANGE(name, change, error)                                                                \
    static void name(struct maker *maker)                                                          \
    {                                                                                              \
        change;                                                                                    \
    }
CASES(CHANGE)

static void each_part_of_a_file_is_checked(void **state)
{
    static const struct {
        const char *name;
        void (*change)(struct maker *maker);
        int error;
    } cases[] = {
#define ROW(name, change, error) {#name, name, ERR_##error},
        CASES(ROW)};

    static unsigned char whole[MAKER_FILE_SIZE];
    struct maker maker;

    (void)state;
    programs_start();
    maker = maker_program;
    memcpy(whole, maker.bytes, sizeof(whole));
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int error;

        cases[i].change(&maker_program);
        programs_install();
        error = programs_check();
        if (error != cases[i].error)
            fail_msg("%s: %d instead of %d", cases[i].name, error, cases[i].error);
        maker_program = maker;
        memcpy(maker.bytes, whole, sizeof(whole));
    }
}

/* The same in the library makes it one that is not used, and programs that need it do not start. */
static void damage_of_the_library_is_told_at_boot(void **state)
{
    struct maker *maker = &maker_library;

    (void)state;
    programs_start();
    FIRST_RELOCATION->offset = MAKER_ENTRY;
    programs_install();
    assert_int_equal(library_start(), ERR_BAD_RELOCATION);
    assert_int_equal(program_check(&program_file, &program), ERR_NO_LIBRARY);
    FIRST_RELOCATION->offset = MAKER_DATA;
    maker_header(maker)->type = ELF_TYPE_EXEC;
    programs_install();
    assert_true(library_start() < 0);
    maker_header(maker)->type = ELF_TYPE_DYNAMIC;
    maker_segment(maker, 2)->memory_size = 0x20000000;
    programs_install();
    assert_int_equal(library_start(), ERR_BAD_SEGMENT);
    maker_segment(maker, 2)->memory_size = MAKER_FILE_SIZE - MAKER_DATA;
    TAG(SYMBOL_SIZE)->tag = ELF_DYNAMIC_NEEDED;
    TAG(NEEDED)->value = maker_name(maker, LIBRARY_NAME);
    TAG(NAMES_SIZE)->value = maker->names_size;
    programs_install();
    assert_int_equal(library_start(), ERR_NO_LIBRARY);
}

/* ---- Damage anywhere ------------------------------------------------------------------------- */

static void a_program_cut_anywhere_is_refused(void **state)
{
    (void)state;
    programs_start();
    library_start();
    for (uint32_t size = 0; size < MAKER_FILE_SIZE; size++) {
        program_file.size = size;
        assert_true(program_check(&program_file, &program) < 0);
    }
    program_file.size = MAKER_FILE_SIZE;
    assert_int_equal(program_check(&program_file, &program), 0);
}

static void a_library_cut_anywhere_is_not_used(void **state)
{
    (void)state;
    programs_start();
    for (uint32_t size = 0; size < MAKER_FILE_SIZE; size++) {
        programs_cut_library(size);
        assert_true(library_start() < 0);
        assert_int_equal(program_check(&program_file, &program), ERR_NO_LIBRARY);
    }
}

/* Mostly where the loader reads. */
static void spoil(unsigned char *bytes)
{
    static const unsigned char values[] = {0, 1, 0x7F, 0x80, 0xFF};

    for (uint32_t flips = 1 + machine_random(4); flips; flips--) {
        uint32_t where = machine_random(8) ? MAKER_TABLES + machine_random(0x600)
                                           : machine_random(MAKER_FILE_SIZE);

        if (!machine_random(4))
            where = machine_random(sizeof(struct elf_header) + 4 * sizeof(struct elf_segment));
        if (machine_random(2))
            bytes[where] = values[machine_random(sizeof(values))];
        else
            bytes[where] ^= (unsigned char)(1 << machine_random(8));
    }
}

static uint32_t flips_wanted(void)
{
    const char *wanted = getenv("MEGHA_FLIPS");

    return wanted ? (uint32_t)strtoul(wanted, NULL, 0) : FLIPS;
}

/* What the check lets through is loaded without any other error than that memory runs out, and all
 * of it comes back. */
static void files_with_random_damage_do_no_harm(void **state)
{
    static unsigned char whole[2][MAKER_FILE_SIZE];
    struct maker *const makers[] = {&maker_program, &maker_library};
    uint32_t loaded = 0, count = flips_wanted();

    (void)state;
    programs_start();
    for (uint32_t i = 0; i < 2; i++)
        memcpy(whole[i], makers[i]->bytes, MAKER_FILE_SIZE);
    for (uint32_t round = 0; round < count; round++) {
        uint32_t which = machine_random(4) == 0;
        int error;

        spoil(makers[which]->bytes);
        programs_install();
        memcpy(makers[which]->bytes, whole[which], MAKER_FILE_SIZE);
        if (programs_check() < 0 || program_pages(&program) > 1000)
            continue;
        error = programs_load(round);
        assert_true(error == 0 || error == ERR_NO_MEMORY);
        programs_unload();
        loaded++;
    }
    assert_in_range(loaded, count / 20, count);
    assert_in_range(count - loaded, count / 20, count);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_part_of_a_file_is_checked),
        cmocka_unit_test(damage_of_the_library_is_told_at_boot),
        cmocka_unit_test(a_program_cut_anywhere_is_refused),
        cmocka_unit_test(a_library_cut_anywhere_is_not_used),
        cmocka_unit_test(files_with_random_damage_do_no_harm),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
