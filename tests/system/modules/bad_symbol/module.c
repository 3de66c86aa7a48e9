/* Uses a name that nobody exports. */
#include <kernel/export.h>

void nobody_exports_this(void);

MODULE("Uses a name that nobody exports.");

void module_exit(void)
{
    nobody_exports_this();
}
