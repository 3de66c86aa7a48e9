/*
 * The program library as a shared object: checked once, at boot. Its read-only pages are in RAM
 * once, as those of every boot file; what it writes, each process has of its own.
 */
#include "dynamic.h"

#include <abi/errors.h>
#include <lib/string.h>

/* The base moves by a page from process to process, so that a program that works at one address
 * only does not work for long. All of them, with a small program and the library, have one page
 * table. */
#define BASES 64

#define LIBRARY_SPAN_MAX 0x01000000

static struct program library;
static const struct file *library_file; /* NULL: there is none that can be used */

int library_start(void)
{
    int number = file_find(LIBRARY_PATH);
    struct image image = {.program = &library};
    int error;

    library_file = NULL;
    if (number < 0)
        return ERR_NOT_FOUND;
    image.file = file_at((uint32_t)number);
    error = program_read(image.file, &library);
    if (error < 0)
        return error;
    if (!library.movable)
        return ERR_BAD_DYNAMIC;
    if (program_span(&library) > LIBRARY_SPAN_MAX)
        return ERR_BAD_SEGMENT;
    if (library.dynamic.needs_library)
        return ERR_NO_LIBRARY;
    error = image_bind(&image, NULL, NULL);
    if (error == 0)
        library_file = image.file;
    return error;
}

const struct image *library_at(uint32_t base, struct image *image)
{
    *image = (struct image){library_file, &library, base};
    return library_file ? image : NULL;
}

uint32_t library_pages(void)
{
    return library_file ? program_pages(&library) : 0;
}

/* From the first base to the end of the library behind the last one, with a free page between. */
static bool fits(const struct program *program)
{
    uint32_t room = PROGRAM_END - PROGRAM_BASE - (BASES + 1) * PAGE_SIZE;
    uint32_t span = program_span(program);

    if (program->dynamic.needs_library)
        room -= program_span(&library);
    return span <= room;
}

int program_bind_check(const struct file *file, const struct program *program)
{
    const struct image image = {file, program, 0};
    const struct image *shared = NULL;
    struct image place;

    if (program->dynamic.needs_library) {
        shared = library_at(0, &place);
        if (!shared)
            return ERR_NO_LIBRARY;
    }
    return fits(program) ? image_bind(&image, shared, NULL) : ERR_BAD_SEGMENT;
}

void program_choose_base(struct program *program, uint32_t number)
{
    if (!program->movable)
        return;
    program->base = PROGRAM_BASE + number % BASES * PAGE_SIZE;
    if (program->dynamic.needs_library)
        program->library_base = program->base + program_span(program) + PAGE_SIZE;
}

int program_load(const struct file *file, const struct program *program, struct space *space)
{
    const struct image image = {file, program, program->base};
    const struct image *shared = NULL;
    struct image place;
    int error = image_map(&image, space, REGION_PROGRAM);

    if (error < 0 || !program->movable)
        return error;
    if (program->library_base) {
        shared = library_at(program->library_base, &place);
        error = image_map(shared, space, REGION_LIBRARY);
        if (error == 0)
            error = image_bind(shared, NULL, space);
    }
    return error < 0 ? error : image_bind(&image, shared, space);
}

bool program_function(const struct file *file, const struct program *program, uint32_t address,
                      struct function_place *place)
{
    uint32_t in_library = address - program->library_base;

    if (program->library_base && in_library < program_span(&library)) {
        place->library = LIBRARY_NAME;
        return program_symbol(library_file, in_library, place->name, sizeof(place->name),
                              &place->offset);
    }
    place->library = NULL;
    return program_symbol(file, address - program->base, place->name, sizeof(place->name),
                          &place->offset);
}
