/*
 * Attacks the system calls.
 *
 *     hostile_calls pointers           every pointer argument of every call with every bad address
 *     hostile_calls random SEED CALLS  calls at random
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

PROGRAM_RIGHTS(RIGHT_RING0 | RIGHT_MODULES);

int main(int count, char **arguments)
{
    const char *what = count > 1 ? arguments[1] : "";

    if (strcmp(what, "quiet") == 0)
        return 0;
    if (strcmp(what, "pointers") == 0)
        return fuzz_pointers();
    if (count == 4 && (strcmp(what, "pointer") == 0 || strcmp(what, "null") == 0))
        return fuzz_pointer_child(arguments + 1);
    if (count == 4 && strcmp(what, "series") == 0)
        return fuzz_series_child(arguments + 1);
    if (count == 4 && strcmp(what, "random") == 0)
        return fuzz_series(strtoul(arguments[2], NULL, 10), strtoul(arguments[3], NULL, 10));
    return 0;
}
