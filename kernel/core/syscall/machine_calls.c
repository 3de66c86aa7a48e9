/* machine_read: a look inside the machine, which changes nothing (abi/machine.h). */
#include <abi/machine.h>
#include <kernel/process.h>
#include <kernel/syscall.h>
#include <lib/string.h>

/* Room for any kind. */
union machine_part {
    struct machine_registers registers;
    struct machine_descriptor descriptor;
    struct machine_tss tss;
    struct machine_stack stack;
    struct machine_fault fault;
    struct machine_place place;
    struct machine_console console;
    uint32_t word;
};

static int size_if(bool found, size_t size)
{
    return found ? (int)size : ERR_NOT_FOUND;
}

static int read_tables(uint32_t kind, uint32_t index, union machine_part *part)
{
    switch (kind) {
    case MACHINE_REGISTERS:
        arch_look_registers(&part->registers);
        return size_if(index == 0, sizeof(part->registers));
    case MACHINE_GDT:
        return size_if(arch_look_gdt(index, &part->descriptor), sizeof(part->descriptor));
    case MACHINE_IDT:
        return size_if(arch_look_idt(index, &part->descriptor), sizeof(part->descriptor));
    case MACHINE_TSS:
        return size_if(arch_look_tss(index, &part->tss), sizeof(part->tss));
    default:
        return size_if(frame_look(index, &part->word), sizeof(part->word));
    }
}

/* An ended process has no page directory any more. */
static int read_pages(uint32_t kind, uint32_t index, int32_t pid, uint32_t *word)
{
    const struct process *process = pid == 0 ? process_current() : process_find(pid);
    bool found;

    if (!process || !process->space.directory)
        return ERR_NOT_FOUND;
    if (kind == MACHINE_CR3) {
        *word = process->space.directory;
        found = index == 0;
    } else if (kind == MACHINE_DIRECTORY) {
        found = space_look_directory(&process->space, index, word);
    } else {
        found = space_look_page(&process->space, index, word);
    }
    return size_if(found, sizeof(*word));
}

static void describe_stack(const struct thread *thread, struct machine_stack *stack)
{
    *stack =
        (struct machine_stack){.low = thread->kernel_stack_top - KERNEL_STACK_PAGES * PAGE_SIZE,
                               .top = thread->kernel_stack_top};
    if (thread != sched_current())
        stack->esp = thread->kernel_esp;
}

static int read_stack(uint32_t index, struct machine_stack *stack)
{
    const struct thread *thread = thread_find((int32_t)index);

    if (!thread || !thread->kernel_stack_top)
        return ERR_NOT_FOUND;
    describe_stack(thread, stack);
    return sizeof(*stack);
}

/* Those of the kernel's threads come first, then those that only the processor's own part knows. */
static int read_own_stack(uint32_t index, struct machine_stack *stack)
{
    if (index > 1)
        return size_if(arch_look_stack(index - 2, stack), sizeof(*stack));
    describe_stack(index == 0 ? sched_idle() : work_thread(), stack);
    text_copy(stack->name, index == 0 ? "idle" : "work", sizeof(stack->name));
    return sizeof(*stack);
}

static int read_fault(uint32_t kind, uint32_t index, union machine_part *part)
{
    int error;

    if (kind == MACHINE_FAULT_PLACE) {
        error = process_fault_place(index, &part->place);
        return error < 0 ? error : (int)sizeof(part->place);
    }
    error = index == 0 ? process_last_fault(&part->fault) : ERR_NOT_FOUND;
    return error < 0 ? error : (int)sizeof(part->fault);
}

static int read_part(uint32_t kind, uint32_t index, int32_t pid, union machine_part *part)
{
    switch (kind) {
    case MACHINE_REGISTERS:
    case MACHINE_GDT:
    case MACHINE_IDT:
    case MACHINE_TSS:
    case MACHINE_FRAME:
        return read_tables(kind, index, part);
    case MACHINE_DIRECTORY:
    case MACHINE_PAGE:
    case MACHINE_CR3:
        return read_pages(kind, index, pid, &part->word);
    case MACHINE_STACK:
        return read_stack(index, &part->stack);
    case MACHINE_OWN_STACK:
        return read_own_stack(index, &part->stack);
    case MACHINE_CONSOLE:
        syscall_console_look(&part->console);
        return size_if(index == 0, sizeof(part->console));
    case MACHINE_FAULT:
    case MACHINE_FAULT_PLACE:
        return read_fault(kind, index, part);
    default:
        return ERR_INVALID;
    }
}

int32_t syscall_machine_read(uint32_t kind, uint32_t index, int32_t pid, user_ptr buffer,
                             uint32_t size)
{
    union machine_part part;
    int found = read_part(kind, index, pid, &part);
    int error;

    if (found < 0)
        return found;
    if (size > (uint32_t)found)
        size = (uint32_t)found;
    error = user_copy_out(buffer, &part, size);
    return error < 0 ? error : (int32_t)size;
}
