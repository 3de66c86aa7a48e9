/* BIOS services from C (bios.h). */
#include "bios.h"

#include "a20.h"

static bool keep_a20;

void bios_keep_a20(void)
{
    keep_a20 = true;
}

void bios_call(uint8_t vector, struct bios_registers *registers)
{
    registers->flags = EFLAGS_FIXED | EFLAGS_CF | EFLAGS_IF;
    real_call(vector, registers);
    if (keep_a20 && !a20_is_on())
        a20_restore();
}
