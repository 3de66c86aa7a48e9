/* Address line 20 (a20.h). Each way is followed by a check, because none of them reports honestly.
 */
#include "a20.h"

#include <boot/info.h>
#include <hw/keyboard.h>

#include "bios.h"
#include "io.h"

#define MIB             0x100000u
#define PORT_92         0x92 /* system control port A of the PS/2 */
#define PORT_92_RESET   0x01
#define PORT_92_A20     0x02
#define KEYBOARD_POLLS  100000 /* about 0.1 s */
#define SETTLE_CHECKS   1000   /* the line follows the controller after some microseconds */
#define A20_BIOS_ENABLE 0x2401 /* INT 15h */

static uint32_t method_that_worked;

bool a20_is_on(void)
{
    /* stage2.ld puts it below 64 KiB, because DOSBox wraps only the first 64 KiB above 1 MiB. */
    extern volatile uint32_t a20_probe;
    volatile uint32_t *mirror = (volatile uint32_t *)((uintptr_t)&a20_probe + MIB);

    /* Twice, because the memory above may hold the first value by chance. */
    a20_probe = 0x4D656768;
    if (*mirror != 0x4D656768)
        return true;
    a20_probe = ~0x4D656768u;
    return *mirror != ~0x4D656768u;
}

static bool came_on(void)
{
    for (int check = 0; check < SETTLE_CHECKS; check++)
        if (a20_is_on())
            return true;
    return false;
}

static void by_bios(void)
{
    struct bios_registers registers = {.eax = A20_BIOS_ENABLE,
                                       .flags = EFLAGS_FIXED | EFLAGS_CF | EFLAGS_IF};

    /* Not bios_call(): that would come back here. */
    real_call(0x15, &registers);
}

static void by_port_92(void)
{
    uint8_t value = in8(PORT_92);

    /* All ones: no such port. Bit 0 restarts the machine. */
    if (value != 0xFF)
        out8(PORT_92, (uint8_t)((value | PORT_92_A20) & ~PORT_92_RESET));
}

static bool keyboard_wait(uint8_t mask, uint8_t wanted)
{
    for (int poll = 0; poll < KEYBOARD_POLLS; poll++)
        if ((in8(KEYBOARD_STATUS) & mask) == wanted)
            return true;
    return false;
}

static bool keyboard_command(uint8_t command)
{
    if (!keyboard_wait(KEYBOARD_INPUT_FULL, 0))
        return false;
    out8(KEYBOARD_COMMAND, command);
    return keyboard_wait(KEYBOARD_INPUT_FULL, 0);
}

static void by_keyboard(void)
{
    if (in8(KEYBOARD_STATUS) == KEYBOARD_ABSENT || !keyboard_command(KEYBOARD_DISABLE_1))
        return;
    if (keyboard_command(KEYBOARD_READ_OUTPUT) &&
        keyboard_wait(KEYBOARD_OUTPUT_FULL, KEYBOARD_OUTPUT_FULL)) {
        uint8_t port = in8(KEYBOARD_DATA);

        if (keyboard_command(KEYBOARD_WRITE_OUTPUT))
            out8(KEYBOARD_DATA, port | KEYBOARD_OUTPUT_A20);
    }
    keyboard_command(KEYBOARD_ENABLE_1);
}

static void (*const ways[])(void) = {
    [A20_BIOS] = by_bios,
    [A20_PORT_92] = by_port_92,
    [A20_KEYBOARD] = by_keyboard,
};

uint32_t a20_enable(void)
{
    if (a20_is_on()) {
        /* Should a service switch it off, port 92h is the quickest way back. */
        method_that_worked = A20_PORT_92;
        return A20_WAS_ON;
    }
    for (uint32_t method = A20_BIOS; method <= A20_KEYBOARD; method++) {
        ways[method]();
        if (came_on()) {
            method_that_worked = method;
            return method;
        }
    }
    return 0;
}

void a20_restore(void)
{
    ways[method_that_worked]();
    for (uint32_t method = A20_BIOS; !came_on() && method <= A20_KEYBOARD; method++)
        ways[method]();
}
