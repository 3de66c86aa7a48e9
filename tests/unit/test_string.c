/* sources: lib/divide.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Ours under other names, so that the C library stays what it is. */
#define memcpy  our_memcpy
#define memmove our_memmove
#define memset  our_memset
#define memcmp  our_memcmp
#define memchr  our_memchr
#define strlen  our_strlen
#define strnlen our_strnlen
#define strcmp  our_strcmp
#define strncmp our_strncmp
#define strchr  our_strchr
#define strrchr our_strrchr
#define STRING_ALL
#include "../../lib/string.c"
#undef memcpy
#undef memmove
#undef memset
#undef memcmp
#undef memchr
#undef strlen
#undef strnlen
#undef strcmp
#undef strncmp
#undef strchr
#undef strrchr

#define AREA 96

static void fill(unsigned char *area, unsigned seed)
{
    for (unsigned i = 0; i < AREA; i++)
        area[i] = (unsigned char)(i * 7 + seed);
}

static void memmove_copies_every_overlap_as_the_library_does(void **state)
{
    unsigned char ours[AREA], theirs[AREA];

    (void)state;
    for (unsigned from = 0; from < 24; from++)
        for (unsigned to = 0; to < 24; to++)
            for (unsigned size = 0; size < 40; size++) {
                fill(ours, size);
                fill(theirs, size);
                assert_ptr_equal(our_memmove(ours + to, ours + from, size), ours + to);
                memmove(theirs + to, theirs + from, size);
                assert_memory_equal(ours, theirs, AREA);
            }
}

static void memmove_leaves_the_direction_flag_clear(void **state)
{
    unsigned char area[AREA];
    unsigned long flags;

    (void)state;
    fill(area, 0);
    our_memmove(area + 1, area, 40);
    __asm__ volatile("pushf\n\tpop %0" : "=r"(flags));
    assert_int_equal(flags & 0x400, 0);
}

static void memcpy_and_memset_touch_their_bytes_and_no_others(void **state)
{
    unsigned char ours[AREA], theirs[AREA], source[AREA];

    (void)state;
    fill(source, 99);
    for (unsigned at = 0; at < 9; at++)
        for (unsigned size = 0; size < 70; size++) {
            fill(ours, 3);
            fill(theirs, 3);
            assert_ptr_equal(our_memcpy(ours + at, source + 5, size), ours + at);
            memcpy(theirs + at, source + 5, size);
            assert_memory_equal(ours, theirs, AREA);
            assert_ptr_equal(our_memset(ours + at, 0x1A5, size), ours + at);
            memset(theirs + at, 0xA5, size);
            assert_memory_equal(ours, theirs, AREA);
        }
}

static int sign(int value)
{
    return (value > 0) - (value < 0);
}

static void comparisons_have_the_signs_of_the_library(void **state)
{
    static const char *const texts[] = {"", "a", "ab", "abc", "abd", "b", "\xFF", "a\xFFz", "Abc"};
    size_t count = sizeof texts / sizeof *texts;

    (void)state;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < count; j++) {
            const char *a = texts[i], *b = texts[j];

            assert_int_equal(sign(our_strcmp(a, b)), sign(strcmp(a, b)));
            for (size_t limit = 0; limit < 5; limit++)
                assert_int_equal(sign(our_strncmp(a, b, limit)), sign(strncmp(a, b, limit)));
            for (size_t size = 0; size <= strlen(a) && size <= strlen(b); size++)
                assert_int_equal(sign(our_memcmp(a, b, size)), sign(memcmp(a, b, size)));
        }
}

static void searches_find_what_the_library_finds(void **state)
{
    const char *text = "/boot/boot.cfg";

    (void)state;
    for (int character = 0; character < 256; character++) {
        assert_ptr_equal(our_strchr(text, character), strchr(text, character));
        assert_ptr_equal(our_strrchr(text, character), strrchr(text, character));
        for (size_t size = 0; size < 15; size++)
            assert_ptr_equal(our_memchr(text, character, size), memchr(text, character, size));
    }
    assert_int_equal(our_strlen(""), 0);
    assert_int_equal(our_strlen(text), 14);
    assert_int_equal(our_strnlen(text, 4), 4);
    assert_int_equal(our_strnlen(text, 99), 14);
}

static void text_copy_cuts_and_always_ends_the_text(void **state)
{
    char to[4] = "xyz";

    (void)state;
    assert_true(text_copy(to, "abc", sizeof to));
    assert_string_equal(to, "abc");
    assert_false(text_copy(to, "defg", sizeof to));
    assert_string_equal(to, "def");
    assert_false(text_copy(to, "q", 1));
    assert_string_equal(to, "");
    assert_true(text_copy(to, "", 1));
}

static void names_compare_without_regard_to_capitals(void **state)
{
    (void)state;
    assert_true(text_same_ignoring_case("", ""));
    assert_true(text_same_ignoring_case("/Apps/HELLO", "/apps/hello"));
    assert_false(text_same_ignoring_case("hello", "hell"));
    assert_false(text_same_ignoring_case("hell", "hello"));
    /* 20h apart, and no letters. */
    assert_false(text_same_ignoring_case("@", "`"));
    assert_false(text_same_ignoring_case("[", "{"));
    assert_false(text_same_ignoring_case("\xC4", "\xE4"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memmove_copies_every_overlap_as_the_library_does),
        cmocka_unit_test(memmove_leaves_the_direction_flag_clear),
        cmocka_unit_test(memcpy_and_memset_touch_their_bytes_and_no_others),
        cmocka_unit_test(comparisons_have_the_signs_of_the_library),
        cmocka_unit_test(searches_find_what_the_library_finds),
        cmocka_unit_test(text_copy_cuts_and_always_ends_the_text),
        cmocka_unit_test(names_compare_without_regard_to_capitals),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
