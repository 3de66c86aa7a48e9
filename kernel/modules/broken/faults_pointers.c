/* Bad pointers. */
#include "faults.h"

#include <abi/layout.h>
#include <kernel/debug.h>
#include <lib/string.h>

struct named_list {
    uint32_t count;
    uint32_t first;
};

static const uint32_t limit = 100;

/* UD2, as the first bytes of a variable. */
static uint32_t no_code = 0x0B0F;

static int32_t read_at(uint32_t address)
{
    return *(const volatile int32_t *)opaque(address);
}

static int32_t write_at(uint32_t address)
{
    *(volatile uint32_t *)opaque(address) = 0;
    return 0;
}

static int32_t call_at(uint32_t address)
{
    ((void (*)(void))opaque(address))();
    return 0;
}

int32_t broken_null_read(void)
{
    const struct named_list *list = NULL;

    return read_at((uint32_t)&list->first);
}

int32_t broken_null_call(void)
{
    return call_at(0);
}

int32_t broken_wild_read(void)
{
    uint32_t address;

    memcpy(&address, "name", sizeof(address));
    return read_at(address);
}

int32_t broken_wild_call(void)
{
    return call_at(0x00000BAD);
}

int32_t broken_data_call(void)
{
    return call_at((uint32_t)&no_code);
}

int32_t broken_user_read(void)
{
    return read_at(PROCESS_INFO_VA) != 0;
}

int32_t broken_write_code(void)
{
    return write_at((uint32_t)log_line);
}

int32_t broken_write_own_code(void)
{
    return write_at((uint32_t)broken_write_own_code);
}

int32_t broken_write_constant(void)
{
    return write_at((uint32_t)&limit);
}
