/* What processes may know of each other: for ps, inspect and their like. */
#include "process_private.h"

#include <abi/errors.h>
#include <lib/string.h>

int process_describe_next(int32_t pid, struct process_status *status)
{
    const struct process *process = table_process_after(pid);

    if (!process)
        return ERR_NOT_FOUND;
    *status = (struct process_status){
        .pid = process->pid,
        .parent = process->parent ? process->parent->pid : 0,
        .group = process->group ? process->group->number : 0,
        .mode = process->mode,
        .state = process->ended ? STATE_ENDED : STATE_RUNNING,
        .rights = process->rights,
        .threads = process->threads_alive,
        .pages = process->space.pages,
        .priority = process->priority,
        .quantum_ms = process->quantum_ms,
    };
    text_copy(status->name, process->name, NAME_MAX);
    text_copy(status->arguments, process->arguments, ARGUMENTS_MAX);
    return process->pid;
}

static uint32_t public_state(const struct thread *thread)
{
    switch (thread->state) {
    case THREAD_BLOCKED:
        return STATE_BLOCKED;
    case THREAD_ENDED:
        return STATE_ENDED;
    default:
        return thread == sched_current() ? STATE_RUNNING : STATE_READY;
    }
}

static uint32_t stack_backed(const struct thread *thread)
{
    const struct space *space = &thread->process->space;
    const struct region *region =
        thread->stack_size ? space_find(space, thread->stack_start) : NULL;

    return region ? space_backed(space, region) : 0;
}

/* Threads stand in the order of their creation, which is that of their ids. */
int thread_describe_next(int32_t pid, int32_t id, struct thread_status *status)
{
    struct process *process = process_find(pid);

    if (!process)
        return ERR_NOT_FOUND;
    LINK_EACH(&process->threads, item, following)
    {
        const struct thread *thread = LINK_OWNER(item, struct thread, member);

        if (thread->id <= id)
            continue;
        *status = (struct thread_status){
            .id = thread->id,
            .mode = thread->mode,
            .state = public_state(thread),
            .priority = thread->priority,
            .switches = thread->switches,
            .stack_start = thread->stack_start,
            .stack_size = thread->stack_size,
            .stack_backed = stack_backed(thread),
            .run_microseconds = sched_run_microseconds(thread),
        };
        return thread->id;
    }
    return ERR_NOT_FOUND;
}

int region_describe_next(int32_t pid, uint32_t address, struct region_status *status)
{
    const struct process *process = process_find(pid);
    const struct region *region;

    if (!process)
        return ERR_NOT_FOUND;
    region = process->space.regions;
    while (region && region->end <= address)
        region = region->next;
    if (!region)
        return ERR_NOT_FOUND;
    *status = (struct region_status){
        .start = region->start,
        .end = region->end,
        .guard = region->guard,
        .access = region->rights,
        .kind = region->kind,
        .user = region->user,
        .backed = space_backed(&process->space, region),
    };
    return 0;
}
