/* Needs circle_one, which needs it. */
#include <kernel/export.h>

MODULE("Half of a circle.");
MODULE_NEEDS("circle_one");
