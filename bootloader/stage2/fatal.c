/* The end of the road (fatal.h). */
#include "fatal.h"

#include <hw/vga.h>
#include <lib/format.h>
#include <lib/string.h>

#include "bios.h"
#include "facts.h"
#include "info.h"
#include "log.h"
#include "real.h"
#include "serial.h"

#define TEXT_MAX 320

#define KEYBOARD_BIOS 0x16
#define KEY_TAKE      0x0000 /* AX of INT 16h */
#define KEY_ASK       0x0100
#define SYSTEM_BIOS   0x15
#define PAUSE         0x8600 /* AX of INT 15h: waits for CX:DX microseconds */
#define PAUSE_US      10000  /* in which the port takes 115 bytes */

static void say(const char *text, uint8_t attribute)
{
    log_text(text, strlen(text), attribute);
}

static bool key_waits(void)
{
    struct bios_registers registers = {.eax = KEY_ASK};

    bios_call(KEYBOARD_BIOS, &registers);
    return !(registers.flags & EFLAGS_ZF);
}

/* Waits for a key on the keyboard or a byte on COM1. What the port has not taken yet leaves
 * meanwhile, however long that takes. */
static void wait_for_key(void)
{
    while (key_waits()) { /* typed before */
        struct bios_registers registers = {.eax = KEY_TAKE};

        bios_call(KEYBOARD_BIOS, &registers);
    }
    while (!key_waits() && !serial_received()) {
        struct bios_registers registers = {.eax = PAUSE, .edx = PAUSE_US};

        bios_call(SYSTEM_BIOS, &registers); /* one that does not know it returns at once */
        log_pump();
    }
}

_Noreturn void fatal(const char *advice, const char *format, ...)
{
    char text[TEXT_MAX];
    va_list arguments;

    va_start(arguments, format);
    format_text_v(text, sizeof text, format, arguments);
    va_end(arguments);

    say("Megha cannot start: ", VGA_WHITE_ON_RED);
    say(text, VGA_WHITE_ON_RED);
    say("\n", VGA_GREY_ON_BLACK);
    say(advice, VGA_GREY_ON_BLACK);
    say("\n", VGA_GREY_ON_BLACK);
    facts_say();
    say("Press a key to restart.\n", VGA_GREY_ON_BLACK);
    log_flush();
    wait_for_key();
    real_restart();
}

/* Whether the kernel's image holds this address, physical or as the kernel maps itself. */
static bool in_kernel(uint32_t address)
{
    const struct kernel_header *kernel = &boot_info->kernel;

    address &= ~KERNEL_BASE;
    return address - kernel->load_address < kernel->memory_size;
}

static bool in_stage2(uint32_t address)
{
    return address - STAGE2_FIRST_BASE < STAGE2_FIRST_SIZE ||
           address - STAGE2_REST_BASE < STAGE2_REST_SIZE;
}

_Noreturn void fatal_exception(uint32_t vector, uint32_t error, uint32_t eip, uint32_t cs,
                               uint32_t eflags, uint32_t cr2)
{
    const char *place = "at an address of neither stage 2 nor the kernel,";
    char address[24] = "";
    const char *advice = "Memory may be faulty, or stage 2 or the kernel has a bug: please report "
                         "these lines.";

    if (in_stage2(eip)) {
        place = "in stage 2";
        advice = "Memory may be faulty, or stage 2 has a bug: please report these lines.";
    } else if (in_kernel(eip)) {
        place = "in the kernel, which cannot report its own yet,";
        advice = "Memory may be faulty, or the kernel has a bug: `./build.sh explain` names the "
                 "address's place in the sources. Please report these lines.";
    }
    if (vector == VECTOR_PAGE_FAULT)
        format_text(address, sizeof address, ", CR2 0x%08X", cr2);
    fatal(advice, "CPU exception %u %s at 0x%08X (error code 0x%X, CS 0x%X, EFLAGS 0x%X%s)", vector,
          place, eip, error, cs, eflags, address);
}
