/* Needs a module that there is no file of. */
#include <kernel/export.h>

MODULE("Needs what is not there.");
MODULE_NEEDS("not_there");
