/* Follows the frames that -fno-omit-frame-pointer leaves on a stack. */
#include <kernel/debug.h>

#define CALL_NEAR       0xE8
#define CALL_NEAR_SIZE  5
#define CALL_POINTER    0xFF
#define REGISTER_FIELD  0x38 /* of the byte behind it; 2 in it means CALL */
#define REGISTER_CALL   0x10
#define PUSH_EBP        0x55
#define FRAME_CODE_SIZE 3 /* push ebp; mov ebp, esp */

/* What EBP points to. */
struct stack_frame {
    uint32_t caller; /* EBP of the calling function */
    uint32_t back;   /* the address it returns to */
};

void backtrace_walk(uint32_t ebp, uint32_t low, uint32_t high, void (*visit)(uint32_t address))
{
    const struct stack_frame *frame;

    while (ebp >= low && ebp < high && high - ebp >= sizeof(*frame) &&
           ebp % sizeof(uint32_t) == 0) {
        frame = address_to_pointer(ebp);
        if (frame->back == 0)
            return;
        visit(frame->back);
        low = ebp + (uint32_t)sizeof(*frame); /* callers lie above: no circles */
        ebp = frame->caller;
    }
}

bool backtrace_is_call(const uint8_t before[BACKTRACE_BEFORE], uint32_t back, uint32_t function)
{
    const uint8_t *call = &before[BACKTRACE_BEFORE - CALL_NEAR_SIZE];

    if (call[0] == CALL_NEAR)
        return back + ((uint32_t)call[1] | (uint32_t)call[2] << 8 | (uint32_t)call[3] << 16 |
                       (uint32_t)call[4] << 24) ==
               function;
    for (unsigned at = 0; at + 1 < BACKTRACE_BEFORE; at++)
        if (before[at] == CALL_POINTER && (before[at + 1] & REGISTER_FIELD) == REGISTER_CALL)
            return true;
    return false;
}

bool backtrace_has_frame(uint8_t start, uint32_t offset)
{
    return start == PUSH_EBP && offset >= FRAME_CODE_SIZE;
}
