/*
 * The fast way to yield: the caller's equals are ready and nobody above. A system call
 * (include/kernel/syscall.h), because a function in between would cost a tenth of it.
 */
#include "sched_private.h"
#include "sched_switch.h"

#include <kernel/syscall.h>

/* The first of `from`'s equals, and `from` behind the last: their ring stays as long as it was. */
static inline struct thread *trade_places(struct thread *from)
{
    struct link *head = &sched_rings[from->priority];
    struct link *first = head->next;

    head->next = first->next;
    first->next->previous = head;
    link_append_fast(head, &from->run);
    return LINK_OWNER(first, struct thread, run);
}

WITHOUT_FRAME_POINTER
int32_t syscall_thread_yield(void)
{
    struct thread *from = sched_current();

    if (sched_ready_levels >> from->priority == 1) {
        sched_ran_ms = 0;
        sched_switch_directly(from, trade_places(from));
    } else {
        sched_yield_here();
    }
    return 0;
}
