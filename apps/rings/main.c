/*
 * The same program, two rings: one thread of it looks around from ring 3, another from ring 0, and
 * their findings stand side by side. Ring 0 also reads the descriptors that decide what a ring is.
 */
#include <megha.h>
#include <stdio.h>
#include <stdlib.h>

#include "descriptors.h"

PROGRAM_RIGHTS(RIGHT_RING0);

#define STACK_SIZE     0x4000
#define ENTRIES_MAX    32
#define SELECTOR_TABLE 7u /* below the index: table and ring [SDM3 3.4.2] */

/* What SGDT stores [SDM2 SGDT]. */
struct __attribute__((packed)) table_register {
    uint16_t limit;
    uint32_t base;
};

struct view {
    unsigned int cs, ss;
    uint32_t stack, flags;
    struct table_register gdt;
    uint32_t cr0, cr3; /* ring 0 only */
};

static struct view from_ring3, from_ring0;
static uint64_t entries[ENTRIES_MAX];

static void look(struct view *view)
{
    __asm__ volatile("mov %%cs, %0" : "=r"(view->cs));
    __asm__ volatile("mov %%ss, %0" : "=r"(view->ss));
    __asm__ volatile("pushfl\n popl %0" : "=r"(view->flags));
    __asm__ volatile("sgdt %0" : "=m"(view->gdt));
    view->stack = (uint32_t)__builtin_frame_address(0);
}

static int look_from_ring3(void *unused)
{
    (void)unused;
    look(&from_ring3);
    return 0;
}

/* In ring 0 these instructions do not fault, and the kernel's memory can be read. */
static int look_from_ring0(void *unused)
{
    (void)unused;
    look(&from_ring0);
    __asm__ volatile("mov %%cr0, %0" : "=r"(from_ring0.cr0));
    __asm__ volatile("mov %%cr3, %0" : "=r"(from_ring0.cr3));
    const volatile uint64_t *gdt = (const volatile uint64_t *)from_ring0.gdt.base;
    for (uint32_t i = 0; i < ENTRIES_MAX && i * 8 < from_ring0.gdt.limit; i++)
        entries[i] = gdt[i];
    return 0;
}

static int run(int (*function)(void *), uint32_t mode)
{
    int32_t status;
    int thread = thread_start(function, NULL, STACK_SIZE, mode);
    return thread < 0 ? thread : thread_join(thread, &status, WAIT_FOREVER);
}

static void print_row(const char *name, uint32_t ring3, uint32_t ring0)
{
    printf("%-34s 0x%08lX  0x%08lX\n", name, (unsigned long)ring3, (unsigned long)ring0);
}

static void print_views(void)
{
    printf("%-34s %-10s  %-10s\n", "", "ring 3", "ring 0");
    print_row("CS; its two lowest bits: the ring", from_ring3.cs, from_ring0.cs);
    print_row("SS", from_ring3.ss, from_ring0.ss);
    print_row("stack, in the process's own space", from_ring3.stack, from_ring0.stack);
    print_row("EFLAGS", from_ring3.flags, from_ring0.flags);
    print_row("address of the GDT", from_ring3.gdt.base, from_ring0.gdt.base);
    printf("%-34s %-10s  0x%08lX\n", "CR0", "forbidden", (unsigned long)from_ring0.cr0);
    printf("%-34s %-10s  0x%08lX\n", "CR3, the page directory's address", "forbidden",
           (unsigned long)from_ring0.cr3);
    printf("%-34s %-10s  %s\n", "memory of the kernel", "forbidden", "readable");
}

/* Marks the descriptors that the two threads run on. */
static const char *who_uses(uint32_t selector)
{
    if (selector == (from_ring3.cs & ~SELECTOR_TABLE))
        return ", its CS";
    if (selector == (from_ring3.ss & ~SELECTOR_TABLE))
        return ", its SS";
    if (selector == (from_ring0.cs & ~SELECTOR_TABLE))
        return ", its CS";
    return selector == (from_ring0.ss & ~SELECTOR_TABLE) ? ", its SS" : "";
}

static void print_table(void)
{
    char words[DESCRIPTOR_WORDS];
    printf("The GDT, %lu bytes, as ring 0 reads it:\n", (unsigned long)from_ring0.gdt.limit + 1);
    for (uint32_t i = 0; i < ENTRIES_MAX && i * 8 < from_ring0.gdt.limit; i++) {
        descriptor_describe(entries[i], words, sizeof(words));
        printf("  0x%02lX  0x%08lX%08lX  %s%s\n", (unsigned long)i * 8,
               (unsigned long)(entries[i] >> 32), (unsigned long)(entries[i] & UINT32_MAX), words,
               who_uses(i * 8));
    }
}

int main(void)
{
    int error = run(look_from_ring3, MODE_USER);
    if (error == 0)
        error = run(look_from_ring0, MODE_KERNEL);
    if (error < 0) {
        printf("rings: a thread cannot be moved to ring 0: %s.\n", error_text(error));
        return EXIT_FAILURE;
    }
    print_views();
    print_table();
    return EXIT_SUCCESS;
}
