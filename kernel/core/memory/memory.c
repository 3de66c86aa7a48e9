/* Starts the memory of the kernel, and counts it. */
#include "memory_private.h"

void memory_start(const struct boot_info *info)
{
    struct boot_frames boot = direct_map_start(info);

    frames_start(info, &boot);
    heap_start();
}

void memory_release_loader(void)
{
    frames_release_loader();
}

uint32_t memory_fail_countdown;

void memory_fail_after(uint32_t after)
{
    memory_fail_countdown = after;
}

/* Blocks before frames: a slab that becomes empty gives its frame back. */
static void release_kept(void)
{
    stacks_release_kept();
    heap_release_kept();
    frames_release_kept();
}

void memory_count(struct memory_info *info)
{
    if (KERNEL_CHECKED)
        release_kept();
    info->free = frame_held(FRAME_FREE);
    info->kernel = frame_held(FRAME_KERNEL) + frame_held(FRAME_LOADER) + frame_held(FRAME_HEAP);
    info->files = frame_held(FRAME_FILE);
    info->stacks = frame_held(FRAME_STACK);
    info->tables = frame_held(FRAME_TABLE);
    info->user = frame_held(FRAME_USER);
    info->modules = frame_held(FRAME_MODULE);
    if (KERNEL_CHECKED) {
        uint32_t spare = heap_spare_slabs();

        info->kernel -= spare;
        info->free += spare;
    }
    info->total = info->free + info->kernel + info->files + info->stacks + info->tables +
                  info->user + info->modules;
    info->heap_bytes = (uint32_t)heap_bytes();
}
