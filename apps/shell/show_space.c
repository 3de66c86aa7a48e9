/* inspect: an address space, drawn from its lowest address to its highest. */
#include <megha.h>
#include <stdio.h>
#include <string.h>

#include "show.h"

#define KIB         1024u
#define WORDS_MAX   96
#define INNER_WIDTH 66

static const char border[] = "------------------------------------------------------------------";
_Static_assert(sizeof(border) - 1 == INNER_WIDTH, "the border is as wide as what it borders");

/* A box of the drawing begins at this address. */
static void print_border(uint32_t address)
{
    printf("0x%08lX +%s+\n", (unsigned long)address, border);
}

static void print_inside(const char *words)
{
    printf("%10s | %-*s|\n", "", INNER_WIDTH - 1, words);
}

static void print_box(uint32_t address, const char *what, uint32_t size)
{
    char words[WORDS_MAX];
    snprintf(words, sizeof(words), "%s, %lu KiB", what, (unsigned long)size / KIB);
    print_border(address);
    print_inside(words);
}

static void print_gap(uint32_t from, uint32_t to)
{
    if (from < to)
        print_box(from, from == 0 ? "nothing, so that address 0 is never right" : "nothing",
                  to - from);
}

static const char *access_words(const struct region_status *region)
{
    switch (region->access & (ACCESS_READ | ACCESS_WRITE | ACCESS_EXECUTE)) {
    case ACCESS_READ | ACCESS_WRITE | ACCESS_EXECUTE:
        return "read, write and execute";
    case ACCESS_READ | ACCESS_EXECUTE:
    case ACCESS_EXECUTE:
        return "read and execute";
    case ACCESS_READ:
        return "only read";
    default:
        return "read and write";
    }
}

static const char *segment_words(uint32_t access)
{
    if (access & ACCESS_EXECUTE)
        return "code";
    return access & ACCESS_WRITE ? "variables" : "constants";
}

/* Whose stack it is. */
static void describe_stack(int32_t pid, const struct region_status *region, char *words,
                           size_t room)
{
    struct thread_status thread = {.id = 0};
    while (thread_next(pid, thread.id, &thread) > 0) {
        if (thread.stack_size != 0 && thread.stack_start == region->start) {
            snprintf(words, room, "the stack of thread %d (ring %d), growing down", (int)thread.id,
                     thread.mode == MODE_KERNEL ? 0 : 3);
            return;
        }
    }
    snprintf(words, room, "a stack");
}

static void describe_region(int32_t pid, const struct region_status *region, char *words,
                            size_t room)
{
    switch (region->kind) {
    case REGION_PROGRAM:
        snprintf(words, room, "the program's %s", segment_words(region->access));
        break;
    case REGION_LIBRARY:
        snprintf(words, room, "the library's %s", segment_words(region->access));
        break;
    case REGION_STACK:
        describe_stack(pid, region, words, room);
        break;
    case REGION_MEMORY:
        text_copy(words, "memory that the program asked for", room);
        break;
    case REGION_INFO:
        text_copy(words, "the process information page", room);
        break;
    case REGION_STUB:
        text_copy(words, "the kernel's stub for system calls", room);
        break;
    default:
        text_copy(words, "something else", room);
        break;
    }
}

static void print_region(int32_t pid, const struct region_status *region)
{
    char what[WORDS_MAX];
    uint32_t size = region->end - region->start;

    describe_region(pid, region, what, sizeof(what));
    if (region->guard != 0)
        print_box(region->start - region->guard, "guard: to touch it ends the program",
                  region->guard);
    print_box(region->start, what, size);
    snprintf(what, sizeof(what), "  ring %s may %s; RAM stands behind %lu KiB",
             region->user ? "3" : "0", access_words(region), (unsigned long)region->backed / KIB);
    print_inside(what);
    if (region->guard != 0)
        print_box(region->end, "guard", region->guard);
}

static bool find_process(int32_t pid, struct process_status *process)
{
    return process_next(pid - 1, process) == pid;
}

void show_space(int32_t pid)
{
    struct process_status process;
    struct region_status region = {.end = 0, .guard = 0};
    uint32_t drawn = 0; /* up to this address */

    if (!find_process(pid, &process)) {
        printf("inspect: there is no process %d; type ps for the list.\n", (int)pid);
        return;
    }
    printf("The addresses of %s (pid %d), from the lowest to the highest:\n", process.name,
           (int)pid);
    while (region_next(pid, drawn, &region) >= 0) {
        print_gap(drawn, region.start - region.guard);
        print_region(pid, &region);
        drawn = region.end + region.guard;
    }
    print_gap(drawn, USER_END);
    print_border(USER_END);
    print_inside("the kernel, the same in every process, 1048576 KiB");
    print_inside("  only ring 0 may touch it");
    print_border(UINT32_MAX);
}
