/* The first program to try, in ring 3 or, by `ring0 hello`, in ring 0. */
#include <megha.h>
#include <stdio.h>

PROGRAM_RIGHTS(RIGHT_RING0);

int main(void)
{
    printf("Hello from ring %u, pid %d\n", ring_now(), (int)process_self()->pid);
    return 0;
}
