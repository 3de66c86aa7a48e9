/* Between the files of kernel/core/process. */
#ifndef PROCESS_PRIVATE_H
#define PROCESS_PRIVATE_H

#include <kernel/process.h>

/* stub.c: first functions of new threads, on their kernel stacks. Other threads may run: what the
 * program needs is mapped there, and a killed thread ends there. */
void process_stub(void) __attribute__((noreturn));
void thread_stub(void) __attribute__((noreturn));

/* table.c: pids and thread ids. */
void table_add_process(struct process *process);
void table_add_thread(struct thread *thread);
void table_remove_process(struct process *process);
void table_remove_thread(struct thread *thread);
int32_t table_new_pid(void);

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
