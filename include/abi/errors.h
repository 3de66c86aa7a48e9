/* The names of the errors in errors.def: ERR_INVALID is -1, and so on. */
#ifndef ABI_ERRORS_H
#define ABI_ERRORS_H

enum {
#define ERROR(value, name, text) ERR_##name = -(value),
#include <abi/errors.def>
#undef ERROR
    ERR_LARGEST = -4095 /* results below this are not errors */
};

#endif
