/*
 * How threads and processes end, and who hears of it. A thread ends at the kernel's boundary, never
 * in the middle of the kernel; what it cannot give back while it stands on it (kernel stack, page
 * directory) is given back in bury, on the next thread's stack.
 */
#include "process_private.h"

#include <abi/errors.h>
#include <kernel/debug.h>
#include <kernel/ipc.h>
#include <kernel/module.h>

#define THREADS_PER_POINT  16 /* marked or forgotten between two chances for others */
#define CHILDREN_PER_POINT 64

/* All threads that wait for a child look again. There may be many: so the first is woken, and each
 * wakes the next (process_wait). Those that wait anew meanwhile stand in the other queue. */
static void tell_parent(struct process *parent)
{
    wait_queue_move(&parent->child_ended, &parent->child_told);
    (void)sched_wake_one(&parent->child_told, 0);
}

/* Running ones first; meanwhile they may end. */
static struct process *first_child(struct process *parent)
{
    struct link *children =
        link_alone(&parent->children) ? &parent->ended_children : &parent->children;

    return link_alone(children) ? NULL : LINK_OWNER(children->next, struct process, sibling);
}

/* Children of an ended process become init's. */
static void orphan_children(struct process *process)
{
    struct process *init = process_find(INIT_PID);
    struct process *child;
    uint32_t adopted = 0;

    if (process == init)
        panic("init (pid 1) has ended with status %d", (int)process->result.status);
    while ((child = first_child(process)) != NULL) {
        link_remove(&child->sibling);
        child->parent = init;
        link_append(child->ended ? &init->ended_children : &init->children, &child->sibling);
        if (++adopted % CHILDREN_PER_POINT == 0)
            sched_preemption_point();
    }
    if (!link_alone(&init->ended_children)) {
        event_child_ended(init, ANY_CHILD);
        tell_parent(init);
    }
}

static inline void forget_thread(struct thread *thread)
{
    if (thread->process->to_mark == &thread->member)
        thread->process->to_mark = thread->member.next;
    link_remove(&thread->member);
    table_remove_thread(thread);
    thread->process->thread_count--;
    heap_give(thread);
}

static void bury_process(struct thread *last)
{
    struct process *process = last->process;
    struct process *parent = process->parent;

    space_destroy(&process->space);
    forget_thread(last);
    process->ended = true;
    link_remove(&process->sibling);
    link_append(&parent->ended_children, &process->sibling);
    event_child_ended(parent, process->pid);
}

static void bury(struct thread *thread)
{
    struct process *process = thread->process;

    heap_give(arch_fpu_release(thread));
    thread->fpu_state = NULL;
    kernel_stack_give(thread->kernel_stack_top);
    thread->kernel_stack_top = 0;
    if (process->threads_alive == 0)
        bury_process(thread);
}

/* The last thread forgets those that ended before it and that nobody joined. */
static void forget_others(struct process *process, const struct thread *last)
{
    uint32_t since_point = 0;

    LINK_EACH(&process->threads, item, following)
    {
        struct thread *thread = LINK_OWNER(item, struct thread, member);

        if (thread == last)
            continue;
        forget_thread(thread);
        if (++since_point == THREADS_PER_POINT) {
            since_point = 0;
            sched_preemption_point();
        }
    }
}

void thread_leave(int32_t status)
{
    struct thread *thread = sched_current();
    struct process *process = thread->process;

    sched_preemption_point(); /* the threads of a killed process end one after the other */
    thread->status = status;
    ipc_thread_ended(thread);
    if (thread->stack_size && process->threads_alive > 1)
        space_remove(&process->space, thread->stack_start, thread->stack_size, REGION_STACK);
    thread->stack_size = 0;

    if (--process->threads_alive == 0) {
        if (!process->ending)
            process_mark_ending(process, ENDED_EXIT, status, thread);
        if (process->marking.piece)
            work_stop(&process->marking);
        console_process_ended(process);
        timeout_stop(&process->timer.timeout);
        ipc_process_ended(process);
        module_process_ended(process);
        orphan_children(process);
        forget_others(process, thread);
        space_clear(&process->space);
        tell_parent(process->parent);
    }
    /* Whoever is woken is ready when this thread leaves; the switch to it buries this one first. */
    (void)sched_wake_one(&thread->joiners, 0);
    sched_end(bury);
}

