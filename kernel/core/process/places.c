/* Where a program is and who called that: along its frame pointers, each of which is checked before
 * it is followed. */
#include "process_private.h"

#include <lib/string.h>

#define STACK_SPAN_MAX STACK_SIZE_MAX /* a frame farther up is not of this stack */

/* What functions without a frame may have on the stack, and how many of them call each other. */
#define FRAMELESS_DWORDS    16
#define FRAMELESS_FUNCTIONS 3

/* What EBP points to. */
struct frame_words {
    uint32_t caller; /* EBP of the calling function */
    uint32_t back;
};

static uint32_t follow_frames(const struct space *space, uint32_t ebp, uint32_t *to, uint32_t room)
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

    return region && region_is_image(region) && region->rights & ACCESS_EXECUTE;
}

bool process_function(const struct process *process, uint32_t address, struct function_place *place)
{
    return process->file && is_code(process, address) &&
           program_function(process->file, &process->program, address, place);
}

/* ---- Functions without a frame -----------------------------------------------------------------
 */

static bool is_call_before(const struct space *space, uint32_t back, uint32_t function)
{
    uint8_t before[BACKTRACE_BEFORE];

    return space_look_bytes(space, back - BACKTRACE_BEFORE, before, sizeof(before)) ==
               sizeof(before) &&
           backtrace_is_call(before, back, function);
}

/* Where the function that holds the address begins. An address that is no function's may be the
 * target of a call through a bad pointer. */
static uint32_t function_start(const struct process *process, uint32_t address)
{
    struct function_place place;

    if (address >= KERNEL_STUB_VA && address < KERNEL_STUB_VA + PAGE_SIZE)
        return KERNEL_STUB_VA;
    return process_function(process, address, &place) ? address - place.offset : address;
}

/*
 * Who called a function that has no frame, or none yet, is on the stack only. Returns that address
 * and moves ESP behind it, or 0 where EBP will tell.
 */
static uint32_t frameless_caller(const struct process *process, uint32_t eip, uint32_t *esp)
{
    uint32_t start = function_start(process, eip);
    uint8_t first;
    uint32_t word;

    if (space_look_bytes(&process->space, start, &first, 1) == 1 &&
        backtrace_has_frame(first, eip - start))
        return 0;
    for (uint32_t i = 0; i < FRAMELESS_DWORDS; i++) {
        uint32_t at = *esp + i * (uint32_t)sizeof(word);

        if (space_look_word(&process->space, at, &word) &&
            is_call_before(&process->space, word, start)) {
            *esp = at + (uint32_t)sizeof(word);
            return word;
        }
    }
    return 0;
}

uint32_t process_callers(const struct process *process, const struct program_entry *entry,
                         uint32_t *to, uint32_t room)
{
    uint32_t esp = entry->esp;
    uint32_t count = 0;
    uint32_t caller = frameless_caller(process, entry->eip, &esp);

    while (caller && count < FRAMELESS_FUNCTIONS && count < room) {
        to[count++] = caller;
        caller = frameless_caller(process, caller - 1, &esp);
    }
    room = count + follow_frames(&process->space, entry->ebp, &to[count], room - count);
    /* One that seemed to have no frame may have had one. */
    if (count && count < room && to[count - 1] == to[count]) {
        for (uint32_t i = count + 1; i < room; i++)
            to[i - 1] = to[i];
        room--;
    }
    return room;
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
    count = process_callers(thread->process, &entry, callers, PROGRAM_CALLERS_MAX);
    for (uint32_t i = 0; i < count; i++)
        visit_place(thread->process, callers[i], 1, visit);
}
