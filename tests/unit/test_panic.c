/* sources: kernel/debug/panic.c kernel/debug/callers.c kernel/debug/backtrace.c kernel/debug/explain.c tests/unit/fakes/report.c lib/string.c lib/format.c lib/divide.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fakes/report.h"

/* A panic changes what later panics print: the cases after it run in this order. */
static void a_panic_tells_all(void **state)
{
    (void)state;
    if (!setjmp(stopped))
        panic_frame(make_frame(), 0xDEAD0000, "page fault %s 0x%08x", "writing", 0xDEAD0000u);
    assert_int_equal(outside, 0);
    assert_non_null(strstr(written, "PANIC: page fault writing 0xdead0000 at function+0x52\n"));
    assert_non_null(strstr(written, "EAX=11111111 EBX=22222222"));
    assert_non_null(strstr(written, "ESI=33333333"));
    assert_non_null(strstr(written, "ESP=F400213C"));
    assert_non_null(strstr(written, "EIP=C0100052 CS=0008"));
    assert_non_null(strstr(written, "CR2=DEAD0000 CR3=00ABC000"));
    assert_non_null(strstr(written, "hello (pid 4)"));
    assert_non_null(strstr(written, "0123abcd"));
    assert_non_null(strstr(written, "  0xC0100052 function+0x52\n"
                                    "  0xC0100110 function+0x110\n"
                                    "  0x00400020\n"));
    assert_non_null(
        strstr(written, "meaning: write to the kernel's direct map, where there is no"));
    assert_non_null(strstr(written, "bytes at EIP: nothing is mapped there\n"));
    assert_non_null(strstr(written, "the end of the log:\n  [0.1] part: one\n  [0.2] part: two\n"));
    assert_null(strstr(written, "cut off"));
    assert_null(strstr(strstr(written, "0x00400020") + 10, "  0x"));
}

static void a_panic_inside_a_panic_tells_its_cause_and_stops(void **state)
{
    (void)state;
    if (!setjmp(stopped))
        panic("the %s broke", "printer");
    assert_string_equal(written, "\nPANIC inside a panic: the printer broke\n"
                                 "the first one came from\n"
                                 "  0xC0100052 function+0x52\n");
}

static void a_third_panic_only_stops(void **state)
{
    (void)state;
    if (!setjmp(stopped))
        panic("again");
    assert_string_equal(written, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_panic_tells_all, report_prepare),
        cmocka_unit_test_setup(a_panic_inside_a_panic_tells_its_cause_and_stops, report_prepare),
        cmocka_unit_test_setup(a_third_panic_only_stops, report_prepare),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
