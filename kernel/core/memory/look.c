/* Page tables and frames for who only looks (abi/machine.h). */
#include "memory_private.h"

#include <abi/machine.h>

_Static_assert((int)MACHINE_FRAME_NONE == (int)FRAME_NONE &&
                   (int)MACHINE_FRAME_FREE == (int)FRAME_FREE &&
                   (int)MACHINE_FRAME_KERNEL == (int)FRAME_KERNEL &&
                   (int)MACHINE_FRAME_LOADER == (int)FRAME_LOADER &&
                   (int)MACHINE_FRAME_FILE == (int)FRAME_FILE &&
                   (int)MACHINE_FRAME_HEAP == (int)FRAME_HEAP &&
                   (int)MACHINE_FRAME_STACK == (int)FRAME_STACK &&
                   (int)MACHINE_FRAME_TABLE == (int)FRAME_TABLE &&
                   (int)MACHINE_FRAME_USER == (int)FRAME_USER &&
                   (int)MACHINE_FRAME_MODULE == (int)FRAME_MODULE,
               "programs are told the owners' numbers");

bool space_look_directory(const struct space *space, uint32_t index, uint32_t *entry)
{
    if (index >= PAGE_ENTRIES)
        return false;
    *entry = *directory_entry(space, index << TABLE_SHIFT);
    return true;
}

bool space_look_page(const struct space *space, uint32_t page, uint32_t *entry)
{
    uint32_t address = page << PAGE_SHIFT;
    uint32_t table;

    if (page >> (32 - PAGE_SHIFT))
        return false;
    table = *directory_entry(space, address);
    if (!(table & PTE_PRESENT) || table & PTE_LARGE)
        return false;
    *entry = *entry_in(table, address);
    return true;
}

bool space_look_word(const struct space *space, uint32_t address, uint32_t *word)
{
    void *page;

    if (address < USER_START || address > USER_END - sizeof(*word) || address % sizeof(*word) != 0)
        return false;
    page = space_open(space, address);
    if (!page)
        return false;
    *word = *(const uint32_t *)page;
    frame_close(page);
    return true;
}

uint32_t space_look_bytes(const struct space *space, uint32_t address, uint8_t *to, uint32_t size)
{
    uint32_t count = 0;

    while (count < size && address + count >= USER_START && address + count < USER_END) {
        uint8_t *byte = space_open(space, address + count);

        if (!byte)
            break;
        to[count++] = *byte;
        frame_close(byte);
    }
    return count;
}

bool frame_look(uint32_t number, uint32_t *owner)
{
    if (number >> (32 - PAGE_SHIFT))
        return false;
    *owner = frame_owner(number << PAGE_SHIFT);
    return true;
}
