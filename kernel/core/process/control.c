/* Who may end whom, who holds which right, and what Ctrl-C ends. */
#include "process_private.h"

#include <abi/errors.h>
#include <kernel/debug.h>
#include <kernel/export.h>

static int32_t console_owner;    /* pid; 0: nobody */
static struct group *foreground; /* until its first process ends; NULL: none */
static void (*ask_readers)(void);

static bool descends_from(const struct process *process, const struct process *ancestor)
{
    for (const struct process *p = process->parent; p; p = p->parent)
        if (p == ancestor)
            return true;
    return false;
}

bool process_may(uint32_t right)
{
    return (process_current()->rights & right) != 0;
}
KERNEL_EXPORT(process_may);

int process_kill(int32_t pid)
{
    struct process *process = process_find(pid);

    if (!process)
        return ERR_NOT_FOUND;
    if (process->parent == NULL) /* init: nothing would be left to wait for orphans */
        return ERR_NOT_ALLOWED;
    if (!descends_from(process, process_current()) && !process_may(RIGHT_KILL_ANY))
        return ERR_NOT_ALLOWED;
    process_mark_ending(process, ENDED_KILLED, ERR_CANCELLED, NULL);
    return 0;
}

/* The one who made it may do so although its first process has ended, and others are init's. */
static bool may_end(const struct group *group)
{
    const struct process *process = process_current();
    const struct process *first = process_find(group->number);

    return process_may(RIGHT_KILL_ANY) || group->creator == process->birth ||
           (first && descends_from(first, process));
}

static void end_group(struct group *group, uint32_t reason)
{
    group_end(group, reason);
    if (group_within(foreground, group) || group_within(group, foreground))
        ask_readers();
}

int process_kill_group(int32_t pid)
{
    const struct process *process = process_find(pid);
    struct group *group = process ? process->group : group_find(pid);

    if (!group)
        return process ? ERR_INVALID : ERR_NOT_FOUND;
    if (!may_end(group))
        return ERR_NOT_ALLOWED;
    end_group(group, ENDED_KILLED);
    return 0;
}

static bool has_ring0_thread(struct process *process)
{
    LINK_EACH(&process->threads, item, following)
    {
        const struct thread *thread = LINK_OWNER(item, struct thread, member);

        if (thread->mode == MODE_KERNEL && thread->state != THREAD_ENDED)
            return true;
    }
    return false;
}

int process_drop_rights(uint32_t rights)
{
    struct process *process = process_current();

    if (rights & ~(uint32_t)RIGHTS_ALL)
        return ERR_INVALID;
    if (rights & RIGHT_RING0 && has_ring0_thread(process))
        return ERR_BUSY;
    process->rights &= ~rights;
    return (int)process->rights;
}

void process_on_console_lost(void (*handler)(void))
{
    ask_readers = handler;
}

static void set_console(int32_t owner, struct group *front)
{
    if (console_owner == owner && foreground == front)
        return;
    console_owner = owner;
    foreground = front;
    ask_readers();
}

void console_process_ended(const struct process *process)
{
    bool was_in_front = foreground && foreground->number == process->pid;

    set_console(process->pid == console_owner ? 0 : console_owner,
                was_in_front ? NULL : foreground);
}

int process_set_foreground(int32_t pid)
{
    struct process *owner = process_current();
    const struct process *child = process_find(pid);
    const struct process *holder = process_find(console_owner);

    /* A program may come first while the shell that owns the console has ended. */
    if (console_owner != owner->pid && holder && holder->priority >= owner->priority)
        return ERR_NOT_ALLOWED;
    if (pid != 0 && (!child || child->parent != owner))
        return ERR_NO_CHILD;
    if (child && (!child->group || child->group->number != pid))
        return ERR_INVALID;
    set_console(owner->pid, child && child->threads_alive != 0 ? child->group : NULL);
    return 0;
}

bool process_may_read_console(void)
{
    const struct process *process = process_current();

    if (process->pid == console_owner || console_owner == 0)
        return true;
    for (const struct group *group = process->group; group && !group->ending; group = group->outer)
        if (group == foreground)
            return true;
    return false;
}

bool process_interrupt(void)
{
    if (!foreground)
        return false;
    end_group(foreground, ENDED_INTERRUPTED);
    return true;
}

void process_abort(void)
{
    const struct process *process = process_current();

    log_from_thread("%s (pid %d) aborted", process->name, (int)process->pid);
    process_end(ENDED_ABORT, ERR_CANCELLED);
}
