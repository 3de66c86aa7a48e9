/* Checks a program file and maps it. Nothing in the file is trusted before it is checked. */
#include "dynamic.h"

#include <abi/errors.h>
#include <kernel/program.h>
#include <kernel/sched.h>
#include <lib/string.h>

/* A note of rights: the name with its end, padded, and one word. */
#define RIGHTS_NOTE_VALUE 8
#define RIGHTS_NOTE_SIZE  (RIGHTS_NOTE_VALUE + 4)

_Static_assert(sizeof(RIGHTS_NOTE_NAME) <= RIGHTS_NOTE_VALUE, "make room for the note's name");

static uint32_t page_down(uint32_t address)
{
    return address & ~(PAGE_SIZE - 1u);
}

static uint32_t page_up(uint32_t address)
{
    return page_down(address + PAGE_SIZE - 1);
}

/* True where [offset, offset + size) lies in the file. No bytes lie anywhere: older GNU linkers and
 * lld give zeroed memory an offset behind the file's end. */
static bool in_file(const struct file *file, uint32_t offset, uint32_t size)
{
    return size == 0 || (offset <= file->size && size <= file->size - offset);
}

static uint32_t pad(uint32_t size)
{
    return (size + 3) & ~3u;
}

static int check_header(const struct file *file, const struct elf_header *header)
{
    if (memcmp(header->ident, ELF_IDENT, ELF_IDENT_SIZE) != 0)
        return ERR_NOT_ELF;
    if ((header->type != ELF_TYPE_EXEC && header->type != ELF_TYPE_DYNAMIC) ||
        header->machine != ELF_MACHINE_386 || header->version != ELF_VERSION)
        return ERR_NOT_ELF;
    if (header->segment_size != sizeof(struct elf_segment) || header->segment_count == 0)
        return ERR_NOT_ELF;
    if (header->segment_count > PROGRAM_HEADERS_MAX)
        return ERR_BAD_SEGMENT;
    if (!in_file(file, header->segments_offset,
                 header->segment_count * (uint32_t)sizeof(struct elf_segment)))
        return ERR_TRUNCATED;
    return 0;
}

/* A position-independent file counts from 0, and its base is the start of a page. */
static int check_segment(const struct file *file, const struct elf_segment *segment, bool movable)
{
    if (segment->file_size > segment->memory_size)
        return ERR_BAD_SEGMENT;
    if (segment->address >= PROGRAM_END || (!movable && segment->address < USER_START))
        return ERR_BAD_SEGMENT;
    if (movable && segment->align > PAGE_SIZE)
        return ERR_BAD_SEGMENT;
    if (segment->memory_size > PROGRAM_END - segment->address)
        return ERR_BAD_SEGMENT;
    if (!in_file(file, segment->offset, segment->file_size))
        return ERR_TRUNCATED;
    return 0;
}

/* Two segments in one page would have to share its rights. */
static bool shares_a_page(const struct program *program, const struct elf_segment *segment)
{
    uint32_t start = page_down(segment->address);
    uint32_t end = page_up(segment->address + segment->memory_size);

    for (uint32_t i = 0; i < program->segment_count; i++) {
        const struct program_segment *other = &program->segments[i];

        if (start < page_up(other->start + other->memory_size) && page_down(other->start) < end)
            return true;
    }
    return false;
}

/* A note of ours that declares rights; others are passed over. Nonsense ends the reading: a program
 * without a declaration has no rights. */
static void read_notes(const struct file *file, const struct elf_segment *segment,
                       struct program *program)
{
    uint32_t at = 0;

    if (!in_file(file, segment->offset, segment->file_size))
        return;
    for (int i = 0; i < NOTES_MAX; i++) {
        struct elf_note note;
        char contents[RIGHTS_NOTE_SIZE];
        uint32_t padded;

        if (segment->file_size - at < sizeof(struct elf_note) + RIGHTS_NOTE_SIZE)
            return;
        file_read(file, segment->offset + at, &note, sizeof(note));
        at += (uint32_t)sizeof(note);
        file_read(file, segment->offset + at, contents, sizeof(contents));
        if (note.type == RIGHTS_NOTE_TYPE && note.name_size == sizeof(RIGHTS_NOTE_NAME) &&
            note.value_size == sizeof(uint32_t) &&
            memcmp(contents, RIGHTS_NOTE_NAME, sizeof(RIGHTS_NOTE_NAME)) == 0)
            memcpy(&program->rights, &contents[RIGHTS_NOTE_VALUE], sizeof(uint32_t));
        padded = pad(note.name_size) + pad(note.value_size);
        if (note.name_size > segment->file_size || note.value_size > segment->file_size ||
            padded > segment->file_size - at)
            return;
        at += padded;
    }
}

static int add_segment(const struct file *file, const struct elf_segment *segment,
                       struct program *program)
{
    int error;

    if (segment->type == ELF_SEGMENT_INTERPRETER ||
        (segment->type == ELF_SEGMENT_DYNAMIC && !program->movable))
        return ERR_FOREIGN_LOADER;
    if (segment->type == ELF_SEGMENT_NOTE)
        read_notes(file, segment, program);
    if (segment->type != ELF_SEGMENT_LOAD || segment->memory_size == 0)
        return 0;
    error = check_segment(file, segment, program->movable);
    if (error < 0)
        return error;
    if (program->segment_count == PROGRAM_SEGMENTS_MAX || shares_a_page(program, segment))
        return ERR_BAD_SEGMENT;
    program->segments[program->segment_count++] = (struct program_segment){
        .start = segment->address,
        .memory_size = segment->memory_size,
        .file_offset = segment->offset,
        .file_size = segment->file_size,
        .rights = segment->rights & (ACCESS_READ | ACCESS_WRITE | ACCESS_EXECUTE),
    };
    return 0;
}

