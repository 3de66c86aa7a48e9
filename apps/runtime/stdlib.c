#include <megha.h>
#include <stdlib.h>

#include "number.h"

_Noreturn void exit(int status)
{
    for (;;)
        process_exit(status);
}

_Noreturn void abort(void)
{
    for (;;)
        __asm__ volatile("ud2");
}

unsigned long strtoul(const char *text, char **end, int base)
{
    struct number number = number_read(text, base);
    if (end != NULL)
        *end = (char *)(uintptr_t)number.end;
    return number.negative && !number.too_large ? 0 - number.value : number.value;
}

long strtol(const char *text, char **end, int base)
{
    struct number number = number_read(text, base);
    if (end != NULL)
        *end = (char *)(uintptr_t)number.end;
    if (number.negative)
        return number.value > INT32_MAX ? INT32_MIN : -(long)number.value;
    return number.value > INT32_MAX ? INT32_MAX : (long)number.value;
}

int atoi(const char *text)
{
    return (int)strtol(text, NULL, 10);
}
