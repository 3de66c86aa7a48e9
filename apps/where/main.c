/*
 * Shows where a position-independent program and its library lie, and which of their pages all
 * processes share. Start it twice: the addresses differ, what it does is the same.
 */
#include <megha.h>
#include <stdio.h>

PROGRAM_RIGHTS(RIGHT_RING0);

static const char *owner(const struct region_status *region)
{
    if (region->kind == REGION_LIBRARY)
        return LIBRARY_NAME;
    return region->kind == REGION_PROGRAM ? process_self()->name : NULL;
}

static void show_region(const struct region_status *region)
{
    printf("  0x%08x-0x%08x  %c%c%c  %-11s  %s\n", region->start, region->end,
           region->access & ACCESS_READ ? 'r' : '-', region->access & ACCESS_WRITE ? 'w' : '-',
           region->access & ACCESS_EXECUTE ? 'x' : '-', owner(region),
           region->access & ACCESS_WRITE ? "of this process" : "in RAM once, for all");
}

/* Shows the ranges of program and library; returns how many of their pages nobody writes. */
static uint32_t show_regions(void)
{
    struct region_status region = {0};
    uint32_t shared = 0;

    while (region_next(process_self()->pid, region.end, &region) >= 0) {
        if (!owner(&region))
            continue;
        show_region(&region);
        if (!(region.access & ACCESS_WRITE))
            shared += (region.end - region.start) / PAGE_SIZE;
    }
    return shared;
}

int main(void)
{
    const struct process_info *self = process_self();
    struct process_status status;
    uint32_t shared;

    printf("ring %u, pid %d\n", ring_now(), (int)self->pid);
    printf("program      at 0x%08x, its main at 0x%08x\n", self->program_base, (uint32_t)main);
    printf("libmegha.so  at 0x%08x, its printf at 0x%08x\n", self->library_base, (uint32_t)printf);
    shared = show_regions();
    if (process_next(self->pid - 1, &status) == self->pid)
        printf("%u pages are shared; %u more are this process's, stack and information included.\n",
               shared, status.pages);
    return 0;
}
