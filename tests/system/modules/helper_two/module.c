/* Offers the same name as helper. */
#include <kernel/export.h>

int helper_add(int a, int b);

MODULE("Adds, too.");

int helper_add(int a, int b)
{
    return a + b;
}
MODULE_EXPORT(helper_add);
