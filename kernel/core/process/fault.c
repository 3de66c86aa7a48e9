/* A program's fault ends the program, with one line that says what it did and where. */
#include "process_private.h"

#include <abi/errors.h>
#include <hw/x86.h>
#include <kernel/debug.h>
#include <lib/format.h>
#include <lib/string.h>

#define PLACE_MAX 100
#define CAUSE_MAX 80

/* "0x00400123 main+0x13", by the symbol table of the program, of its library or of the kernel. */
static void describe_place(const struct process *process, uint32_t eip, char *text, size_t room)
{
    struct function_place place;
    uint32_t offset;
    const char *kernel_name;

    if (process_function(process, eip, &place)) {
        format_text(text, room, "0x%08x %s+0x%x%s%s", eip, place.name, place.offset,
                    place.library ? " in " : "", place.library ? place.library : "");
        return;
    }
    kernel_name = symbol_find(eip, &offset);
    if (kernel_name)
        format_text(text, room, "0x%08x kernel %s+0x%x", eip, kernel_name, offset);
    else
        format_text(text, room, "0x%08x", eip);
}

/* A fetch is told from a read by the address where the CPU has no execute-disable bit to report it.
 */
static const char *access_word(const struct trap_frame *frame, uint32_t address)
{
    if (frame->error & FAULT_WRITE)
        return "writing";
    return frame->error & FAULT_FETCH || address == frame->eip ? "executing" : "reading";
}

static bool is_stack_guard(const struct process *process, uint32_t address)
{
    const struct region *region = space_find(&process->space, address);

    return region && region->kind == REGION_STACK && address < region->start;
}

static void describe_cause(const struct process *process, const struct trap_frame *frame,
                           uint32_t address, char *text, size_t room)
{
    if (frame->vector != VECTOR_PAGE_FAULT) {
        text_copy(text, arch_exception_name(frame->vector), room);
        return;
    }
    format_text(text, room, "%spage fault %s 0x%08x",
                is_stack_guard(process, address) ? "stack overflow: " : "",
                access_word(frame, address), address);
}

static void __attribute__((noreturn))
end_by_fault(struct process *process, const char *cause, uint32_t eip, uint32_t vector)
{
    char place[PLACE_MAX];

    describe_place(process, eip, place, sizeof(place));
    log_from_thread("%s (pid %d) killed: %s at %s", process->name, (int)process->pid, cause, place);
    process_end(ENDED_FAULT, (int32_t)vector);
}

static void __attribute__((noreturn, noinline)) end_without_memory(uint32_t fault_address)
{
    const struct process *process = process_current();

    log_from_thread("%s (pid %d) killed: no memory is left for its stack at 0x%08x", process->name,
                    (int)process->pid, fault_address);
    process_end(ENDED_NO_MEMORY, ERR_NO_MEMORY);
}

/* A page of a stack that was only promised. Where no frame is left for it, that is the program's
 * end: it cannot be told in any other way. */
bool process_page_missing(uint32_t fault_address)
{
    int error = space_back(&sched_current()->process->space, fault_address);

    if (error == ERR_NO_MEMORY)
        end_without_memory(fault_address);
    return error == 0;
}

/* Registers for the x87 are told of in the same way. */
void *process_fpu_memory(size_t size)
{
    const struct process *process = process_current();
    void *memory = heap_take(size);

    if (!memory) {
        log_from_thread("%s (pid %d) killed: no memory is left for its x87 registers",
                        process->name, (int)process->pid);
        process_end(ENDED_NO_MEMORY, ERR_NO_MEMORY);
    }
    return memory;
}

void process_fault(const struct trap_frame *frame, enum trap_origin origin, uint32_t fault_address)
{
    struct process *process = process_current();
    char cause[CAUSE_MAX];

    process_keep_fault(process, frame, arch_frame_esp(frame, origin), fault_address);
    describe_cause(process, frame, fault_address, cause, sizeof(cause));
    end_by_fault(process, cause, frame->eip, frame->vector);
}

void process_stack_lost(const struct trap_frame *frame, uint32_t fault_address)
{
    char cause[CAUSE_MAX];

    format_text(cause, sizeof(cause), "stack overflow in ring 0: no frame fits at ESP 0x%08x",
                frame->esp);
    process_keep_fault(process_current(), frame, frame->esp, fault_address);
    end_by_fault(process_current(), cause, frame->eip, frame->vector);
}

void process_describe_current(char *text, size_t room)
{
    const struct thread *thread = sched_current();

    if (!thread || !thread->process)
        text_copy(text, "the kernel itself", room);
    else
        format_text(text, room, "%s (pid %d), thread %d", thread->process->name,
                    (int)thread->process->pid, (int)thread->id);
}
