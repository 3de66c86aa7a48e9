/* sources: kernel/core/process/program.c kernel/core/process/program_symbols.c kernel/core/process/dynamic.c kernel/core/process/bind.c kernel/core/process/library.c kernel/core/relocate.c kernel/core/memory/memory.c kernel/core/memory/direct_map.c kernel/core/memory/spans.c kernel/core/memory/frames.c kernel/core/memory/windows.c kernel/core/memory/heap.c kernel/core/memory/heap_pages.c kernel/core/memory/stacks.c kernel/core/memory/module_pages.c kernel/core/memory/space.c kernel/core/memory/pages.c kernel/core/memory/regions.c lib/string.c tests/unit/fakes/programs.c tests/unit/fakes/elf_maker.c tests/unit/fakes/arch.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <abi/errors.h>
#include <hw/x86.h>

#include "fakes/programs.h"

#define NOWHERE 0xFFFFFFFFu

static uint32_t frame_at(uint32_t address)
{
    return machine_entry(address) & PTE_FRAME;
}

/* ---- What is right -------------------------------------------------------------------------- */

static void words_are_relocated_for_each_base(void **state)
{
    (void)state;
    programs_start();
    for (uint32_t number = 0; number < 130; number += 13) {
        uint32_t base, library;

        assert_int_equal(programs_check(), 0);
        assert_int_equal(programs_load(number), 0);
        base = program.base;
        library = program.library_base;
        assert_int_equal(base, PROGRAM_BASE + number % 64 * PAGE_SIZE);
        assert_in_range(library, base + MAKER_MEMORY_END, PROGRAM_END);
        assert_int_equal(programs_word(base + WORD_RELATIVE), base + 0x1234);
        assert_int_equal(programs_word(base + WORD_OWN), base + MAKER_ENTRY + 8);
        assert_int_equal(programs_word(base + WORD_DISTANCE),
                         library + LIBRARY_FUNCTION - 4 - (base + WORD_DISTANCE));
        assert_int_equal(programs_word(base + WORD_ABSOLUTE), LIBRARY_ABSOLUTE);
        assert_int_equal(programs_word(base + WORD_CALL), library + LIBRARY_FUNCTION);
        assert_int_equal(programs_word(base + WORD_KERNEL), KERNEL_STUB_VA);
        assert_int_equal(programs_word(base + WORD_WEAK), 0);
        assert_int_equal(programs_word(base + WORD_ACROSS), base + MAKER_ENTRY);
        assert_int_equal(programs_word(base + WORD_LAST), base);
        assert_int_equal(programs_word(library + MAKER_DATA), library + LIBRARY_VARIABLE);
        assert_int_equal(programs_word(library + MAKER_DATA + 4), KERNEL_STUB_VA);
        programs_unload();
    }
}

static void pages_that_nobody_writes_are_the_files_own(void **state)
{
    (void)state;
    programs_start();
    assert_int_equal(programs_check(), 0);
    assert_int_equal(program_pages(&program), 2 + 2); /* data of both, each two pages */
    assert_int_equal(programs_load(5), 0);
    assert_int_equal(space.pages, 2 + 2);
    for (uint32_t page = 0; page < MAKER_DATA; page += PAGE_SIZE) {
        assert_int_equal(frame_at(program.base + page), program_file.address + page);
        assert_int_equal(frame_at(program.library_base + page), file_at(1)->address + page);
        assert_false(machine_entry(program.library_base + page) & PTE_WRITE);
    }
    assert_true(machine_entry(program.library_base + MAKER_DATA) & PTE_WRITE);
    assert_int_not_equal(frame_at(program.library_base + MAKER_DATA),
                         file_at(1)->address + MAKER_DATA);
    assert_memory_equal(maker_library.bytes, machine_ram(file_at(1)->address), MAKER_FILE_SIZE);
    assert_memory_equal(maker_program.bytes, machine_ram(program_file.address), MAKER_FILE_SIZE);
    programs_unload();
}

static void functions_of_program_and_library_have_names(void **state)
{
    struct function_place place;

    (void)state;
    programs_start();
    assert_int_equal(programs_check(), 0);
    program_choose_base(&program, 9);
    assert_true(program_function(&program_file, &program, program.base + MAKER_ENTRY + 5, &place));
    assert_string_equal(place.name, "main");
    assert_int_equal(place.offset, 5);
    assert_null(place.library);
    assert_true(program_function(&program_file, &program,
                                 program.library_base + LIBRARY_FUNCTION + 7, &place));
    assert_string_equal(place.name, "library_function");
    assert_int_equal(place.offset, 7);
    assert_string_equal(place.library, LIBRARY_NAME);
}

