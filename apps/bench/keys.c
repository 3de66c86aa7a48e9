/*
 * How long a key takes from the keyboard's interrupt to the program that waits for it.
 *
 * Nobody has to press one: the keyboard controller can be told to give a byte as if it came from
 * the keyboard, with the same interrupt [8042]. A process of this program in ring 0 tells it so. It
 * has a lower priority than the reader: so it runs only when the reader waits, it is interrupted
 * like any program that works while somebody types, and the reader runs as soon as its byte is
 * there.
 *
 * Each key is asked for by an event, and answered by another one, whose value is the time stamp
 * from right before the controller was given the byte.
 */
#include "bench.h"

#include <megha.h>
#include <stddef.h>

/* [8042]: a program sees no header of the hardware. */
#define KEYBOARD_DATA       0x60
#define KEYBOARD_STATUS     0x64
#define KEYBOARD_COMMAND    0x64
#define KEYBOARD_INPUT_FULL 0x02
#define KEYBOARD_GIVE       0xD2 /* the next byte comes back as if from the keyboard */

#define KEY            0x39 /* the space bar in the scan codes of set 1: no Shift changes it */
#define PATIENCE_MS    1000
#define CONTROLLER_TRY 100000

static inline void port_write(uint16_t port, uint8_t value)
{
    __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

static inline uint8_t port_read(uint16_t port)
{
    uint8_t value;

    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port) : "memory");
    return value;
}

static int controller_is_ready(void)
{
    for (uint32_t i = 0; i < CONTROLLER_TRY; i++)
        if ((port_read(KEYBOARD_STATUS) & KEYBOARD_INPUT_FULL) == 0)
            return 1;
    return 0;
}

int press_keys(void)
{
    struct event event;

    while (event_wait(&event, WAIT_FOREVER) >= 0 && controller_is_ready()) {
        uint32_t start;

        port_write(KEYBOARD_COMMAND, KEYBOARD_GIVE);
        if (!controller_is_ready())
            break;
        MARK(MARK_START);
        start = time_stamp();
        port_write(KEYBOARD_DATA, KEY);
        event_send(process_self()->parent, start);
    }
    return 1;
}

/* Returns an error, or 0 and the sample. */
static int take_key(uint32_t timeout_ms, uint32_t *sample)
{
    struct event event;
    uint32_t end;
    char byte;
    int error = event_send(partner, 0);

    if (error >= 0)
        error = console_read(&byte, 1, timeout_ms);
    end = time_stamp();
    MARK(MARK_END);
    if (error >= 0)
        error = event_wait(&event, timeout_ms);
    if (error >= 0)
        *sample = end - event.value;
    return error < 0 ? error : 0;
}

/* The first key shows whether the controller does as it was told. */
const char *keys_prepare(void)
{
    uint32_t sample;
    const char *reason;
    int error;

    if (priority == PRIORITY_LOWEST)
        return "it needs a priority above the lowest";
    reason = start_bench_as("keys", priority - 1, MODE_KERNEL);
    if (reason != NULL)
        return reason;
    error = take_key(PATIENCE_MS, &sample);
    if (error < 0)
        keys_finish();
    return error == ERR_TIMED_OUT ? "the keyboard controller gives no key when it is told to"
           : error < 0            ? error_text(error)
                                  : NULL;
}

uint32_t keys_sample(void)
{
    uint32_t sample = 0;

    check(take_key(WAIT_FOREVER, &sample));
    return sample;
}

/* A key that came late is not left to the shell. */
void keys_finish(void)
{
    char bytes[16];

    end_process_partner();
    while (console_read(bytes, sizeof(bytes), 0) > 0)
        ;
}
