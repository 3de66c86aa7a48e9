/* System calls about memory. */
#include <kernel/process.h>
#include <kernel/syscall.h>

static bool rounds_to_pages(uint32_t size, uint32_t *rounded)
{
    *rounded = (size + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1u);
    return size != 0 && *rounded >= size && *rounded < USER_END - USER_START;
}

uint32_t syscall_memory_map(uint32_t size, uint32_t rights)
{
    struct space *space = &process_current()->space;
    uint32_t start;
    int error;

    if (!rounds_to_pages(size, &size) || rights == 0 ||
        rights & ~(uint32_t)(ACCESS_READ | ACCESS_WRITE | ACCESS_EXECUTE))
        return (uint32_t)ERR_INVALID;
    /* Refused at once: to take all there is before that would starve others. */
    if (size / PAGE_SIZE > frame_held(FRAME_FREE))
        return (uint32_t)ERR_NO_MEMORY;
    error = space_add_anywhere(space, size, 0, rights, REGION_MEMORY, true, &start);
    return error < 0 ? (uint32_t)error : start;
}

int32_t syscall_memory_unmap(uint32_t address, uint32_t size)
{
    if (!rounds_to_pages(size, &size))
        return ERR_INVALID;
    return space_remove(&process_current()->space, address, size, REGION_MEMORY);
}

int32_t syscall_memory_info(user_ptr info)
{
    struct memory_info found = {0};

    memory_count(&found);
    process_count(&found.processes, &found.threads);
    return user_copy_out(info, &found, sizeof(found));
}
