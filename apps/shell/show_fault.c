/* why: more about the last fault of a program than the line that the kernel printed. */
#include <abi/machine.h>
#include <megha.h>
#include <stdio.h>

#include "show.h"

static void print_registers(const struct machine_fault *fault)
{
    printf("  EAX=%08lX EBX=%08lX ECX=%08lX EDX=%08lX\n", (unsigned long)fault->eax,
           (unsigned long)fault->ebx, (unsigned long)fault->ecx, (unsigned long)fault->edx);
    printf("  ESI=%08lX EDI=%08lX EBP=%08lX ESP=%08lX\n", (unsigned long)fault->esi,
           (unsigned long)fault->edi, (unsigned long)fault->ebp, (unsigned long)fault->esp);
    printf("  EIP=%08lX CS=%04lX EFLAGS=%08lX CR3=%08lX error=%08lX\n", (unsigned long)fault->eip,
           (unsigned long)fault->cs, (unsigned long)fault->eflags, (unsigned long)fault->directory,
           (unsigned long)fault->error);
}

static void print_bytes(const struct machine_fault *fault)
{
    printf("  bytes at EIP:");
    for (uint32_t i = 0; i < fault->byte_count; i++)
        printf(" %02X", fault->bytes[i]);
    puts(fault->byte_count == 0 ? " nothing is mapped there" : "");
}

static void print_place(const struct machine_place *place)
{
    printf("    0x%08lX", (unsigned long)place->address);
    if (place->function[0] != '\0')
        printf(" %s+0x%lx", place->function, (unsigned long)place->offset);
    if (place->library[0] != '\0')
        printf(" in %s", place->library);
    putchar('\n');
}

/* A function that calls itself without end is told once. */
static void print_places(void)
{
    struct machine_place place;
    uint32_t last = 0;
    unsigned int again = 0;

    for (uint32_t i = 0; machine_read(MACHINE_FAULT_PLACE, i, 0, &place, sizeof(place)) > 0; i++) {
        if (i == 0)
            puts("  it happened in");
        if (i == 1)
            puts("  called from");
        if (i > 0 && place.address == last) {
            again++;
            continue;
        }
        last = place.address;
        print_place(&place);
    }
    if (again)
        printf("    (%u more callers are the same place again)\n", again);
}

void show_fault(char *arguments)
{
    struct machine_fault fault;

    (void)arguments;
    if (machine_read(MACHINE_FAULT, 0, 0, &fault, sizeof(fault)) < 0) {
        puts("No program has failed since the machine was started.");
        return;
    }
    printf("%s (pid %d), thread %d: %s", fault.name, (int)fault.pid, (int)fault.thread,
           fault.exception);
    if (fault.address != 0 || fault.vector == 14)
        printf(" at address 0x%08lX", (unsigned long)fault.address);
    printf("\n  meaning: %s\n", fault.words);
    print_registers(&fault);
    print_bytes(&fault);
    print_places();
    puts("Pasted into ./build.sh explain, these lines become lines of the sources.");
}
