/* sources: lib/format.c lib/divide.c lib/string.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <lib/format.h>

/* Ours and the C library's answer to the same call. */
#define SAME(...)                                                                                  \
    do {                                                                                           \
        char ours[256], theirs[256];                                                               \
        size_t our_size = format_text(ours, sizeof ours, __VA_ARGS__);                             \
        int their_size = snprintf(theirs, sizeof theirs, __VA_ARGS__);                             \
        assert_string_equal(ours, theirs);                                                         \
        assert_int_equal(our_size, their_size);                                                    \
    } while (0)

static void integers_of_every_length_look_as_in_the_c_library(void **state)
{
    static const long long values[] = {0,
                                       1,
                                       -1,
                                       9,
                                       10,
                                       127,
                                       -128,
                                       65535,
                                       2147483647,
                                       -2147483648LL,
                                       4294967295LL,
                                       4294967296LL,
                                       1000000000000LL,
                                       INT64_MAX,
                                       INT64_MIN};

    (void)state;
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        long long value = values[i];

        SAME("%d %u %x %X %o %i", (int)value, (unsigned)value, (unsigned)value, (unsigned)value,
             (unsigned)value, (int)value);
        SAME("%lld %llu %llx %llX %llo", value, (unsigned long long)value,
             (unsigned long long)value, (unsigned long long)value, (unsigned long long)value);
        SAME("%hd %hu %hhd %hhu %hhx", (short)value, (unsigned short)value, (signed char)value,
             (unsigned char)value, (unsigned char)value);
        SAME("%ld %lu %zu %lx", (long)value, (unsigned long)value, (size_t)value,
             (unsigned long)value);
    }
}

static void flags_width_and_precision_combine_as_in_the_c_library(void **state)
{
    static const int values[] = {0, 5, -5, 123456, -123456};

    (void)state;
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        int value = values[i];
        unsigned bits = (unsigned)value;

        SAME("[%8d][%-8d][%08d][%+d][% d]", value, value, value, value, value);
        SAME("[%8.3d][%-8.3d][%.0d][%.9d][%+8d]", value, value, value, value, value);
        SAME("[%#x][%#X][%#o][%#10x][%-#10x]", bits, bits, bits, bits, bits);
        SAME("[%#010x][%08X][%.8x][%12.8X]", bits, bits, bits, bits);
        SAME("[%*d][%-*d][%.*d]", 9, value, 9, value, 4, value);
        SAME("[%*d][%.*d]", -9, value, -1, value);
    }
}

static void texts_are_cut_and_padded_as_in_the_c_library(void **state)
{
    (void)state;
    SAME("[%s][%10s][%-10s][%.2s][%6.2s][%.0s]", "abc", "abc", "abc", "abc", "abc", "abc");
    SAME("[%c][%5c][%-5c]%%", 'x', 'y', 'z');
    SAME("%s", "a long text that is longer than one block of padding");
    SAME("%60s|%-60s|", "right", "left");
}

static void a_text_without_end_is_read_up_to_the_precision_only(void **state)
{
    char *text = malloc(3);
    char out[16];

    (void)state;
    memcpy(text, "abc", 3);
    format_text(out, sizeof out, "%.3s", text);
    assert_string_equal(out, "abc");
    free(text);
}

static size_t call(char *buffer, size_t room, const char *format, ...)
{
    va_list arguments;
    size_t size;

    va_start(arguments, format);
    size = format_text_v(buffer, room, format, arguments);
    va_end(arguments);
    return size;
}

static void what_is_no_conversion_prints_as_it_stands(void **state)
{
    char out[64];

    (void)state;
    call(out, sizeof out, "100%");
    assert_string_equal(out, "100%");
    call(out, sizeof out, "%5");
    assert_string_equal(out, "%5");
    call(out, sizeof out, "%f %n %k", 1, 2);
    assert_string_equal(out, "%f %n %k");
    call(out, sizeof out, "%s", (char *)NULL);
    assert_string_equal(out, "(null)");
    call(out, sizeof out, "%p", (void *)0x1234);
    assert_string_equal(out, "0x1234");
    call(out, sizeof out, "%hhd %hhu %hd", 300, 300, 70000);
    assert_string_equal(out, "44 44 4464");
}

static void the_buffer_is_never_exceeded_and_the_full_length_returned(void **state)
{
    (void)state;
    for (size_t room = 0; room < 20; room++) {
        char *buffer = malloc(room ? room : 1);

        assert_int_equal(format_text(buffer, room, "%s %d", "hello", 12345), 11);
        if (room)
            assert_int_equal(strlen(buffer), room <= 11 ? room - 1 : 11);
        free(buffer);
    }
}

static void absurd_widths_are_bounded(void **state)
{
    char out[16];

    (void)state;
    assert_true(call(out, sizeof out, "%99999999999999999999d", 1) < 2000000);
    assert_true(call(out, sizeof out, "%*d", INT32_MIN, 1) < 2000000);
    assert_int_equal(strlen(out), sizeof out - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers_of_every_length_look_as_in_the_c_library),
        cmocka_unit_test(flags_width_and_precision_combine_as_in_the_c_library),
        cmocka_unit_test(texts_are_cut_and_padded_as_in_the_c_library),
        cmocka_unit_test(a_text_without_end_is_read_up_to_the_precision_only),
        cmocka_unit_test(what_is_no_conversion_prints_as_it_stands),
        cmocka_unit_test(the_buffer_is_never_exceeded_and_the_full_length_returned),
        cmocka_unit_test(absurd_widths_are_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
