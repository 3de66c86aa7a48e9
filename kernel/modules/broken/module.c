/*
 * A module that fails, to see what becomes of it. Each function of faults.def commits one fault of
 * the kernel when a program calls it, or when the module is loaded under its name, as by `modules
 * load broken_divide broken`. Under some more names its start or its end fails.
 */
#include "faults.h"

#include <abi/errors.h>
#include <kernel/debug.h>
#include <kernel/export.h>
#include <kernel/memory.h>
#include <kernel/sched.h>
#include <kernel/user_copy.h>
#include <lib/string.h>

int32_t broken_sleep(uint32_t milliseconds);
int32_t broken_copy(user_ptr to, user_ptr from, uint32_t size);
int32_t broken_take(user_ptr from, uint32_t size);
int32_t broken_add(uint32_t a, uint32_t b, uint32_t c);
int32_t broken_null(void);

MODULE("Fails in the way that its name or its caller asks for.");

static char name_now[MODULE_NAME_MAX];
static uint32_t zeroes[2000]; /* larger than a page */
static uint32_t numbers[3] = {1, 2, 3};

#define FAULT(name, sentence) MODULE_CALL(name);
#include "faults.def"
#undef FAULT

static const struct {
    const char *name;
    int32_t (*commit)(void);
} faults[] = {
#define FAULT(name, sentence) {#name, name},
#include "faults.def"
#undef FAULT
};

static volatile uint32_t *nowhere(void)
{
    return opaque(0x00000BAD);
}

static int take_all_memory(void)
{
    void *blocks[64];
    uint32_t count = 0;

    while (count < 64 && (blocks[count] = heap_take(HEAP_LARGEST)) != NULL)
        count++;
    while (count)
        heap_give(blocks[--count]);
    return ERR_NO_MEMORY;
}

int module_init(const char *name)
{
    text_copy(name_now, name, sizeof(name_now));
    for (uint32_t i = 0; i < sizeof(zeroes) / sizeof(zeroes[0]); i++)
        if (zeroes[i] != 0)
            panic("a module's zeroed variables are not zero");
    zeroes[0] = numbers[0]++;
    if (strcmp(name, "broken_init") == 0)
        return ERR_NO_DEVICE;
    if (strcmp(name, "broken_result") == 0)
        return 1;
    if (strcmp(name, "broken_memory") == 0)
        return take_all_memory();
    if (strcmp(name, "broken_wait") == 0)
        return sched_block(NULL, WAIT_FOREVER);
    if (strcmp(name, "broken_start") == 0)
        *nowhere() = 0;
    for (uint32_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
        if (strcmp(name, faults[i].name) == 0)
            return faults[i].commit();
    return 0;
}

void module_exit(void)
{
    if (strcmp(name_now, "broken_exit") == 0)
        *nowhere() = 0;
    if (strcmp(name_now, "broken_slow") == 0)
        (void)sched_block(NULL, 300);
}

/* Blocks inside the call. */
int32_t broken_sleep(uint32_t milliseconds)
{
    int error = sched_block(NULL, milliseconds);

    return error == ERR_TIMED_OUT ? 0 : error;
}
MODULE_CALL(broken_sleep);

/* Copies up to 256 bytes by the kernel's door. */
int32_t broken_copy(user_ptr to, user_ptr from, uint32_t size)
{
    char bytes[256];
    int error;

    if (size > sizeof(bytes))
        return ERR_TOO_LONG;
    error = user_copy_in(bytes, from, size);
    return error < 0 ? error : user_copy_out(to, bytes, size);
}
MODULE_CALL(broken_copy);

/* Copies up to 1 KiB from the program and does nothing with it: the price of the copy. */
int32_t broken_take(user_ptr from, uint32_t size)
{
    static char bytes[1024];

    return size > sizeof(bytes) ? ERR_TOO_LONG : user_copy_in(bytes, from, size);
}
MODULE_CALL(broken_take);

/* Shows that arguments arrive, in order. */
int32_t broken_add(uint32_t a, uint32_t b, uint32_t c)
{
    return (int32_t)(a + 10 * b + 100 * c);
}
MODULE_CALL(broken_add);

/* Does nothing: the price of a call. */
int32_t broken_null(void)
{
    return 0;
}
MODULE_CALL(broken_null);
