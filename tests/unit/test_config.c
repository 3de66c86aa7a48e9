/* sources: bootloader/stage2/config.c lib/string.c lib/format.c lib/divide.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../bootloader/stage2/config.h"
#include "../../bootloader/stage2/log.h"

static char warnings[8192];
static int warning_count;

void log_warning(const char *format, ...)
{
    size_t used = strlen(warnings);
    va_list arguments;

    warning_count++;
    va_start(arguments, format);
    vsnprintf(warnings + used, sizeof warnings - used, format, arguments);
    va_end(arguments);
}

static struct boot_config config;

static int prepare(void **state)
{
    (void)state;
    config_defaults(&config);
    warnings[0] = '\0';
    warning_count = 0;
    return 0;
}

/* The text lies in a block of its own: the sanitizer sees a read behind its end. */
static void parse_bytes(const char *text, size_t size)
{
    char *block = malloc(size ? size : 1);

    memcpy(block, text, size);
    config_parse(&config, block, size);
    free(block);
}

static void parse(const char *text)
{
    parse_bytes(text, strlen(text));
}

static void without_lines_every_key_has_its_default(void **state)
{
    (void)state;
    parse("");
    parse("\n\n  \r\n# only a comment = here\n\t\n");
    assert_string_equal(config.kernel, "/boot/kernel.bin");
    assert_string_equal(config.folders, "/apps /modules");
    assert_string_equal(config.init, "/apps/init");
    assert_int_equal(config.selftest, 0);
    assert_int_equal(config.verbose, 0);
    assert_int_equal(warning_count, 0);
}

static void values_lose_spaces_comments_and_line_ends(void **state)
{
    (void)state;
    parse("  kernel=/a/b.bin\r\n\tfolders =  /one   /two  # both\nselftest = yes#now\nverbose=yes");
    assert_string_equal(config.kernel, "/a/b.bin");
    assert_string_equal(config.folders, "/one   /two");
    assert_int_equal(config.selftest, 1);
    assert_int_equal(config.verbose, 1);
    assert_int_equal(warning_count, 0);
}

static void the_mark_of_utf8_is_no_key(void **state)
{
    (void)state;
    parse("\xEF\xBB\xBFselftest = yes\n");
    assert_int_equal(config.selftest, 1);
    assert_int_equal(warning_count, 0);
}

static void an_unknown_key_is_a_warning_with_its_line(void **state)
{
    (void)state;
    parse("\n# two\nspeed = 9\n");
    assert_int_equal(warning_count, 1);
    assert_string_equal(
        warnings,
        "/boot/boot.cfg line 3: there is no key `speed`; the keys are "
        "kernel folders init services restart selftest ring0 modules power kill_any tests "
        "verbose");
}

static void a_bad_value_is_a_warning_and_the_default_stays(void **state)
{
    (void)state;
    parse("selftest = maybe\nkernel = boot.bin\nfolders =\ninit = /x y\nverbose =\nselftest yes\n");
    assert_int_equal(warning_count, 6);
    assert_non_null(strstr(warnings, "line 1: `maybe` is no value for `selftest`"));
    assert_non_null(strstr(warnings, "line 2: `boot.bin` is no path for `kernel`"));
    assert_non_null(strstr(warnings, "line 3: `` is no path for `folders`"));
    assert_non_null(strstr(warnings, "line 4: `/x y` is no path for `init`"));
    assert_non_null(strstr(warnings, "line 5: `` is no value for `verbose`"));
    assert_non_null(strstr(warnings, "line 6: `selftest yes` is no `key = value`"));
    assert_string_equal(config.kernel, "/boot/kernel.bin");
    assert_string_equal(config.folders, "/apps /modules");
    assert_string_equal(config.init, "/apps/init");
    assert_int_equal(config.selftest, 0);
}

static void names_of_services_are_words(void **state)
{
    (void)state;
    parse("services = clockd:ring0  other\nrestart =\n");
    assert_int_equal(warning_count, 0);
    assert_string_equal(config.services, "clockd:ring0  other");
    assert_string_equal(config.restart, "");
    parse("services = a\"b\nrestart = a\001b\n");
    assert_int_equal(warning_count, 2);
    assert_non_null(strstr(warnings, "line 1: `a\"b` are no names for `services`"));
    assert_string_equal(config.services, "clockd:ring0  other");
}

static void of_a_key_that_stands_twice_the_last_line_counts(void **state)
{
    (void)state;
    parse("init = /a\ninit = /b\n");
    assert_string_equal(config.init, "/b");
    assert_int_equal(warning_count, 1);
    assert_non_null(strstr(warnings, "line 2: `init` stands here for the second time"));
}

static void a_value_fits_up_to_its_limit_and_no_further(void **state)
{
    char text[BOOT_TEXT_MAX + 32];

    (void)state;
    for (int length = BOOT_TEXT_MAX - 2; length <= BOOT_TEXT_MAX + 1; length++) {
        bool fits = length < BOOT_TEXT_MAX;

        prepare(NULL);
        snprintf(text, sizeof text, "init = /%0*d", length - 1, 0);
        parse(text);
        assert_int_equal(warning_count, fits ? 0 : 1);
        assert_int_equal(strlen(config.init), fits ? (size_t)length : strlen("/apps/init"));
    }
}

static void what_a_warning_repeats_disturbs_no_terminal(void **state)
{
    (void)state;
    parse("k\x1B[2J\x80 = 1\nkernel = \x1B]0;x\x07\n");
    assert_int_equal(warning_count, 2);
    for (const char *at = warnings; *at; at++)
        assert_true(*at >= ' ' && *at <= '~');
}

static void random_bytes_are_survived(void **state)
{
    static const char letters[] = "kernel = /folders\n\r\t #yesno\0\x80\xEF\xBB\xBF";
    uint32_t random = 1;

    (void)state;
    for (int round = 0; round < 3000; round++) {
        char text[64];
        size_t size = (random >> 16) % sizeof text;

        for (size_t i = 0; i < size; i++) {
            random = random * 1664525 + 1013904223;
            text[i] = letters[(random >> 16) % sizeof letters];
        }
        warnings[0] = '\0';
        parse_bytes(text, size);
        assert_true(strlen(config.kernel) < BOOT_TEXT_MAX);
        assert_true(config.selftest <= 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(without_lines_every_key_has_its_default, prepare),
        cmocka_unit_test_setup(values_lose_spaces_comments_and_line_ends, prepare),
        cmocka_unit_test_setup(the_mark_of_utf8_is_no_key, prepare),
        cmocka_unit_test_setup(an_unknown_key_is_a_warning_with_its_line, prepare),
        cmocka_unit_test_setup(a_bad_value_is_a_warning_and_the_default_stays, prepare),
        cmocka_unit_test_setup(names_of_services_are_words, prepare),
        cmocka_unit_test_setup(of_a_key_that_stands_twice_the_last_line_counts, prepare),
        cmocka_unit_test_setup(a_value_fits_up_to_its_limit_and_no_further, prepare),
        cmocka_unit_test_setup(what_a_warning_repeats_disturbs_no_terminal, prepare),
        cmocka_unit_test_setup(random_bytes_are_survived, prepare),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
