/* Writing to the console and reading from it. */
#include <megha.h>
#include <megha/check.h>
#include <stdio.h>
#include <string.h>

#define LONG_SIZE 3000

static char long_text[LONG_SIZE];

int main(void)
{
    char key;
    check(console_write("", 0) == 0, "no bytes are written as no bytes");
    check(console_write("three\n", 6) == 6, "the number of bytes written is returned");
    memset(long_text, '.', sizeof(long_text));
    for (size_t i = 99; i < sizeof(long_text); i += 100)
        long_text[i] = '\n';
    check(console_write_all(long_text, sizeof(long_text)) == 0, "a long text is written whole");
    console_write("wrong\b\b\b\b\bright\n", 16);
    console_write("tab\tstop\n", 9);
    check_error(console_read(&key, 1, 0), ERR_TIMED_OUT, "without a key a read can give up");
    check_error(console_read(&key, 1, 10), ERR_TIMED_OUT, "also after a while");
    puts("last line");
    return check_result();
}