static void a_program_without_the_library_needs_none(void **state)
{
    (void)state;
    programs_start();
    programs_cut_library(NOWHERE);
    maker_start(&maker_program, maker_program.bytes);
    maker_relocation(&maker_program, 8, 0, WORD_RELATIVE);
    maker_finish(&maker_program);
    programs_install();
    assert_int_equal(library_start(), ERR_NOT_FOUND);
    assert_int_equal(program_check(&program_file, &program), 0);
    assert_int_equal(programs_load(3), 0);
    assert_int_equal(program.library_base, 0);
    assert_int_equal(programs_word(program.base + WORD_RELATIVE), program.base);
    programs_unload();
}

/* ---- What is not there ---------------------------------------------------------------------- */

static void a_missing_library_is_an_error(void **state)
{
    (void)state;
    programs_start();
    programs_cut_library(NOWHERE);
    assert_int_equal(library_start(), ERR_NOT_FOUND);
    assert_int_equal(program_check(&program_file, &program), ERR_NO_LIBRARY);
}

static void another_library_is_named(void **state)
{
    (void)state;
    programs_start();
    for (char *at = (char *)maker_program.bytes; at < (char *)maker_program.bytes + MAKER_DATA;
         at++)
        if (memcmp(at, LIBRARY_NAME, sizeof(LIBRARY_NAME)) == 0)
            memcpy(at, "libother.so", sizeof("libother.so"));
    programs_install();
    assert_int_equal(programs_check(), ERR_NO_LIBRARY);
    assert_non_null(strstr(console, "/apps/program needs the library libother.so"));
}

static void an_undefined_name_is_told(void **state)
{
    (void)state;
    programs_start();
    maker_symbol_at(&maker_program, 5)->info = 1 << 4; /* "perhaps", now not weak */
    programs_install();
    assert_int_equal(programs_check(), ERR_UNDEFINED_SYMBOL);
    assert_string_equal(console, "/apps/program uses perhaps, which is defined nowhere.");
}

static void what_the_library_keeps_to_itself_is_not_found(void **state)
{
    (void)state;
    programs_start();
    maker_symbol_at(&maker_library, 1)->info = ELF_BINDING_LOCAL << 4;
    programs_install();
    assert_int_equal(programs_check(), ERR_UNDEFINED_SYMBOL);
    maker_symbol_at(&maker_library, 1)->info = 1 << 4 | ELF_SYMBOL_TLS;
    programs_install();
    assert_int_equal(programs_check(), ERR_UNDEFINED_SYMBOL);
}

static void chains_that_run_in_circles_end(void **state)
{
    uint32_t *hash;

    (void)state;
    programs_start();
    hash = maker_hash(&maker_library);
    for (uint32_t i = 0; i < 3; i++)
        hash[2 + i] = 4; /* kernel_call, which is not defined there */
    hash[2 + 3 + 4] = 4;
    programs_install();
    assert_int_equal(programs_check(), ERR_UNDEFINED_SYMBOL);
    hash[2 + 3 + 4] = 3;
    hash[2 + 3 + 3] = 4;
    programs_install();
    assert_int_equal(programs_check(), ERR_UNDEFINED_SYMBOL);
    hash[2 + 3 + 3] = 0x40000000;
    programs_install();
    assert_int_equal(programs_check(), ERR_UNDEFINED_SYMBOL);
}

static void no_memory_at_any_step_leaves_nothing_behind(void **state)
{
    uint32_t failures = 0;
    int error = ERR_NO_MEMORY;

    (void)state;
    programs_start();
    assert_int_equal(programs_check(), 0);
    for (uint32_t after = 1; error < 0; after++) {
        assert_int_equal(space_create(&space), 0);
        machine_load(space.directory);
        program_choose_base(&program, after);
        memory_fail_after(after);
        error = program_load(&program_file, &program, &space);
        memory_fail_after(0);
        failures += error == ERR_NO_MEMORY;
        assert_true(error == 0 || error == ERR_NO_MEMORY);
        programs_unload();
    }
    assert_in_range(failures, 10, 30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_relocated_for_each_base),
        cmocka_unit_test(pages_that_nobody_writes_are_the_files_own),
        cmocka_unit_test(functions_of_program_and_library_have_names),
        cmocka_unit_test(a_program_without_the_library_needs_none),
        cmocka_unit_test(a_missing_library_is_an_error),
        cmocka_unit_test(another_library_is_named),
        cmocka_unit_test(an_undefined_name_is_told),
        cmocka_unit_test(what_the_library_keeps_to_itself_is_not_found),
        cmocka_unit_test(chains_that_run_in_circles_end),
        cmocka_unit_test(no_memory_at_any_step_leaves_nothing_behind),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
