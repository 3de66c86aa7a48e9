/* gdt, idt, tss: the tables that the CPU reads, bit by bit in words [SDM3 3.4.5, 6.11, 7.2]. */
#include <abi/machine.h>
#include <megha.h>
#include <stdbool.h>
#include <stdio.h>

#include "show.h"

#define ENTRY_SIZE     8
#define EXCEPTIONS     32
#define LAST_EXCEPTION 19 /* that this kernel has a name for */
#define PIC_LINES      16

/* Of the upper dword of a segment descriptor or a gate. */
#define TYPE(high)       ((high) >> 8 & 0xF)
#define IS_SEGMENT(high) ((high) >> 12 & 1) /* else a system descriptor */
#define RING(high)       ((high) >> 13 & 3)
#define IS_PRESENT(high) ((high) >> 15 & 1)
#define IS_32_BIT(high)  ((high) >> 22 & 1)
#define IN_PAGES(high)   ((high) >> 23 & 1)
#define TYPE_ACCESSED    1
#define TYPE_WRITABLE    2 /* for code: readable */
#define TYPE_CODE        8
#define TYPE_TASK_GATE   5
#define TYPE_TSS         9
#define TYPE_TSS_BUSY    11
#define TYPE_INTERRUPT   14
#define TYPE_TRAP        15

static unsigned long base_of(const struct machine_descriptor *entry)
{
    return entry->low >> 16 | (entry->high & 0xFF) << 16 | (entry->high & 0xFF000000u);
}

/* The offset of the segment's last byte. */
static unsigned long limit_of(const struct machine_descriptor *entry)
{
    uint32_t limit = (entry->low & 0xFFFF) | (entry->high & 0xF0000);

    return IN_PAGES(entry->high) ? limit << 12 | 0xFFF : limit;
}

static void print_segment_kind(uint32_t high)
{
    bool code = TYPE(high) & TYPE_CODE;
    bool more = TYPE(high) & TYPE_WRITABLE;

    printf("%s ring %lu, %s, %s, %s", code ? "code," : "data,", (unsigned long)RING(high),
           code ? (more ? "readable" : "only runs") : (more ? "writable" : "read-only"),
           IS_32_BIT(high) ? "32-bit" : "16-bit", TYPE(high) & TYPE_ACCESSED ? "used" : "new");
}

static void print_descriptor(uint32_t number, const struct machine_descriptor *entry)
{
    printf("0x%02lX %08lX %08lX  ", (unsigned long)number * ENTRY_SIZE, (unsigned long)entry->high,
           (unsigned long)entry->low);
    if (entry->high == 0 && entry->low == 0) {
        puts(number == 0 ? "empty: selector 0 stands for no segment" : "empty");
        return;
    }
    printf("%08lX-%08lX ", base_of(entry), base_of(entry) + limit_of(entry));
    if (!IS_PRESENT(entry->high))
        printf("not present");
    else if (IS_SEGMENT(entry->high))
        print_segment_kind(entry->high);
    else if (TYPE(entry->high) == TYPE_TSS || TYPE(entry->high) == TYPE_TSS_BUSY)
        printf("task state segment, %s", TYPE(entry->high) == TYPE_TSS_BUSY ? "in use" : "waiting");
    else
        printf("a system descriptor of type %lu", (unsigned long)TYPE(entry->high));
    putchar('\n');
}

static bool read_registers(struct machine_registers *registers)
{
    int error = machine_read(MACHINE_REGISTERS, 0, 0, registers, sizeof(*registers));

    if (error < 0)
        printf("The kernel does not tell: %s.\n", error_text(error));
    return error >= 0;
}

void show_gdt(char *arguments)
{
    struct machine_registers registers;
    struct machine_descriptor entry;

    (void)arguments;
    if (!read_registers(&registers))
        return;
    printf("The global descriptor table lies at 0x%08lX and has %lu entries (GDTR).\n"
           "A segment register holds a selector: 8 x the entry, plus the ring that asks.\n"
           "SEL  DESCRIPTOR         FROM     TO       WHAT\n",
           (unsigned long)registers.gdt_base,
           (unsigned long)(registers.gdt_limit + 1) / ENTRY_SIZE);
    for (uint32_t i = 0; machine_read(MACHINE_GDT, i, 0, &entry, sizeof(entry)) > 0; i++)
        print_descriptor(i, &entry);
    puts("Every segment of code and data begins at 0 and reaches 4 GiB: paging protects,\n"
         "segments only tell the ring. SYSENTER wants the first four in this order.");
}

/* ---- Interrupts --------------------------------------------------------------------------------
 */

static const char *const exceptions[EXCEPTIONS] = {
    [0] = "#DE divide error",
    [1] = "#DB debug",
    [2] = "NMI",
    [3] = "#BP breakpoint (INT3)",
    [4] = "#OF overflow (INTO)",
    [5] = "#BR bound range exceeded",
    [6] = "#UD invalid opcode",
    [7] = "#NM x87 not available",
    [8] = "#DF double fault",
    [10] = "#TS invalid TSS",
    [11] = "#NP segment not present",
    [12] = "#SS stack fault",
    [13] = "#GP general protection",
    [14] = "#PF page fault",
    [16] = "#MF x87 error",
    [17] = "#AC alignment check",
    [18] = "#MC machine check",
    [19] = "#XM SSE error",
};

