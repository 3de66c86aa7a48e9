/*
 * Process groups: a process is in the group of its creator, for good, or the first of a new one
 * inside it. So groups form a tree, and nothing that a program starts is outside of its group. The
 * end of a group is set by one word, in constant time and in any context. From then on nothing is
 * created in it or inside it. Those that are there already, however many, are marked piece by piece
 * by the kernel's thread for long work.
 */
#include "process_private.h"

#include <abi/errors.h>

/* One inner group or one process, which is not looked at again behind this. */
static void tell_one(struct work *telling)
{
    struct group *group = LINK_OWNER(telling, struct group, telling);

    if (!link_alone(&group->inner)) {
        struct group *inner = LINK_OWNER(group->inner.next, struct group, beside);

        link_remove(&inner->beside);
        group_end(inner, group->ending);
    } else if (!link_alone(&group->members)) {
        struct process *process = LINK_OWNER(group->members.next, struct process, in_group);

        link_remove(&process->in_group);
        process_mark_ending(process, group->ending, ERR_CANCELLED, NULL);
    } else {
        work_stop(telling);
    }
}

void group_end(struct group *group, uint32_t reason)
{
    if (group->ending)
        return;
    group->ending = reason;
    work_start(&group->telling);
}

bool group_within(const struct group *group, const struct group *outer)
{
    while (group && group != outer)
        group = group->outer;
    return group != NULL;
}

bool process_is_ending(const struct process *process)
{
    for (const struct group *group = process->group; group; group = group->outer)
        if (group->ending)
            return true;
    return process->ending;
}

static int make_group(const struct process *creator, struct group **made)
{
    struct group *outer = creator->group;
    struct group *group;

    if (outer && outer->depth == GROUPS_NESTED_MAX)
        return ERR_LIMIT;
    group = heap_take(sizeof(*group));
    if (!group)
        return ERR_NO_MEMORY;
    group->creator = creator->birth;
    group->outer = outer;
    group->depth = outer ? outer->depth + 1 : 1;
    if (outer)
        outer->holders++;
    link_init(&group->members);
    link_init(&group->inner);
    link_init(&group->beside);
    link_init(&group->named);
    work_init(&group->telling, tell_one);
    *made = group;
    return 0;
}

int group_enter(struct process *process, const struct process *creator, bool first)
{
    struct group *group = creator ? creator->group : NULL;
    int error = first && creator ? make_group(creator, &group) : 0;

    if (error < 0 || !group)
        return error;
    group->holders++;
    process->group = group;
    link_init(&process->in_group);
    return 0;
}

void group_begin(struct process *process)
{
    struct group *group = process->group;

    if (!group)
        return;
    link_append(&group->members, &process->in_group);
    if (group->number != 0)
        return;
    group->number = process->pid;
    table_add_group(group);
    if (group->outer)
        link_append(&group->outer->inner, &group->beside);
}

void group_leave(struct process *process)
{
    struct group *group = process->group;

    if (!group)
        return;
    process->group = NULL;
    link_remove(&process->in_group);
    while (group && --group->holders == 0) {
        struct group *outer = group->outer;

        work_stop(&group->telling);
        link_remove(&group->beside);
        table_remove_group(group);
        heap_give(group);
        group = outer;
    }
}
