/* Memory and text: ISO C11 7.24, as far as lib/string.h goes, and its additions. */
#ifndef RUNTIME_STRING_H
#define RUNTIME_STRING_H

#include <lib/string.h>

#endif
