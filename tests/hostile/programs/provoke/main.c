/*
 * Makes the kernel itself fail, which only a module can: its report is what the test looks at.
 *
 *     provoke FUNCTION      loads /modules/broken and calls that function of it
 *     provoke start         loads it under the name whose start fails
 */
#include <megha.h>
#include <stdio.h>
#include <string.h>

PROGRAM_RIGHTS(RIGHT_MODULES);

#define FILE_NAME "/modules/broken"

static int call_broken(const char *name)
{
    int handle = module_open("broken");
    int function = handle < 0 ? handle : module_find((uint32_t)handle, name);

    if (function < 0)
        return function;
    return module_call((uint32_t)handle, (uint32_t)function, 0, 0, 0);
}

static int provoke(const char *what)
{
    int error;

    if (strcmp(what, "start") == 0)
        return module_load("broken_start", FILE_NAME);
    error = module_load("broken", FILE_NAME);
    return error < 0 ? error : call_broken(what);
}

int main(int count, char **arguments)
{
    int result = count == 2 ? provoke(arguments[1]) : ERR_INVALID;

    printf("provoke: the kernel still lives; %d\n", result);
    return 0;
}
