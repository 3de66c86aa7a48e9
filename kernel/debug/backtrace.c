/* Follows the frames that -fno-omit-frame-pointer leaves on a stack. */
#include <kernel/debug.h>

/* What EBP points to. */
struct stack_frame {
    uint32_t caller; /* EBP of the calling function */
    uint32_t back;   /* the address it returns to */
};

void backtrace_walk(uint32_t ebp, uint32_t low, uint32_t high, void (*visit)(uint32_t address))
{
    for (unsigned i = 0; i < BACKTRACE_MAX; i++) {
        const struct stack_frame *frame = NULL;

        if (ebp < low || ebp >= high || high - ebp < sizeof(*frame) || ebp % sizeof(uint32_t) != 0)
            return;
        frame = address_to_pointer(ebp);
        if (frame->back == 0)
            return;
        visit(frame->back);
        low = ebp + (uint32_t)sizeof(*frame); /* callers lie above: no circles */
        ebp = frame->caller;
    }
}
