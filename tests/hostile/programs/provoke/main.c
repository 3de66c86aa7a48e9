/*
 * Makes the kernel itself fail, which only a module can: its report is what the test looks at.
 *
 *     provoke               lists the faults
 *     provoke FAULT         loads /modules/broken and calls the function of that name
 *     provoke start         loads it under the name whose start fails
 */
#include <megha.h>
#include <stdio.h>
#include <string.h>

PROGRAM_RIGHTS(RIGHT_MODULES);

#define FILE_NAME "/modules/broken"

static void list_faults(void)
{
#define FAULT(name, sentence) printf("%-25s %s\n", #name, sentence);
#include "../../../../kernel/modules/broken/faults.def"
#undef FAULT
}

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
    return error < 0 && error != ERR_EXISTS ? error : call_broken(what);
}

int main(int count, char **arguments)
{
    int result;

    if (count != 2) {
        list_faults();
        return 0;
    }
    result = provoke(arguments[1]);
    if (result < 0)
        printf("provoke: the kernel still lives: %s\n", error_text(result));
    else
        printf("provoke: the kernel still lives; %d\n", result);
    return 0;
}
