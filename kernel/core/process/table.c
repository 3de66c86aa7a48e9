/* Pids, thread ids and group numbers, found in constant time. */
#include "process_private.h"

#define BUCKETS 256 /* a power of two */

struct table {
    bool ready;
    uint32_t count;
    struct link buckets[BUCKETS];
};

static struct table processes;
static struct table threads;
static struct table groups;
static struct link in_order = {&in_order, &in_order}; /* every process, by pid */
static int32_t last_pid;

static struct link *bucket(struct table *table, int32_t number)
{
    if (!table->ready) {
        for (unsigned i = 0; i < BUCKETS; i++)
            link_init(&table->buckets[i]);
        table->ready = true;
    }
    return &table->buckets[(uint32_t)number % BUCKETS];
}

/* Begins again behind the largest number, and passes over those that are somebody's name. */
int32_t table_new_pid(void)
{
    do
        last_pid = last_pid == INT32_MAX ? 1 : last_pid + 1;
    while (process_find(last_pid) || group_find(last_pid));
    return last_pid;
}

/* New pids are nearly always the largest. */
void table_add_process(struct process *process)
{
    struct link *before = in_order.previous;

    while (before != &in_order && LINK_OWNER(before, struct process, all)->pid > process->pid)
        before = before->previous;
    link_append(before->next, &process->all);
    link_append(bucket(&processes, process->pid), &process->named);
    processes.count++;
}

void table_add_thread(struct thread *thread)
{
    while (thread_find(thread->id))
        thread->id = sched_new_id();
    link_append(bucket(&threads, thread->id), &thread->named);
    threads.count++;
}

void table_add_group(struct group *group)
{
    link_append(bucket(&groups, group->number), &group->named);
}

void table_remove_group(struct group *group)
{
    link_remove(&group->named);
}

struct group *group_find(int32_t number)
{
    struct link *head = bucket(&groups, number);

    LINK_EACH(head, item, following)
    {
        struct group *group = LINK_OWNER(item, struct group, named);

        if (group->number == number)
            return group;
    }
    return NULL;
}

void table_remove_process(struct process *process)
{
    link_remove(&process->named);
    link_remove(&process->all);
    processes.count--;
}

void table_remove_thread(struct thread *thread)
{
    link_remove(&thread->named);
    threads.count--;
}

void process_count(uint32_t *process_count, uint32_t *thread_count)
{
    *process_count = processes.count;
    *thread_count = threads.count;
}

struct process *process_find(int32_t pid)
{
    struct link *head = bucket(&processes, pid);

    LINK_EACH(head, item, following)
    {
        struct process *process = LINK_OWNER(item, struct process, named);

        if (process->pid == pid)
            return process;
    }
    return NULL;
}

const struct process *table_process_after(int32_t pid)
{
    struct process *process = process_find(pid);
    struct link *link = process ? process->all.next : in_order.next;

    for (; link != &in_order; link = link->next)
        if (LINK_OWNER(link, struct process, all)->pid > pid)
            return LINK_OWNER(link, struct process, all);
    return NULL;
}

struct thread *thread_find(int32_t id)
{
    struct link *head = bucket(&threads, id);

    LINK_EACH(head, item, following)
    {
        struct thread *thread = LINK_OWNER(item, struct thread, named);

        if (thread->id == id)
            return thread;
    }
    return NULL;
}
