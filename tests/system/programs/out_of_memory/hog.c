#include "hog.h"

#include <megha.h>
#include <megha/check.h>
#include <stddef.h>

#define LARGE      0x100000
#define STACK_SIZE 0x4000

/* Takes pieces until there are none. Returns the error that said so. */
static int take_all(uint32_t size)
{
    uint32_t address;
    do
        address = memory_map(size, ACCESS_READ | ACCESS_WRITE);
    while (!address_is_error(address));
    return (int)address;
}

static int return_0(void *unused)
{
    (void)unused;
    return 0;
}

static int start(const char *path)
{
    return process_create(path, "exit", PRIORITY_NORMAL, QUANTUM_DEFAULT_MS, MODE_USER);
}

/* Each call uses a page more of the stack than the one before. */
__attribute__((noinline)) static int use_stack(int pages)
{
    volatile char page[PAGE_SIZE];
    page[0] = (char)pages;
    return pages == 0 ? 0 : use_stack(pages - 1) + page[0];
}

int hog_play(void)
{
    check_error(take_all(LARGE), ERR_NO_MEMORY, "large pieces run out");
    check_error(take_all(PAGE_SIZE), ERR_NO_MEMORY, "then single pages");
    check_error(start("/apps/out_of_memory"), ERR_NO_MEMORY, "no process can be created");
    check_error(thread_start(return_0, NULL, STACK_SIZE, MODE_KERNEL), ERR_NO_MEMORY,
                "nor a thread in ring 0");
    return use_stack(8);
}