void thread_finish(int32_t status)
{
    thread_leave(status);
}

/* Marks some of the threads from `to_mark` on. */
static void mark_some(struct process *process, const struct thread *except)
{
    uint32_t marked = 0;

    while (process->to_mark != &process->threads && marked < THREADS_PER_POINT) {
        struct thread *thread = LINK_OWNER(process->to_mark, struct thread, member);

        process->to_mark = process->to_mark->next;
        if (thread == except || thread->state == THREAD_ENDED)
            continue;
        sched_kill(thread);
        marked++;
    }
}

/* Also a thread that leaves by itself is marked here, which changes nothing for it. */
static void mark_more(struct work *marking)
{
    struct process *process = LINK_OWNER(marking, struct process, marking);

    mark_some(process, NULL);
    if (process->to_mark == &process->threads)
        work_stop(marking);
}

static void __attribute__((noinline)) mark_rest(struct process *process)
{
    work_init(&process->marking, mark_more);
    work_start(&process->marking);
}

void process_mark_ending(struct process *process, uint32_t reason, int32_t status,
                         const struct thread *except)
{
    if (process->ending)
        return;
    process->ending = true;
    process->result =
        (struct process_result){.pid = process->pid, .status = status, .reason = reason};
    process->to_mark = process->threads.next;
    mark_some(process, except);
    if (process->to_mark != &process->threads)
        mark_rest(process);
}

void process_end(uint32_t reason, int32_t status)
{
    process_mark_ending(process_current(), reason, status, sched_current());
    thread_leave(status);
}

void process_attention(void)
{
    struct thread *thread = sched_current();

    if (thread->killed && thread->process)
        thread_leave(ERR_CANCELLED);
    sched_attention();
}

/* The ended child that a wait is for, or NULL. Sets `exists` where there is anything to wait for.
 */
static struct process *ended_child(struct process *parent, int32_t pid, bool *exists)
{
    struct process *child;

    if (pid == ANY_CHILD) {
        *exists = !link_alone(&parent->ended_children) || !link_alone(&parent->children);
        if (link_alone(&parent->ended_children))
            return NULL;
        return LINK_OWNER(parent->ended_children.next, struct process, sibling);
    }
    child = process_find(pid);
    *exists = child && child->parent == parent;
    return *exists && child->ended ? child : NULL;
}

int process_wait(int32_t pid, struct process_result *result, uint32_t timeout_ms)
{
    struct process *parent = process_current();
    uint64_t deadline = sched_deadline(timeout_ms);

    for (;;) {
        bool exists;
        struct process *child = ended_child(parent, pid, &exists);
        int error;

        if (child) {
            *result = child->result;
            table_remove_process(child);
            link_remove(&child->sibling);
            group_leave(child);
            heap_give(child);
            return result->pid;
        }
        if (!exists)
            return ERR_NO_CHILD;
        error = sched_block(&parent->child_ended, sched_time_left(deadline));
        if (error < 0)
            return error;
        if (sched_wake_one(&parent->child_told, 0))
            sched_preemption_point(); /* those that look one after the other run in the kernel only
                                       */
    }
}

int thread_join(int32_t id, int32_t *status, uint32_t timeout_ms)
{
    struct thread *thread = thread_find(id);

    if (!thread || thread->process != process_current())
        return ERR_NOT_FOUND;
    if (thread == sched_current())
        return ERR_DEADLOCK;
    if (thread->joined)
        return ERR_BUSY;
    if (thread->state != THREAD_ENDED) {
        int error;

        thread->joined = true;
        error = sched_block(&thread->joiners, timeout_ms);
        thread->joined = false;
        if (error < 0)
            return error;
    }
    *status = thread->status;
    forget_thread(thread);
    return 0;
}
