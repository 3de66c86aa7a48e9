/* Between the files of kernel/core/process. */
#ifndef PROCESS_PRIVATE_H
#define PROCESS_PRIVATE_H

#include <kernel/process.h>

/* A process group. It lives as long as it has processes, those included that nobody has waited for,
 * or groups inside it. */
struct group {
    int32_t number; /* the pid of its first process; 0 before that has begun */
    uint32_t depth; /* 1 for one in no other */
    struct group *outer;
    uint64_t creator; /* `birth` of the process that made it */
    uint32_t holders; /* processes, and groups inside it */
    uint32_t ending;  /* ENDED_..., what its processes end with; 0: it goes on */
    struct link members;
    struct link inner;
    struct link beside;  /* in `inner` of the outer one */
    struct link named;   /* in the table of numbers */
    struct work telling; /* while it ends: takes all from `inner` and `members` */
};

/* group.c: a process that is being made becomes one of its creator's group, or of a new one inside
 * that. ERR_NO_MEMORY, ERR_LIMIT. */
int group_enter(struct process *process, const struct process *creator, bool first);

/* The process has its pid and is known to others: the end of its group is its end from here on. */
void group_begin(struct process *process);

/* Before the process's memory is given back; also without a group, or not begun. */
void group_leave(struct process *process);

/* Ends all processes in the group and inside it. From any context, in constant time; others do the
 * work. The first call decides the reason. */
void group_end(struct group *group, uint32_t reason);

/* True where the group is that one or inside it. NULL is in none. */
bool group_within(const struct group *group, const struct group *outer);

/* True where the process ends, or its group does: nothing is created for it any more. */
bool process_is_ending(const struct process *process);

/* stub.c: first functions of new threads, on their kernel stacks. Other threads may run: what the
 * program needs is mapped there, and a killed thread ends there. */
void process_stub(void) __attribute__((noreturn));
void thread_stub(void) __attribute__((noreturn));

/* table.c: pids and thread ids. */
void table_add_process(struct process *process);
void table_add_thread(struct thread *thread);
void table_remove_process(struct process *process);
void table_remove_thread(struct thread *thread);
int32_t table_new_pid(void); /* nobody's, and no group's number */
void table_add_group(struct group *group);
void table_remove_group(struct group *group);

/* The group with that number, or NULL. */
struct group *group_find(int32_t number);

/* The process with the smallest pid above that one, or NULL. */
const struct process *table_process_after(int32_t pid);

/* events.c */
void events_init(struct process *process);
void event_child_ended(struct process *parent, int32_t pid);
void timer_fire(struct timeout *timeout);

/* end.c: ends the current thread for good; the last one ends its process. Other threads may run. */
void thread_leave(int32_t status) __attribute__((noreturn));

/* Marks every thread of the process but `except`, which leaves by itself; the first call decides
 * the result. Where there are many, the kernel's thread for long work marks the rest, before a
 * thread of any program runs again. From any context. */
void process_mark_ending(struct process *process, uint32_t reason, int32_t status,
                         const struct thread *except);

/* Once, before the process has threads. */
void marking_init(struct process *process);
/* control.c: a process that owned the console, or was in the foreground, is so no more. */
void console_process_ended(const struct process *process);

/* places.c: callers shown for a program. */
#define PROGRAM_CALLERS_MAX 16

/* Return addresses of who called the code at `entry`; returns how many. Reads mapped pages only.
 * Other threads may run, but not in a panic. */
uint32_t process_callers(const struct process *process, const struct program_entry *entry,
                         uint32_t *to, uint32_t room);

/* The function of the program, or its library, that holds the address. Other threads may run, but
 * not in a panic. */
bool process_function(const struct process *process, uint32_t address,
                      struct function_place *place);

/* last_fault.c: keeps what process_last_fault tells. `esp` is the program's. Other threads may run
 * before it keeps anything. */
void process_keep_fault(const struct process *process, const struct trap_frame *frame, uint32_t esp,
                        uint32_t fault_address);

#endif
