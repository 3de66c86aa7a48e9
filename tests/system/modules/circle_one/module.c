/* Needs circle_two, which needs it. */
#include <kernel/export.h>

MODULE("Half of a circle.");
MODULE_NEEDS("circle_two");
