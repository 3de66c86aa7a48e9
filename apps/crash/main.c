/*
 * One fault for each argument, to see how the kernel reports it. The faults stand in main itself,
 * so that the report's address names main; the compiler cannot see through `opaque`, so it neither
 * removes them nor warns.
 */
#include <megha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

PROGRAM_RIGHTS(RIGHT_RING0);

static inline uintptr_t opaque(uintptr_t value)
{
    __asm__ volatile("" : "+r"(value));
    return value;
}

/* Each call's frame stays in use until the inner one has returned, which it never does. */
__attribute__((noinline)) static int overflow_stack(int depth)
{
    volatile char frame[256];
    frame[0] = (char)depth;
    if (opaque(1) == 0)
        return 0;
    return overflow_stack(depth + 1) + frame[0];
}

static int print_usage(void)
{
    puts("usage: crash FAULT, where FAULT is one of\n"
         "  null        reads from address 0\n"
         "  write       writes to its own code, which is read-only\n"
         "  jump        jumps to address 0\n"
         "  divide      divides by 0\n"
         "  undefined   runs an undefined instruction\n"
         "  privileged  runs an instruction that only ring 0 may\n"
         "  stack       calls itself without end");
    return 2;
}

int main(int count, char **arguments)
{
    const char *fault = count == 2 ? arguments[1] : "";

    if (strcmp(fault, "null") == 0)
        *(volatile int *)opaque(0);
    else if (strcmp(fault, "write") == 0)
        *(volatile char *)opaque((uintptr_t)main) = 0;
    else if (strcmp(fault, "jump") == 0)
        ((void (*)(void))opaque(0))();
    else if (strcmp(fault, "divide") == 0)
        __asm__ volatile("divl %0" : : "r"(opaque(0)), "a"(1), "d"(0) : "cc");
    else if (strcmp(fault, "undefined") == 0)
        __asm__ volatile("ud2");
    else if (strcmp(fault, "privileged") == 0)
        __asm__ volatile("hlt");
    else if (strcmp(fault, "stack") == 0)
        return overflow_stack(0);
    else
        return print_usage();
    printf("No fault: in ring %u this is allowed.\n", ring_now());
    return EXIT_FAILURE;
}
