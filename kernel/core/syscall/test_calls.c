/* System calls that only tests have (boot.cfg: tests = yes). */
#include <kernel/checked.h>
#include <kernel/meeting.h>
#include <kernel/memory.h>
#include <kernel/process.h>
#include <kernel/syscall.h>

int32_t syscall_test_fail_memory(uint32_t after)
{
    if (!syscall_tests_allowed())
        return ERR_NOT_ALLOWED;
    memory_fail_after(after);
    return 0;
}

static int arm(int32_t thread, uint32_t point)
{
    struct thread *host = thread == 0 ? sched_current() : thread_find(thread);

    return host ? meeting_arm(host, point) : ERR_NOT_FOUND;
}

int32_t syscall_test_meeting(uint32_t action, int32_t thread, uint32_t number)
{
    if (!KERNEL_CHECKED || !syscall_tests_allowed())
        return ERR_NOT_ALLOWED;
    switch (action) {
    case MEETING_WAIT:
        return meeting_wait(number);
    case MEETING_ARM:
        return arm(thread, number);
    case MEETING_END:
        return meeting_end();
    default:
        return ERR_INVALID;
    }
}
