/* Making processes and threads. Nothing half-made is left behind when something fails. */
#include "process_private.h"

#include <abi/errors.h>
#include <lib/string.h>

struct process *process_current(void)
{
    return sched_current()->process;
}

static const char *last_component(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

static int check_order(const struct process_order *order, const struct process *parent)
{
    if (order->priority > PRIORITY_HIGHEST || order->quantum_ms > QUANTUM_MAX_MS)
        return ERR_INVALID;
    if (order->mode != MODE_USER && order->mode != MODE_KERNEL)
        return ERR_INVALID;
    if (parent && order->priority > parent->priority)
        return ERR_NOT_ALLOWED;
    return 0;
}

/* A program that needs more than there is at all is refused before anything is taken for it. */
static int check_room(const struct program *program)
{
    uint32_t pages = program_pages(program) + PROCESS_STACK_SIZE / PAGE_SIZE;

    return pages < frame_held(FRAME_FREE) ? 0 : ERR_NO_MEMORY;
}

static int fill(struct process *process, const struct process_order *order)
{
    int file = file_find(order->path);
    int error;

    if (file < 0)
        return file;
    process->file = file_at((uint32_t)file);
    error = program_check(process->file, &process->program);
    if (error < 0)
        return error;
    error = check_room(&process->program);
    if (error < 0)
        return error;
    if (!text_copy(process->arguments, order->arguments, ARGUMENTS_MAX))
        return ERR_TOO_LONG;
    text_copy(process->name, last_component(process->file->path), NAME_MAX);
    process->mode = order->mode;
    process->priority = order->priority;
    process->quantum_ms = order->quantum_ms ? order->quantum_ms : QUANTUM_DEFAULT_MS;
    link_init(&process->named);
    link_init(&process->sibling);
    link_init(&process->children);
    link_init(&process->ended_children);
    link_init(&process->threads);
    wait_queue_init(&process->child_ended);
    return 0;
}

/* Makes a thread of the process that will begin in `start`; not ready yet. NULL: no memory. */
static struct thread *make_thread(struct process *process, uint32_t mode, void (*start)(void))
{
    struct thread *thread = heap_take(sizeof(*thread));

    if (!thread)
        return NULL;
    if (sched_prepare(thread, mode, start) < 0) {
        heap_give(thread);
        return NULL;
    }
    thread->process = process;
    thread->directory = process->space.directory;
    thread->priority = process->priority;
    thread->quantum_ms = process->quantum_ms;
    return thread;
}

static void start_thread(struct thread *thread)
{
    struct process *process = thread->process;

    table_add_thread(thread);
    link_append(&process->threads, &thread->member);
    process->thread_count++;
    process->threads_alive++;
    sched_ready(thread);
}

static int give_life(struct process *process, struct process *parent)
{
    struct thread *thread;

    if (space_create(&process->space) < 0)
        return ERR_NO_MEMORY;
    thread = make_thread(process, process->mode, process_stub);
    if (!thread) {
        space_destroy(&process->space);
        return ERR_NO_MEMORY;
    }
    process->pid = table_new_pid();
    table_add_process(process);
    process->parent = parent;
    if (parent)
        link_append(&parent->children, &process->sibling);
    start_thread(thread);
    return process->pid;
}

int process_create(const struct process_order *order, struct process *parent)
{
    struct process *process;
    int result = check_order(order, parent);

    if (result < 0)
        return result;
    process = heap_take(sizeof(*process));
    if (!process)
        return ERR_NO_MEMORY;
    result = fill(process, order);
    if (result == 0)
        result = give_life(process, parent);
    if (result < 0)
        heap_give(process);
    return result;
}

/* The stack is mapped here, while the creator's space, which is also the thread's, is loaded. */
static int add_stack(struct thread *thread, uint32_t size)
{
    int error = space_add_anywhere(&thread->process->space, size, PAGE_SIZE,
                                   RIGHT_READ | RIGHT_WRITE, REGION_STACK,
                                   thread->mode == MODE_USER, &thread->stack_start);

    if (error == 0)
        thread->stack_size = size;
    return error;
}

int thread_spawn(const struct thread_order *order)
{
    struct process *process = process_current();
    uint32_t size = (order->stack_size + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1u);
    struct thread *thread;
    int error;

    if (order->mode != MODE_USER && order->mode != MODE_KERNEL)
        return ERR_INVALID;
    if (order->stack_size > STACK_SIZE_MAX || size < STACK_SIZE_MIN)
        return ERR_INVALID;
    if (!space_user_page(order->entry, false))
        return ERR_BAD_ADDRESS;
    if (process->thread_count >= THREADS_MAX)
        return ERR_LIMIT;

    thread = make_thread(process, order->mode, thread_stub);
    if (!thread)
        return ERR_NO_MEMORY;
    thread->entry = order->entry;
    thread->eax = order->eax;
    thread->edx = order->edx;
    error = add_stack(thread, size);
    if (error < 0) {
        kernel_stack_give(thread->kernel_stack_top);
        heap_give(thread);
        return error;
    }
    start_thread(thread);
    return thread->id;
}