/* The first instruction has to come from the file and from a segment that may be executed. */
static bool entry_is_code(const struct program *program)
{
    for (uint32_t i = 0; i < program->segment_count; i++) {
        const struct program_segment *segment = &program->segments[i];

        if (program->entry >= segment->start && segment->rights & ACCESS_EXECUTE &&
            program->entry - segment->start < segment->file_size)
            return true;
    }
    return false;
}

static int read_header(const struct file *file, struct elf_header *header)
{
    if (file->size == 0)
        return ERR_EMPTY;
    if (file->size < sizeof(*header)) {
        char start[ELF_IDENT_SIZE];
        uint32_t length = file->size < sizeof(start) ? file->size : (uint32_t)sizeof(start);

        file_read(file, 0, start, length);
        return memcmp(start, ELF_IDENT, length) == 0 ? ERR_TRUNCATED : ERR_NOT_ELF;
    }
    file_read(file, 0, header, sizeof(*header));
    return check_header(file, header);
}

/* All loadable segments are known when the dynamic section is read: its tables lie in them. */
static int read_dynamic(const struct file *file, const struct elf_segment *segment,
                        struct program *program)
{
    if (segment->type != ELF_SEGMENT_DYNAMIC)
        return ERR_BAD_DYNAMIC;
    if (!in_file(file, segment->offset, segment->file_size))
        return ERR_TRUNCATED;
    return dynamic_read(file, segment, program);
}

int program_read(const struct file *file, struct program *program)
{
    struct elf_segment dynamic = {0};
    struct elf_header header;
    int error;

    memset(program, 0, sizeof(*program));
    error = read_header(file, &header);
    if (error < 0)
        return error;
    program->entry = header.entry;
    program->movable = header.type == ELF_TYPE_DYNAMIC;
    for (uint32_t i = 0; i < header.segment_count; i++) {
        struct elf_segment segment;

        file_read(file, header.segments_offset + i * (uint32_t)sizeof(segment), &segment,
                  sizeof(segment));
        error = add_segment(file, &segment, program);
        if (error < 0)
            return error;
        if (segment.type == ELF_SEGMENT_DYNAMIC)
            dynamic = segment;
    }
    return program->movable ? read_dynamic(file, &dynamic, program) : 0;
}

int program_check(const struct file *file, struct program *program)
{
    int error = program_read(file, program);

    if (error < 0)
        return error;
    if (!entry_is_code(program))
        return ERR_BAD_ENTRY;
    return program->movable ? program_bind_check(file, program) : 0;
}

void program_from_code(struct program *program, uint32_t size)
{
    memset(program, 0, sizeof(*program));
    program->entry = PROGRAM_BASE;
    program->segment_count = 1;
    program->segments[0] = (struct program_segment){
        .start = PROGRAM_BASE,
        .memory_size = size,
        .rights = ACCESS_READ | ACCESS_WRITE | ACCESS_EXECUTE,
    };
}

/*
 * A page that nobody may write and that the file holds whole is shown where it lies in RAM. The
 * rest of its last page in memory is the file's as well, so the segment must not end in zeroed
 * bytes.
 */
static bool can_borrow(const struct program_segment *segment)
{
    return !(segment->rights & ACCESS_WRITE) && segment->file_size == segment->memory_size &&
           segment->start % PAGE_SIZE == segment->file_offset % PAGE_SIZE;
}

static uint32_t segment_size(const struct program_segment *segment)
{
    return page_up(segment->start + segment->memory_size) - page_down(segment->start);
}

uint32_t program_span(const struct program *program)
{
    uint32_t span = 0;

    for (uint32_t i = 0; i < program->segment_count; i++) {
        uint32_t end = page_up(program->segments[i].start + program->segments[i].memory_size);

        if (end > span)
            span = end;
    }
    return span;
}

uint32_t program_pages(const struct program *program)
{
    uint32_t pages = program->dynamic.needs_library ? library_pages() : 0;

    for (uint32_t i = 0; i < program->segment_count; i++)
        if (!can_borrow(&program->segments[i]))
            pages += segment_size(&program->segments[i]) / PAGE_SIZE;
    return pages;
}

/* Reads a piece of the file into pages that are mapped. */
static void fill(const struct file *file, const struct program_segment *segment,
                 const struct space *space)
{
    uint32_t done = 0;

    while (done < segment->file_size) {
        uint32_t address = segment->start + done;
        uint32_t piece = PAGE_SIZE - address % PAGE_SIZE;
        void *page = space_open(space, address);

        if (piece > segment->file_size - done)
            piece = segment->file_size - done;
        file_read(file, segment->file_offset + done, page, piece);
        frame_close(page);
        done += piece;
        sched_preemption_point();
    }
}

static int copy_segment(const struct file *file, const struct program_segment *segment,
                        struct space *space, enum region_kind kind)
{
    uint32_t start = page_down(segment->start);
    int error = space_add(space, start, segment_size(segment), 0, segment->rights, kind, true);

    if (error == 0)
        fill(file, segment, space);
    return error;
}

int image_map(const struct image *image, struct space *space, enum region_kind kind)
{
    for (uint32_t i = 0; i < image->program->segment_count; i++) {
        struct program_segment segment = image->program->segments[i];
        int error;

        segment.start += image->base;
        if (can_borrow(&segment))
            error = space_add_borrowed(space, page_down(segment.start), segment_size(&segment),
                                       image->file->address + page_down(segment.file_offset),
                                       segment.rights, kind);
        else
            error = copy_segment(image->file, &segment, space, kind);
        if (error < 0)
            return error;
    }
    return 0;
}
