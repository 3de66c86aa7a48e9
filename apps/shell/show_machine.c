/* mem, milestones, uptime: the machine as a whole. */
#include <lib/divide.h>
#include <megha.h>
#include <stdio.h>

#include "show.h"

#define KIB_PER_PAGE (PAGE_SIZE / 1024)
#define MICROSECONDS 1000000u
#define MILLISECOND  1000u /* in microseconds */

static void print_share(uint32_t pages, const char *holder)
{
    printf("%10lu KiB %s\n", (unsigned long)pages * KIB_PER_PAGE, holder);
}

void show_memory(char *arguments)
{
    struct memory_info info;
    (void)arguments;
    int error = memory_info(&info);
    if (error < 0) {
        printf("mem: %s.\n", error_text(error));
        return;
    }
    print_share(info.total, "of memory in all");
    print_share(info.free, "are free");
    print_share(info.kernel, "hold the kernel with its tables and heap");
    print_share(info.files, "hold the files loaded at boot");
    print_share(info.stacks, "are the threads' kernel stacks");
    print_share(info.tables, "are page directories and page tables");
    print_share(info.user, "belong to programs");
    print_share(info.modules, "belong to kernel modules");
    printf("%lu bytes of the kernel's heap are in use; %lu processes with %lu threads live.\n",
           (unsigned long)info.heap_bytes, (unsigned long)info.processes,
           (unsigned long)info.threads);
}

/* The cost of a milestone is what passed since the one before. */
static void print_milestone(const struct milestone_status *now,
                            const struct milestone_status *before)
{
    uint32_t micros;
    uint32_t seconds = (uint32_t)divide_by_32(now->microseconds, MICROSECONDS, &micros);
    printf("%5lu  %-16s %4lu.%06lu", (unsigned long)now->number, now->name, (unsigned long)seconds,
           (unsigned long)micros);
    if (before != NULL) {
        uint64_t step = now->microseconds - before->microseconds;
        step = divide_by_32(step, MILLISECOND, &micros);
        printf(" %8llu.%03lu", (unsigned long long)step, (unsigned long)micros);
    }
    if (before != NULL && now->tsc != 0 && before->tsc != 0)
        printf(" %14llu", (unsigned long long)(now->tsc - before->tsc));
    putchar('\n');
}

void show_milestones(char *arguments)
{
    struct milestone_status status[2];
    (void)arguments;
    printf("%5s  %-16s %11s %12s %14s\n", "", "MILESTONE", "REACHED, s", "STEP, ms", "STEP, CPU");
    for (uint32_t i = 0; milestone_info(i, &status[i % 2]) >= 0; i++)
        print_milestone(&status[i % 2], i == 0 ? NULL : &status[(i + 1) % 2]);
    puts("STEP is the cost of the way from the milestone before, CPU in ticks of its clock.");
}

void show_uptime(char *arguments)
{
    uint64_t now = 0;
    uint32_t micros;
    (void)arguments;
    clock_now(&now);
    uint32_t seconds = (uint32_t)divide_by_32(now, MICROSECONDS, &micros);
    printf("The kernel has been running for %lu.%03lu seconds.\n", (unsigned long)seconds,
           (unsigned long)micros / 1000);
}
