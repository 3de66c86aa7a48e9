/* The end of the road (fatal.h). */
#include "fatal.h"

#include <hw/vga.h>
#include <lib/format.h>
#include <lib/string.h>

#include "facts.h"
#include "log.h"
#include "real.h"

#define TEXT_MAX 320

static void say(const char *text, uint8_t attribute)
{
    log_text(text, strlen(text), attribute);
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
    real_restart();
}

_Noreturn void fatal_exception(uint32_t vector, uint32_t error, uint32_t eip, uint32_t cs,
                               uint32_t eflags)
{
    fatal("Memory may be faulty, or stage 2 has a bug: please report this line.",
          "CPU exception %u in stage 2 at 0x%08X (error code 0x%X, CS 0x%X, EFLAGS 0x%X)", vector,
          eip, error, cs, eflags);
}
