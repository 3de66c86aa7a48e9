/* printf and its family, conversion by conversion. */
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static void print_numbers(void)
{
    /* The compiler rejects this where it can see it: a precision switches the flag 0 off. */
    const char *volatile odd = "[%08.3d]\n";
    printf("[%d] [%i] [%u] [%x] [%X] [%o]\n", -42, 42, 42u, 0xbeefu, 0xbeefu, 8u);
    printf("[%d] [%d] [%u] [%x]\n", INT_MIN, INT_MAX, UINT_MAX, 0u);
    printf("[%5d] [%-5d] [%05d] [%+d] [% d]\n", 42, 42, 42, 42, 42);
    printf("[%.3d] [%8.3d] [%-8.3d] [%.0d]\n", 7, 7, 7, 0);
    printf(odd, 7);
    printf("[%#x] [%#X] [%#o] [%#x] [%#o]\n", 255u, 255u, 8u, 0u, 0u);
    printf("[%hhd] [%hd] [%ld] [%lld] [%zu]\n", (signed char)-1, (short)-2, -3L, -4LL, (size_t)5);
    printf("[%llu] [%lld] [%llx]\n", UINT64_MAX, INT64_MIN, 0x123456789ABCDEFULL);
    printf("[%*d] [%-*d] [%.*d] [%*d]\n", 6, 1, 6, 2, 4, 3, -6, 4);
    printf("[%5d] [%05d] [%-5d] [%+05d]\n", -42, -42, -42, 7);
}

static void print_text(void)
{
    const char *volatile nothing = NULL;
    printf("[%s] [%10s] [%-10s] [%.2s] [%10.2s]\n", "text", "text", "text", "text", "text");
    printf("[%c] [%3c] [%-3c] [%%]\n", 'a', 'b', 'c');
    printf("[%s] [%.0s] [%.*s]\n", "", "hidden", 3, "cutting");
    printf("[%s]\n", nothing);
    printf("[%p]\n", (void *)(uintptr_t)0xC0100000);
}

static void print_lengths(void)
{
    char buffer[8];
    int length = snprintf(buffer, sizeof(buffer), "%s", "1234567");
    printf("%d [%s]\n", length, buffer);
    length = snprintf(buffer, sizeof(buffer), "%s", "123456789");
    printf("%d [%s]\n", length, buffer);
    length = snprintf(buffer, 1, "%d", 12345);
    printf("%d [%s]\n", length, buffer);
    length = snprintf(NULL, 0, "%d", 12345);
    printf("%d\n", length);
    length = printf("twelve bytes");
    printf(" %d\n", length);
}

/* Longer than what printf gathers for one write. */
static void print_long(void)
{
    char text[701];
    memset(text, '=', sizeof(text) - 1);
    for (size_t i = 0; i < sizeof(text) - 1; i += 10)
        text[i] = (char)('a' + i / 10 % 26);
    text[sizeof(text) - 1] = '\0';
    int length = printf("%s\n", text);
    printf("%d\n", length);
}

int main(void)
{
    print_numbers();
    print_text();
    print_lengths();
    print_long();
    putchar('p');
    puts("uts");
    return 0;
}
