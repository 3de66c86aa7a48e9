/* The bytes of a message, from one address space to another, a page at a time through their frames.
 */
#include "ipc_private.h"

#include <abi/errors.h>
#include <lib/string.h>

static uint32_t rest_of_page(uint32_t address)
{
    return PAGE_SIZE - address % PAGE_SIZE;
}

static uint32_t smaller(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* The kernel's view of a byte of the thread's memory, if the thread itself may touch it: `opened`.
 * Errors of space_frame. */
static int open_byte(struct thread *thread, uint32_t address, bool write, char **opened)
{
    phys frame;
    int error =
        space_frame(&thread->process->space, address, write, thread->mode == MODE_USER, &frame);

    if (error == 0)
        *opened = (char *)frame_open(frame) + address % PAGE_SIZE;
    return error;
}

static enum transfer_result copy_piece(struct thread *from, uint32_t source, struct thread *to,
                                       uint32_t target, uint32_t size)
{
    char *read, *written;
    int error = open_byte(from, source, false, &read);

    if (error < 0)
        return error == ERR_NO_MEMORY ? TRANSFER_SENDER_NO_MEMORY : TRANSFER_SENDER_BAD;
    error = open_byte(to, target, true, &written);
    if (error < 0) {
        frame_close(read);
        return error == ERR_NO_MEMORY ? TRANSFER_RECEIVER_NO_MEMORY : TRANSFER_RECEIVER_BAD;
    }
    memcpy(written, read, size);
    frame_close(written);
    frame_close(read);
    return TRANSFER_DONE;
}

enum transfer_result transfer_bytes(struct thread *from, struct thread *to)
{
    struct thread *waiting = from == sched_current() ? to : from;
    bool is_long = transfer_is_long(from);
    uint32_t source = from->message.send;
    uint32_t target = to->message.receive;
    uint32_t left = from->message.send_size;
    enum transfer_result result = TRANSFER_DONE;

    to->message.received = 0;
    if (left == 0)
        return TRANSFER_DONE;
    if (left > to->message.receive_room)
        return TRANSFER_NO_ROOM;
    waiting->pinned = is_long;
    while (left != 0 && result == TRANSFER_DONE) {
        uint32_t piece = smaller(left, smaller(rest_of_page(source), rest_of_page(target)));

        result = copy_piece(from, source, to, target, piece);
        source += piece;
        target += piece;
        left -= piece;
        if (is_long)
            sched_preemption_point();
    }
    waiting->pinned = false;
    if (result == TRANSFER_DONE)
        to->message.received = from->message.send_size;
    return result;
}

int transfer_error(enum transfer_result result)
{
    switch (result) {
    case TRANSFER_DONE:
        return 0;
    case TRANSFER_NO_ROOM:
        return ERR_TOO_LONG;
    case TRANSFER_SENDER_NO_MEMORY:
    case TRANSFER_RECEIVER_NO_MEMORY:
        return ERR_NO_MEMORY;
    default:
        return ERR_BAD_ADDRESS;
    }
}
