/* Says that it was built for another version of the kernel. */
#undef MEGHA_MODULE
#include <kernel/export.h>

static const struct module_description description
    __attribute__((used, section(MODULE_SECTION), aligned(4))) = {
        MODULE_MAGIC, MODULE_INTERFACE + 1, "Comes from the future."};
