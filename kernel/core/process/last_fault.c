/* The last fault of a program, kept for `why`: its process is gone when somebody asks. */
#include "process_private.h"

#include <abi/errors.h>
#include <hw/x86.h>
#include <lib/string.h>

_Static_assert(MACHINE_CALLERS_MAX == PROGRAM_CALLERS_MAX && FUNCTION_NAME_MAX <= MACHINE_NAME_MAX,
               "what is kept is what is told");

static struct machine_fault last; /* pid 0: there was none */
static uint32_t callers[MACHINE_CALLERS_MAX];

/* Files stay for ever; of the process, what the addresses count from. */
static const struct file *last_file;
static struct program last_program;
static bool place_is_code[MACHINE_CALLERS_MAX + 1];

static enum fault_target program_target(const struct region *region)
{
    if (region->rights & ACCESS_EXECUTE)
        return FAULT_AT_CODE;
    return region->rights & ACCESS_WRITE ? FAULT_AT_VARIABLES : FAULT_AT_CONSTANTS;
}

static enum fault_target target_at(const struct space *space, uint32_t address)
{
    const struct region *region = space_find(space, address);

    if (!region)
        return FAULT_AT_NOTHING;
    if (region->kind == REGION_STACK && (address < region->start || address >= region->end))
        return FAULT_AT_GUARD;
    if (region->kind == REGION_STACK && !region->user)
        return FAULT_AT_RING0_STACK;
    if (region->kind == REGION_INFO || region->kind == REGION_STUB)
        return FAULT_AT_INFO;
    return region_is_image(region) ? program_target(region) : FAULT_AT_VARIABLES;
}

static void keep_registers(const struct trap_frame *frame, uint32_t esp)
{
    last.vector = frame->vector;
    last.error = frame->error;
    last.eax = frame->eax;
    last.ebx = frame->ebx;
    last.ecx = frame->ecx;
    last.edx = frame->edx;
    last.esi = frame->esi;
    last.edi = frame->edi;
    last.ebp = frame->ebp;
    last.esp = esp;
    last.eip = frame->eip;
    last.cs = frame->cs & 0xFFFF;
    last.eflags = frame->eflags;
    last.directory = arch_directory();
}

static bool is_code_at(const struct space *space, uint32_t address)
{
    return target_at(space, address) == FAULT_AT_CODE;
}

void process_keep_fault(const struct process *process, const struct trap_frame *frame, uint32_t esp,
                        uint32_t fault_address)
{
    const struct space *space = &process->space;
    struct fault_facts facts = {.vector = frame->vector,
                                .error = frame->error,
                                .address = fault_address,
                                .eip = frame->eip,
                                .target = target_at(space, fault_address)};
    uint32_t found[MACHINE_CALLERS_MAX];
    /* First of all, because other programs may fail meanwhile. */
    uint32_t count = process_callers(
        process, &(struct program_entry){.eip = frame->eip, .esp = esp, .ebp = frame->ebp}, found,
        MACHINE_CALLERS_MAX);

    last = (struct machine_fault){
        .pid = process->pid, .thread = sched_current()->id, .address = fault_address};
    keep_registers(frame, esp);
    text_copy(last.name, process->name, sizeof(last.name));
    text_copy(last.exception, arch_exception_name(frame->vector), sizeof(last.exception));
    fault_explain(&facts, last.words, sizeof(last.words));
    last.byte_count = space_look_bytes(space, frame->eip, last.bytes, sizeof(last.bytes));
    last.callers = count;
    memcpy(callers, found, sizeof(callers));
    last_file = process->file;
    last_program = process->program;
    place_is_code[0] = is_code_at(space, last.eip);
    for (uint32_t i = 0; i < last.callers; i++)
        place_is_code[i + 1] = is_code_at(space, callers[i] - 1);
}

int process_last_fault(struct machine_fault *fault)
{
    *fault = last;
    return last.pid ? 0 : ERR_NOT_FOUND;
}

int process_fault_place(uint32_t index, struct machine_place *place)
{
    struct function_place found;
    /* The call before a return address tells the function, also where it was the last thing there.
     */
    uint32_t back = index ? 1 : 0;
    /* Another program may fail at a preemption point of this one. */
    struct program program = last_program;

    if (!last.pid || index > last.callers)
        return ERR_NOT_FOUND;
    *place = (struct machine_place){.address = index ? callers[index - 1] : last.eip};
    if (!last_file || !place_is_code[index] ||
        !program_function(last_file, &program, place->address - back, &found))
        return 0;
    place->offset = found.offset + back;
    text_copy(place->function, found.name, sizeof(place->function));
    if (found.library)
        text_copy(place->library, found.library, sizeof(place->library));
    return 0;
}
