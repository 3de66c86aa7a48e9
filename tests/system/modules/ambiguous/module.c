/* Uses a name that two of the modules that it needs export. */
#include <kernel/export.h>

int helper_add(int a, int b);

MODULE("Cannot know which function is meant.");
MODULE_NEEDS("helper");
MODULE_NEEDS("helper_two");

int module_init(const char *name)
{
    (void)name;
    return helper_add(1, -1);
}
