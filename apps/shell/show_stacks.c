/* memmap and stacks: what the firmware's memory became, and where the kernel's stacks lie. */
#include <abi/boot_facts.h>
#include <abi/machine.h>
#include <megha.h>
#include <stdio.h>

#include "show.h"

#define KIB 1024u

static const char *const kinds[] = {
    [0] = "unknown",
    [FACTS_FREE] = "free at boot: the kernel shares it out",
    [FACTS_LOADER] = "the loader's, given back since",
    [FACTS_BOOT_INFO] = "what the loader told; copied, given back",
    [FACTS_FILE] = "a file from /apps, /modules or /boot",
    [FACTS_KERNEL] = "the kernel: code, constants, variables",
    [FACTS_ACPI] = "the firmware's tables (ACPI), may be read",
    [FACTS_NVS] = "the firmware's own (ACPI storage), not to be touched",
    [FACTS_RESERVED] = "reserved: devices or firmware",
    [FACTS_BAD] = "RAM that is defective",
};

static void print_range(const struct boot_range *range)
{
    uint64_t kib = (range->end - range->start) / KIB;

    printf("0x%09llX-0x%09llX %9llu KiB  %s\n", (unsigned long long)range->start,
           (unsigned long long)range->end - 1, (unsigned long long)kib,
           kinds[range->kind < sizeof(kinds) / sizeof(kinds[0]) ? range->kind : 0]);
}

void show_memmap(char *arguments)
{
    struct boot_facts facts;
    struct boot_range range;

    (void)arguments;
    if (boot_info_read(0, &facts, sizeof(facts)) != (int32_t)sizeof(facts)) {
        puts("memmap: the kernel has no facts of the boot.");
        return;
    }
    puts("Physical memory, as the loader resolved what the firmware said:");
    for (uint32_t i = 0; i < facts.range_count; i++) {
        if (boot_info_read(facts.range_offset + i * (uint32_t)sizeof(range), &range,
                           sizeof(range)) != (int32_t)sizeof(range))
            return;
        print_range(&range);
    }
    puts("mem tells who holds it now; pages shows which addresses lead there.");
}

static void print_stack(const struct machine_stack *stack, const char *whose)
{
    char used[16] = "-";

    if (stack->esp >= stack->low && stack->esp <= stack->top)
        snprintf(used, sizeof(used), "%lu", (unsigned long)(stack->top - stack->esp));
    printf("0x%08lX  0x%08lX  %5lu  %6s  %s\n", (unsigned long)stack->low,
           (unsigned long)stack->top, (unsigned long)(stack->top - stack->low), used, whose);
}

static void print_threads(const struct process_status *process)
{
    struct thread_status thread = {.id = 0};
    struct machine_stack stack;
    char whose[64];

    while (thread_next(process->pid, thread.id, &thread) > 0) {
        if (machine_read(MACHINE_STACK, (uint32_t)thread.id, 0, &stack, sizeof(stack)) < 0)
            continue;
        snprintf(whose, sizeof(whose), "%s (pid %d), thread %d", process->name, (int)process->pid,
                 (int)thread.id);
        print_stack(&stack, whose);
    }
}

static const char *own_meaning(uint32_t index)
{
    static const char *const words[] = {
        "idle: halts while nobody has work",
        "work: does the kernel's long work",
        "boot: not used any more",
        "double fault: the task of vector 8",
        "SYSENTER: a step on the way from ring 3",
    };

    return index < sizeof(words) / sizeof(words[0]) ? words[index] : "the kernel's";
}

void show_stacks(char *arguments)
{
    struct process_status process = {.pid = 0};
    struct machine_stack stack;

    (void)arguments;
    puts("Each thread has two stacks: its own, which inspect shows, and one in the kernel,\n"
         "for system calls and interrupts, with an unmapped page on either side.\n"
         "LOW         TOP          SIZE    USED  WHOSE");
    while (process_next(process.pid, &process) > 0)
        print_threads(&process);
    for (uint32_t i = 0; machine_read(MACHINE_OWN_STACK, i, 0, &stack, sizeof(stack)) > 0; i++)
        print_stack(&stack, own_meaning(i));
    puts("A stack grows down from TOP. USED is in bytes; -: nobody but its user knows.");
}
