/* System calls about processes and threads: arguments are checked and copied here, the work is
 * done in kernel/core/process. */
#include <kernel/process.h>
#include <kernel/syscall.h>

int32_t syscall_null(void)
{
    return 0;
}

int32_t syscall_process_exit(int32_t status)
{
    process_end(ENDED_EXIT, status);
}

int32_t syscall_process_create(user_ptr path, user_ptr arguments, uint32_t priority,
                               uint32_t quantum_ms, uint32_t mode)
{
    char path_text[PATH_MAX];
    char arguments_text[ARGUMENTS_MAX];
    struct process_order order = {
        .path = path_text,
        .arguments = arguments_text,
        .priority = priority,
        .quantum_ms = quantum_ms,
        .mode = mode,
    };
    int error = user_copy_text(path_text, path, sizeof(path_text));

    if (error == 0)
        error = user_copy_text(arguments_text, arguments, sizeof(arguments_text));
    return error < 0 ? error : process_create(&order, process_current());
}

/* The result's address is tried first: a child is forgotten once it was waited for. */
int32_t syscall_process_wait(int32_t pid, user_ptr result, uint32_t timeout_ms)
{
    struct process_result found = {0};
    int error = user_copy_out(result, &found, sizeof(found));
    int ended;

    if (error < 0)
        return error;
    ended = process_wait(pid, &found, timeout_ms);
    if (ended < 0)
        return ended;
    error = user_copy_out(result, &found, sizeof(found));
    return error < 0 ? error : ended;
}

int32_t syscall_process_kill(int32_t pid)
{
    return process_kill(pid);
}

int32_t syscall_group_kill(int32_t pid)
{
    return process_kill_group(pid);
}

int32_t syscall_process_create_code(user_ptr order)
{
    char name[NAME_MAX];
    char arguments[ARGUMENTS_MAX];
    struct code_order given;
    struct process_order checked;
    int error = user_copy_in(&given, order, sizeof(given));

    if (error == 0)
        error = user_copy_text(name, (user_ptr){given.name}, sizeof(name));
    if (error == 0)
        error = user_copy_text(arguments, (user_ptr){given.arguments}, sizeof(arguments));
    if (error < 0)
        return error;
    checked = (struct process_order){
        .path = name,
        .arguments = arguments,
        .priority = given.priority,
        .quantum_ms = given.quantum_ms,
        .mode = given.mode,
    };
    return process_create_code(&checked, (user_ptr){given.code}, given.code_size, given.rights);
}

int32_t syscall_process_abort(void)
{
    process_abort();
}

int32_t syscall_process_next(int32_t pid, user_ptr status)
{
    struct process_status found;
    int next = process_describe_next(pid, &found);
    int error = next < 0 ? next : user_copy_out(status, &found, sizeof(found));

    return error < 0 ? error : next;
}

int32_t syscall_thread_next(int32_t pid, int32_t thread, user_ptr status)
{
    struct thread_status found;
    int next = thread_describe_next(pid, thread, &found);
    int error = next < 0 ? next : user_copy_out(status, &found, sizeof(found));

    return error < 0 ? error : next;
}

int32_t syscall_region_next(int32_t pid, uint32_t address, user_ptr status)
{
    struct region_status found;
    int error = region_describe_next(pid, address, &found);

    return error < 0 ? error : user_copy_out(status, &found, sizeof(found));
}

int32_t syscall_rights_drop(uint32_t rights)
{
    return process_drop_rights(rights);
}

/* The event's address is tried first: an event that was taken cannot be put back. */
int32_t syscall_event_wait(user_ptr event, uint32_t timeout_ms)
{
    struct event found = {0};
    int error = user_copy_out(event, &found, sizeof(found));

    if (error == 0)
        error = event_take(&found, timeout_ms);
    return error < 0 ? error : user_copy_out(event, &found, sizeof(found));
}

int32_t syscall_event_send(int32_t pid, uint32_t value)
{
    struct process *process = process_find(pid);

    if (!process || process->ended)
        return ERR_NOT_FOUND;
    return event_put(process, EVENT_USER, process_current()->pid, value);
}

int32_t syscall_timer_set(uint32_t delay_ms, uint32_t period_ms, uint32_t value)
{
    timer_set(delay_ms, period_ms, value);
    return 0;
}

int32_t syscall_thread_create(uint32_t entry, uint32_t eax, uint32_t edx, uint32_t stack_size,
                              uint32_t mode)
{
    struct thread_order order = {
        .entry = entry, .eax = eax, .edx = edx, .stack_size = stack_size, .mode = mode};

    return thread_spawn(&order);
}

int32_t syscall_thread_exit(int32_t status)
{
    thread_finish(status);
}

int32_t syscall_thread_join(int32_t id, user_ptr status, uint32_t timeout_ms)
{
    int32_t found = 0;
    int error = user_copy_out(status, &found, sizeof(found));

    if (error < 0)
        return error;
    error = thread_join(id, &found, timeout_ms);
    return error < 0 ? error : user_copy_out(status, &found, sizeof(found));
}

int32_t syscall_thread_sleep(uint32_t milliseconds)
{
    int result;

    if (milliseconds == 0) {
        sched_yield();
        return 0;
    }
    result = sched_block(NULL, milliseconds);
    return result == ERR_TIMED_OUT ? 0 : result;
}
