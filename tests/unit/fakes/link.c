/* What a damaged ring leads to (lib/link.h): the test fails. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <lib/link.h>

void link_broken(const struct link *link)
{
    fail_msg("the ring at %p is damaged", (const void *)link);
    abort();
}