static const char *const lines[PIC_LINES] = {
    [0] = "timer",
    [1] = "keyboard",
    [2] = "from the second PIC",
    [4] = "serial port",
    [6] = "floppy",
    [7] = "spurious, or the printer",
    [8] = "real-time clock",
    [12] = "mouse",
    [13] = "x87 (not used)",
    [14] = "first disk",
    [15] = "spurious, or the second disk",
};

static void print_source(uint32_t vector)
{
    if (vector < EXCEPTIONS)
        puts(exceptions[vector] == NULL ? "reserved for the CPU" : exceptions[vector]);
    else if (vector < EXCEPTIONS + PIC_LINES)
        printf("line %lu: %s\n", (unsigned long)(vector - EXCEPTIONS),
               lines[vector - EXCEPTIONS] == NULL ? "a card" : lines[vector - EXCEPTIONS]);
    else
        puts("system calls");
}

static const char *gate_kind(uint32_t high)
{
    switch (TYPE(high)) {
    case TYPE_TASK_GATE:
        return "task gate";
    case TYPE_INTERRUPT:
        return "interrupt";
    case TYPE_TRAP:
        return "trap gate";
    default:
        return "unknown";
    }
}

static void print_gate(uint32_t vector, const struct machine_descriptor *gate)
{
    printf("0x%02lX  %-9s  ", (unsigned long)vector, gate_kind(gate->high));
    if (TYPE(gate->high) == TYPE_TASK_GATE)
        printf("0x%04lX             ", (unsigned long)gate->low >> 16);
    else
        printf("0x%04lX:0x%08lX  ", (unsigned long)gate->low >> 16,
               (unsigned long)((gate->high & 0xFFFF0000u) | (gate->low & 0xFFFF)));
    printf("%lu     ", (unsigned long)RING(gate->high));
    print_source(vector);
}

/* Vectors that are told in one line, because nothing comes there. */
static void print_reserved(uint32_t from, uint32_t to)
{
    if (from < to)
        printf("0x%02lX to 0x%02lX are reserved for CPUs to come; their gates are alike.\n",
               (unsigned long)from, (unsigned long)(to - 1));
}

static void print_empty(uint32_t from, uint32_t to)
{
    if (from < to)
        printf("0x%02lX to 0x%02lX are empty: INT there is a general protection fault.\n",
               (unsigned long)from, (unsigned long)(to - 1));
}

void show_idt(char *arguments)
{
    struct machine_registers registers;
    struct machine_descriptor gate;
    uint32_t told = 0; /* up to this vector */
    uint32_t vector;

    (void)arguments;
    if (!read_registers(&registers))
        return;
    printf("The interrupt descriptor table lies at 0x%08lX and has %lu gates (IDTR).\n"
           "VEC   GATE       LEADS TO           RING  FOR\n",
           (unsigned long)registers.idt_base,
           (unsigned long)(registers.idt_limit + 1) / ENTRY_SIZE);
    for (vector = 0; machine_read(MACHINE_IDT, vector, 0, &gate, sizeof(gate)) > 0; vector++) {
        if (!IS_PRESENT(gate.high))
            continue;
        if (vector > LAST_EXCEPTION && vector < EXCEPTIONS)
            continue;
        if (told == LAST_EXCEPTION + 1)
            print_reserved(told, EXCEPTIONS);
        else
            print_empty(told, vector);
        print_gate(vector, &gate);
        told = vector + 1;
    }
    print_empty(told, vector);
    puts("RING is the weakest ring that may come by INT; CPU and devices always may.\n"
         "An interrupt gate turns interrupts off; a task gate changes the whole task.");
}

/* ---- Tasks -------------------------------------------------------------------------------------
 */

static void print_field(const char *name, uint32_t value, const char *meaning)
{
    printf("  %-8s 0x%08lX  %s\n", name, (unsigned long)value, meaning);
}

static void print_main_task(const struct machine_tss *tss)
{
    print_field("SS0", tss->ss0, "the stack segment that the CPU takes in ring 0");
    print_field("ESP0", tss->esp0, "and ESP: the top of this thread's kernel stack");
    print_field("I/O map", tss->io_map, "where the permission map of ports begins: at the end,");
    puts("                       so there is none, and ring 3 may use no port");
    puts("  Nothing else of it is used: threads are switched by exchanging ESP and CR3.");
}

static void print_double_fault_task(const struct machine_tss *tss)
{
    print_field("CR3", tss->cr3, "page directory of the kernel alone");
    print_field("CS", tss->cs, "code segment of ring 0");
    print_field("EIP", tss->eip, "its first instruction");
    print_field("SS", tss->ss, "stack segment of ring 0");
    print_field("ESP", tss->esp, "a stack of its own, that no thread can have spoilt");
    print_field("EFLAGS", tss->eflags, "interrupts off");
    print_field("link", tss->back_link, "selector of the task that it interrupted, when it ran");
    puts("  The CPU fills the rest when it leaves the task.");
}

void show_tss(char *arguments)
{
    struct machine_registers registers;
    struct machine_tss tss;

    (void)arguments;
    if (!read_registers(&registers) || machine_read(MACHINE_TSS, 0, 0, &tss, sizeof(tss)) < 0)
        return;
    printf("TR holds the selector 0x%02lX. Its task state segment, for all threads:\n",
           (unsigned long)registers.task);
    print_main_task(&tss);
    if (machine_read(MACHINE_TSS, 1, 0, &tss, sizeof(tss)) < 0)
        return;
    puts("The task for double faults, to which the gate of vector 8 leads:");
    print_double_fault_task(&tss);
}
