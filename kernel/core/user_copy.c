/* Copies between the kernel and the running program's memory. */
#include <abi/errors.h>
#include <kernel/export.h>
#include <kernel/memory.h>
#include <kernel/process.h>
#include <kernel/sched.h>
#include <kernel/user_copy.h>
#include <lib/string.h>

static size_t rest_of_page(uint32_t address)
{
    return PAGE_SIZE - (address & (PAGE_SIZE - 1));
}

/* The bytes lie in one page. It is reached by its frame: its own address may be forbidden to the
 * kernel (SMAP), or to everybody but ring 3. */
static int copy_in_page(uint32_t user, char *kernel, size_t size, bool out)
{
    const struct thread *thread = sched_current();
    phys frame;
    char *page;
    int error = space_frame(&thread->process->space, user, out, thread->mode == MODE_USER, &frame);

    if (error < 0)
        return error;
    page = frame_open(frame);
    if (out)
        memcpy(page + (user & (PAGE_SIZE - 1)), kernel, size);
    else
        memcpy(kernel, page + (user & (PAGE_SIZE - 1)), size);
    frame_close(page);
    return 0;
}

/*
 * Copies to the program (`out`) or from it. A page is checked right before it is touched, and
 * nobody else runs in between.
 */
static int copy(uint32_t user, char *kernel, size_t size, bool out)
{
    if (!size)
        return 0;
    if (user >= USER_END || size > USER_END - user)
        return ERR_BAD_ADDRESS;
    for (;;) {
        size_t part = rest_of_page(user);
        int error;

        if (part > size)
            part = size;
        error = copy_in_page(user, kernel, part, out);
        if (error)
            return error;
        size -= part;
        if (!size)
            return 0;
        user += (uint32_t)part;
        kernel += part;
        sched_preemption_point();
    }
}

int user_copy_in(void *to, user_ptr from, size_t size)
{
    return copy(from.address, to, size, false);
}
KERNEL_EXPORT(user_copy_in);

int user_copy_out(user_ptr to, const void *from, size_t size)
{
    return copy(to.address, (char *)(uintptr_t)from, size, true);
}
KERNEL_EXPORT(user_copy_out);

int user_copy_text(char *to, user_ptr from, size_t room)
{
    while (room) {
        size_t part = rest_of_page(from.address);
        int error;

        if (part > room)
            part = room;
        error = user_copy_in(to, from, part);
        if (error)
            return error;
        if (memchr(to, '\0', part))
            return 0;
        to += part;
        from.address += (uint32_t)part;
        room -= part;
        if (room)
            sched_preemption_point();
    }
    return ERR_TOO_LONG;
}
KERNEL_EXPORT(user_copy_text);
