/*
 * Feeds any bytes to the loader of programs: everything that it decides about a file before a
 * process exists, and the names that reports look up later.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <abi/errors.h>
#include <kernel/debug.h>
#include <kernel/files.h>
#include <kernel/program.h>
#include <kernel/sched.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t *contents;

/* ---- What the loader asks of the kernel --------------------------------------------------------
 */

void sched_preemption_point(void)
{
}

bool panic_has_begun(void)
{
    return false;
}

void log_plain(const char *format, ...)
{
    char line[LOG_LINE_MAX];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
}

void log_from_thread(const char *format, ...)
{
    char line[LOG_LINE_MAX];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
}

/* The loader has to stay inside the file. */
void file_read(const struct file *file, uint32_t offset, void *to, uint32_t size)
{
    if (offset > file->size || size > file->size - offset)
        abort();
    memcpy(to, contents + offset, size);
}

/* There is no library. */
int file_find(const char *path)
{
    (void)path;
    return ERR_NOT_FOUND;
}

const struct file *file_at(uint32_t number)
{
    (void)number;
    abort();
}

/* What is only done for a process that exists is not tried here. */
#define NEVER(result, name, parameters)                                                            \
    result name parameters;                                                                        \
    result name parameters                                                                         \
    {                                                                                              \
        abort();                                                                                   \
    }

NEVER(uint32_t, pointer_to_address, (const void *pointer))
NEVER(void, window_close, (void *opened))
NEVER(void *, space_open, (const struct space *space, uint32_t address))
NEVER(int, space_add,
      (struct space * space, uint32_t start, uint32_t size, uint32_t guard, uint32_t rights,
       enum region_kind kind, bool user))
NEVER(int, space_add_borrowed,
      (struct space * space, uint32_t start, uint32_t size, phys frame, uint32_t rights,
       enum region_kind kind))

/* ---- One file ----------------------------------------------------------------------------------
 */

/* What program_load will rely on. */
static void check_segments(const struct program *program, uint32_t size)
{
    if (program->segment_count > PROGRAM_SEGMENTS_MAX)
        abort();
    for (uint32_t i = 0; i < program->segment_count; i++) {
        const struct program_segment *segment = &program->segments[i];

        if (segment->file_size > segment->memory_size)
            abort();
        if (segment->file_size &&
            (segment->file_offset > size || segment->file_size > size - segment->file_offset))
            abort();
        if (program->movable)
            continue;
        if (segment->start < USER_START || segment->start >= PROGRAM_END ||
            segment->memory_size > PROGRAM_END - segment->start)
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1);
    struct file file = {.path = "/apps/fuzz", .size = (uint32_t)size};
    struct program program;
    char name[32];
    uint32_t offset;

    if (size)
        memcpy(copy, data, size);
    contents = copy;
    if (program_check(&file, &program) == 0) {
        check_segments(&program, file.size);
        (void)program_pages(&program);
        program_choose_base(&program, (uint32_t)size * 2654435761u);
        (void)program_symbol(&file, program.entry, name, sizeof(name), &offset);
    }
    free(copy);
    return 0;
}
