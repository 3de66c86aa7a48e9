#include "programs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <abi/errors.h>
#include <kernel/debug.h>
#include <kernel/files.h>
#include <kernel/memory.h>
#include <kernel/relocate.h>

#define MIB          0x100000u
#define PROGRAM_AT   (800 * MIB) /* above the direct map: reached through windows */
#define LIBRARY_AT   (PROGRAM_AT + 0x10000u)
#define FILES_END    (PROGRAM_AT + 0x20000u)
#define NO_LIBRARY   0xFFFFFFFFu
#define SOME_SECTION 1

struct maker maker_program, maker_library;
struct file program_file;
struct program program;
struct space space;
char console[512];

static unsigned char program_bytes[MAKER_FILE_SIZE], library_bytes[MAKER_FILE_SIZE];
static uint32_t free_before;

bool panic_has_begun(void)
{
    return false;
}

void log_plain(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(console, sizeof(console), format, arguments);
    va_end(arguments);
}

void log_from_thread(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(console, sizeof(console), format, arguments);
    va_end(arguments);
}

/* ---- kernel/core/files.c, which here is strict about where a file ends ---- */

static struct file files[2];

const struct file *file_at(uint32_t number)
{
    return number < 2 ? &files[number] : NULL;
}

int file_find(const char *path)
{
    for (int i = 0; i < 2; i++)
        if (strcmp(files[i].path, path) == 0)
            return i;
    return ERR_NOT_FOUND;
}

void file_read(const struct file *file, uint32_t offset, void *to, uint32_t size)
{
    char *target = to;

    if (offset > file->size || size > file->size - offset)
        fail_msg("%s: %u bytes at %u are read, but it has only %u", file->path, size, offset,
                 file->size);
    while (size) {
        char *page = frame_open(file->address + offset / PAGE_SIZE * PAGE_SIZE);
        uint32_t piece = PAGE_SIZE - offset % PAGE_SIZE;

        piece = piece < size ? piece : size;
        memcpy(target, page + offset % PAGE_SIZE, piece);
        frame_close(page);
        target += piece;
        offset += piece;
        size -= piece;
    }
}

/* ---- The files ---- */

static void make_library(void)
{
    struct maker *maker = &maker_library;
    uint32_t call;

    maker_start(maker, library_bytes);
    maker_symbol(maker, "library_function", LIBRARY_FUNCTION, SOME_SECTION);
    maker_symbol(maker, "library_variable", LIBRARY_VARIABLE, SOME_SECTION);
    maker_symbol(maker, "library_absolute", LIBRARY_ABSOLUTE, ELF_ABSOLUTE);
    call = maker_symbol(maker, "kernel_call", 0, ELF_UNDEFINED);
    *maker_word(maker, MAKER_DATA) = LIBRARY_VARIABLE;
    maker_relocation(maker, RELOCATION_RELATIVE, 0, MAKER_DATA);
    maker_relocation(maker, RELOCATION_GLOB_DAT, call, MAKER_DATA + 4);
    maker_finish(maker);
}

