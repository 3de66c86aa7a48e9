/* Making processes and threads. Nothing half-made is left behind when something fails. */
#include "process_private.h"

#include <abi/errors.h>
#include <lib/string.h>

#define CODE_PIECE 512 /* bytes on the kernel's stack; divides a page */

struct process *process_current(void)
{
    return sched_current()->process;
}

static const char *last_component(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

static uint32_t denied_rights;

void process_deny(uint32_t rights)
{
    denied_rights = rights;
}

static int check_order(const struct process_order *order, const struct process *parent)
{
    uint32_t ring = order->mode & MODE_RING_MASK;

    if (order->priority > PRIORITY_HIGHEST || order->quantum_ms > QUANTUM_MAX_MS)
        return ERR_INVALID;
    if ((ring != MODE_USER && ring != MODE_KERNEL) ||
        order->mode & ~(MODE_RING_MASK | MODE_WITHHOLD(RIGHTS_ALL) | MODE_NEW_GROUP))
        return ERR_INVALID;
    if (parent && order->priority > parent->priority)
        return ERR_NOT_ALLOWED;
    return 0;
}

/* What was declared or named, as far as the creator holds it and passes it on. To be called again
 * behind every preemption point: the creator may have dropped a right meanwhile. */
static int grant_rights(struct process *process, const struct process_order *order,
                        const struct process *parent)
{
    process->rights = process->program.rights & ~(order->mode >> 8) & ~denied_rights;
    if (parent)
        process->rights &= parent->rights;
    return process->mode == MODE_KERNEL && !(process->rights & RIGHT_RING0) ? ERR_NOT_ALLOWED : 0;
}

/* A program that needs more than there is at all is refused before anything is taken for it. */
static int check_room(const struct program *program)
{
    uint32_t pages = program_pages(program) + PROCESS_STACK_SIZE / PAGE_SIZE;

    return pages < frame_held(FRAME_FREE) ? 0 : ERR_NO_MEMORY;
}

static int find_program(struct process *process, const char *path)
{
    int file = file_find(path);

    if (file < 0)
        return file;
    process->file = file_at((uint32_t)file);
    return program_check(process->file, &process->program);
}

static int fill(struct process *process, const struct process_order *order,
                const struct process *parent)
{
    int error = check_room(&process->program);

    if (error < 0)
        return error;
    if (!text_copy(process->arguments, order->arguments, ARGUMENTS_MAX))
        return ERR_TOO_LONG;
    text_copy(process->name, last_component(order->path), NAME_MAX);
    process->mode = order->mode & MODE_RING_MASK;
    error = grant_rights(process, order, parent);
    if (error < 0)
        return error;
    process->priority = order->priority;
    process->quantum_ms = order->quantum_ms ? order->quantum_ms : QUANTUM_DEFAULT_MS;
    link_init(&process->all);
    link_init(&process->named);
    link_init(&process->sibling);
    link_init(&process->children);
    link_init(&process->ended_children);
    link_init(&process->threads);
    link_init(&process->ports);
    wait_queue_init(&process->child_ended);
    wait_queue_init(&process->child_told);
    events_init(process);
    return group_enter(process, parent, order->mode & MODE_NEW_GROUP);
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
    arch_thread_set_directory(thread, process->space.directory);
    thread->priority = process->priority;
    thread->base_priority = process->priority;
    thread->quantum_ms = process->quantum_ms;
    return thread;
}

/* In the order of their ids. */
static void add_member(struct process *process, struct thread *thread)
{
    struct link *before = process->threads.previous;

    while (before != &process->threads &&
           LINK_OWNER(before, struct thread, member)->id > thread->id)
        before = before->previous;
    link_append(before->next, &thread->member);
}

static void start_thread(struct thread *thread)
{
    struct process *process = thread->process;

    table_add_thread(thread);
    add_member(process, thread);
    process->threads_alive++;
    sched_ready(thread);
}

/* Its space is made; from here on it is known to others. There is no preemption point between the
 * look at its creator's end and that. */
static int give_life(struct process *process, struct process *parent)
{
    static uint64_t births;
    struct thread *thread;

    if (parent && process_is_ending(parent))
        return ERR_CANCELLED;
    thread = make_thread(process, process->mode, process_stub);
    if (!thread)
        return ERR_NO_MEMORY;
    process->pid = table_new_pid();
    process->birth = ++births;
    table_add_process(process);
    group_begin(process);
    process->parent = parent;
    if (parent)
        link_append(&parent->children, &process->sibling);
    process->thread_count++;
    start_thread(thread);
    return process->pid;
}

static int give_up(struct process *process, int error)
{
    if (process->space.directory) {
        space_clear(&process->space);
        space_destroy(&process->space);
    }
    group_leave(process);
    heap_give(process);
    return error;
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
    result = find_program(process, order->path);
    if (result == 0)
        result = fill(process, order, parent);
    if (result == 0)
        result = space_create(&process->space);
    if (result == 0)
        result = give_life(process, parent);
    return result < 0 ? give_up(process, result) : result;
}

/* The code goes by pieces from the creator's pages into those of the new space, which nobody has
 * loaded. */
static int copy_code(struct process *process, user_ptr code, uint32_t size)
{
    uint32_t pages = (size + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1u);
    int error = space_add(&process->space, PROGRAM_BASE, pages, 0,
                          ACCESS_READ | ACCESS_WRITE | ACCESS_EXECUTE, REGION_PROGRAM, true);

    for (uint32_t done = 0; error == 0 && done < size; done += CODE_PIECE) {
        char piece[CODE_PIECE];
        uint32_t length = size - done < CODE_PIECE ? size - done : CODE_PIECE;
        char *page;

        error = user_copy_in(piece, (user_ptr){code.address + done}, length);
        if (error < 0)
            break;
        page = space_open(&process->space, PROGRAM_BASE + done);
        memcpy(page, piece, length);
        frame_close(page);
        sched_preemption_point();
    }
    return error;
}

int process_create_code(const struct process_order *order, user_ptr code, uint32_t size,
                        uint32_t rights)
{
    struct process *parent = process_current();
    struct process *process;
    int result = check_order(order, parent);

    if (result < 0)
        return result;
    if (size == 0 || size > CODE_SIZE_MAX)
        return ERR_INVALID;
    process = heap_take(sizeof(*process));
    if (!process)
        return ERR_NO_MEMORY;
    program_from_code(&process->program, size);
    process->program.rights = rights;
    result = fill(process, order, parent);
    if (result == 0)
        result = space_create(&process->space);
    if (result == 0)
        result = copy_code(process, code, size);
    if (result == 0)
        result = grant_rights(process, order, parent);
    if (result == 0)
        result = give_life(process, parent);
    return result < 0 ? give_up(process, result) : result;
}

/* The stack is mapped here, while the creator's space, which is also the thread's, is loaded. */
static int add_stack(struct thread *thread, uint32_t size)
{
    struct space *space = &thread->process->space;
    int error;

    if (thread->mode == MODE_USER)
        error = space_reserve_anywhere(space, size, PAGE_SIZE, REGION_STACK, &thread->stack_start);
    else
        error = space_add_anywhere(space, size, PAGE_SIZE, ACCESS_READ | ACCESS_WRITE, REGION_STACK,
                                   false, &thread->stack_start);
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
    if (order->mode == MODE_KERNEL && !process_may(RIGHT_RING0))
        return ERR_NOT_ALLOWED;
    if (order->stack_size < STACK_SIZE_MIN || order->stack_size > STACK_SIZE_MAX)
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
    process->thread_count++; /* its place is taken before others run, who make threads as well */
    error = add_stack(thread, size);
    /* add_stack has preemption points. What it mapped goes with an ending process. */
    if (process_is_ending(process)) {
        error = ERR_CANCELLED;
    } else if (error == 0 && order->mode == MODE_KERNEL && !process_may(RIGHT_RING0)) {
        space_remove(&process->space, thread->stack_start, size, REGION_STACK);
        error = ERR_NOT_ALLOWED;
    }
    if (error < 0) {
        process->thread_count--;
        kernel_stack_give(thread->kernel_stack_top);
        heap_give(thread);
        return error;
    }
    start_thread(thread);
    return thread->id;
}
