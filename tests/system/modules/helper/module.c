/* Offers something to other modules. */
#include <kernel/export.h>

int helper_add(int a, int b);

MODULE("Adds.");

int helper_add(int a, int b)
{
    return a + b;
}
MODULE_EXPORT(helper_add);
