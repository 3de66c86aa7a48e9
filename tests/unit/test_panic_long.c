/* sources: kernel/debug/panic.c kernel/debug/callers.c kernel/debug/backtrace.c kernel/debug/explain.c tests/unit/fakes/report.c lib/string.c lib/format.c lib/divide.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "fakes/report.h"

#define FRAME_WORDS 8u /* bytes of what EBP points to */
#define RECURSIONS  50u
#define CALLERS     40u

/* One function that has called itself, and then many that differ: longer than a screen. */
static void a_long_report_folds_a_recursion_and_ends_with_the_cause(void **state)
{
    const struct trap_frame *frame = make_frame();
    uint32_t at = frame->ebp;
    char line[80];

    (void)state;
    for (uint32_t i = 0; i < RECURSIONS; i++, at += FRAME_WORDS)
        frame_at(at, at + FRAME_WORDS, 0xC0100110);
    for (uint32_t i = 0; i < CALLERS; i++, at += FRAME_WORDS)
        frame_at(at, at + FRAME_WORDS, 0xC0100200 + i);
    if (!setjmp(stopped))
        panic_frame(frame, 0xDEAD0000, "page fault");
    assert_int_equal(outside, 0);
    snprintf(line, sizeof(line),
             "  0xC0100110 function+0x110\n    and %u more calls from there\n  0x", RECURSIONS - 1);
    assert_non_null(strstr(written, line));
    snprintf(line, sizeof(line), " function+0x%x\n  ...\n", 0x200 + BACKTRACE_MAX - 2);
    assert_non_null(strstr(written, line));
    assert_null(strstr(written, "the end of the log:"));
    assert_non_null(strstr(written, "It began with: page fault at function+0x52\n"
                                    "The machine has stopped."));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_long_report_folds_a_recursion_and_ends_with_the_cause,
                               report_prepare),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
