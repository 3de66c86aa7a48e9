/* Where a program is and who called that: along its frame pointers, each of which is checked before
 * it is followed. */
#include "process_private.h"

#include <lib/string.h>

#define STACK_SPAN_MAX STACK_SIZE_MAX /* a frame farther up is not of this stack */

/* What EBP points to. */
struct frame_words {
    uint32_t caller; /* EBP of the calling function */
    uint32_t back;
};

uint32_t process_callers(const struct space *space, uint32_t ebp, uint32_t *to, uint32_t room)
{
    uint32_t count = 0;
    uint32_t first = ebp;

    while (count < room) {
        struct frame_words frame;

        if (!space_look_word(space, ebp, &frame.caller) ||
            !space_look_word(space, ebp + (uint32_t)sizeof(uint32_t), &frame.back) ||
            frame.back < USER_START || frame.back >= USER_END)
            break;
        to[count++] = frame.back;
        /* Callers lie above: no circles. */
        if (frame.caller <= ebp || frame.caller - first > STACK_SPAN_MAX)
            break;
        ebp = frame.caller;
    }
    return count;
}

/* A symbol without a size seems to reach for ever: it is asked for only inside the program's code.
 */
static bool is_code(const struct process *process, uint32_t address)
{
    const struct region *region = space_find(&process->space, address);

    return region && region->kind == REGION_PROGRAM && region->rights & ACCESS_EXECUTE;
}

bool process_function(const struct process *process, uint32_t address, struct function_place *place)
{
    return process->file && is_code(process, address) &&
           program_function(process->file, &process->program, address, place);
}

static void visit_place(const struct process *process, uint32_t address, uint32_t back,
                        void (*visit)(const struct program_frame *frame))
{
    struct function_place place;
    struct program_frame frame = {.address = address};

    if (process_function(process, address - back, &place)) {
        frame.name = place.name;
        frame.offset = place.offset + back;
        frame.library = place.library;
    }
    visit(&frame);
}

void process_program_places(uint32_t back, void (*visit)(const struct program_frame *frame))
{
    const struct thread *thread = sched_current();
    uint32_t callers[PROGRAM_CALLERS_MAX];
    struct program_entry entry;
    uint32_t count;

    if (!thread || !thread->process || !arch_program_entry(thread, back, &entry))
        return;
    if ((entry.eip_at && !space_look_word(&thread->process->space, entry.eip_at, &entry.eip)) ||
        (entry.ebp_at && !space_look_word(&thread->process->space, entry.ebp_at, &entry.ebp)))
        return;
    visit_place(thread->process, entry.eip, 0, visit);
    count = process_callers(&thread->process->space, entry.ebp, callers, PROGRAM_CALLERS_MAX);
    for (uint32_t i = 0; i < count; i++)
        visit_place(thread->process, callers[i], 1, visit);
}
