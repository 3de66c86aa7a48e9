/* Needs a module that is loaded, and then one that cannot be: the first has to go again. */
#include <kernel/export.h>

MODULE("Needs a good one and a bad one.");
MODULE_NEEDS("helper");
MODULE_NEEDS("bad_symbol");