static void make_program(void)
{
    struct maker *maker = &maker_program;
    uint32_t own, function, absolute, call, weak;

    maker_start(maker, program_bytes);
    maker_dynamic(maker, ELF_DYNAMIC_NEEDED, maker_name(maker, LIBRARY_NAME));
    own = maker_symbol(maker, "main", MAKER_ENTRY, SOME_SECTION);
    function = maker_symbol(maker, "library_function", 0, ELF_UNDEFINED);
    absolute = maker_symbol(maker, "library_absolute", 0, ELF_UNDEFINED);
    call = maker_symbol(maker, "kernel_call", 0, ELF_UNDEFINED);
    weak = maker_symbol(maker, "perhaps", 0, ELF_UNDEFINED);
    maker_symbol_at(maker, weak)->info = ELF_BINDING_WEAK << 4;
    *maker_word(maker, WORD_RELATIVE) = 0x1234;
    *maker_word(maker, WORD_OWN) = 8;
    *maker_word(maker, WORD_DISTANCE) = (uint32_t)-4;
    *maker_word(maker, WORD_WEAK) = 0x77777777;
    maker_relocation(maker, RELOCATION_RELATIVE, 0, WORD_RELATIVE);
    maker_relocation(maker, RELOCATION_32, own, WORD_OWN);
    maker_relocation(maker, RELOCATION_PC32, function, WORD_DISTANCE);
    maker_relocation(maker, RELOCATION_GLOB_DAT, absolute, WORD_ABSOLUTE);
    maker_relocation(maker, RELOCATION_GLOB_DAT, call, WORD_KERNEL);
    maker_relocation(maker, RELOCATION_GLOB_DAT, weak, WORD_WEAK);
    maker_relocation(maker, RELOCATION_32, own, WORD_ACROSS);
    maker_relocation(maker, RELOCATION_RELATIVE, 0, WORD_LAST);
    maker_relocation(maker, RELOCATION_NONE, 0xFFFFFF, 0xFFFFFFFF);
    maker_jump(maker, function, WORD_CALL);
    maker_finish(maker);
}

/* Where code leaves a page open at a preemption point, the windows run out here. */
static void need_windows(void)
{
    void *first = frame_open(PROGRAM_AT);
    void *second = frame_open(LIBRARY_AT);

    frame_close(second);
    frame_close(first);
}

void programs_start(void)
{
    const struct boot_info *info;

    machine_reset(true, true);
    machine_range(0x500, BOOT_INFO_BASE, MEMORY_LOADER);
    machine_range(BOOT_INFO_BASE, BOOT_INFO_BASE + BOOT_INFO_SIZE, MEMORY_BOOT_INFO);
    machine_range(KERNEL_LOAD, MACHINE_KERNEL_END, MEMORY_KERNEL);
    machine_range(MACHINE_KERNEL_END, 16 * MIB, MEMORY_FREE);
    machine_range(PROGRAM_AT, FILES_END, MEMORY_FILE);
    machine_range(FILES_END, FILES_END + 16 * MIB, MEMORY_FREE);
    info = machine_power_on();
    memory_start(info);
    memory_release_loader();
    machine_forbid_user_pages(true);
    machine_at_preemption_point = need_windows;
    files[0] =
        (struct file){.path = "/apps/program", .address = PROGRAM_AT, .size = MAKER_FILE_SIZE};
    files[1] = (struct file){.path = LIBRARY_PATH, .address = LIBRARY_AT, .size = MAKER_FILE_SIZE};
    program_file = files[0];
    console[0] = '\0';
    make_library();
    make_program();
    programs_install();
    free_before = frame_held(FRAME_FREE);
}

void programs_install(void)
{
    memcpy(machine_ram(PROGRAM_AT), program_bytes, MAKER_FILE_SIZE);
    memcpy(machine_ram(LIBRARY_AT), library_bytes, MAKER_FILE_SIZE);
}

void programs_cut_library(uint32_t size)
{
    if (size == NO_LIBRARY)
        files[1].path = "/apps/other";
    else
        files[1].size = size;
}

int programs_check(void)
{
    library_start();
    return program_check(&program_file, &program);
}

int programs_load(uint32_t number)
{
    assert_int_equal(space_create(&space), 0);
    machine_load(space.directory);
    program_choose_base(&program, number);
    return program_load(&program_file, &program, &space);
}

void programs_unload(void)
{
    space_clear(&space);
    assert_int_equal(space.pages, 0);
    machine_load(arch_master_directory());
    space_destroy(&space);
    assert_int_equal(frame_held(FRAME_USER), 0);
    assert_int_equal(frame_held(FRAME_FREE), free_before);
}

uint32_t programs_word(uint32_t address)
{
    uint32_t word = 0;

    for (uint32_t i = 0; i < 4; i++)
        word |= (uint32_t)(unsigned char)*machine_byte(address + i) << 8 * i;
    return word;
}
