/* What main receives for a line of arguments. Without arguments it starts itself with some. */
#include <megha.h>
#include <stdio.h>
#include <string.h>

static const char *const lines[] = {
    "print",
    "print one two",
    "print   one\ttwo   ",
    "print 'one two' \"three  four\"",
    "print a'b c'd \"it's\"",
    "print '' \"\" end",
    "print 'open quote",
    "print UPPER lower ~!@#$%^&*()",
};

static int print(int count, char **arguments)
{
    printf("%d:", count);
    for (int i = 0; i < count; i++)
        printf(" [%s]", arguments[i]);
    puts(arguments[count] == NULL ? "" : " and no end");
    return 0;
}

static int run(const char *line)
{
    struct process_result result;
    int pid =
        process_create("/apps/arguments", line, PRIORITY_NORMAL, QUANTUM_DEFAULT_MS, MODE_USER);
    if (pid < 0) {
        printf("cannot start: %s\n", error_text(pid));
        return 1;
    }
    process_wait(pid, &result, WAIT_FOREVER);
    return result.status;
}

/* The longest text that fits, of one-letter words. */
static int run_longest(void)
{
    static char line[ARGUMENTS_MAX];
    for (int i = 0; i < ARGUMENTS_MAX - 1; i++)
        line[i] = i % 2 == 0 ? 'x' : ' ';
    line[0] = 'c';
    return run(line);
}

int main(int count, char **arguments)
{
    if (count > 1 && strcmp(arguments[1], "print") == 0)
        return print(count, arguments);
    if (count > 1) {
        printf("%d words, the last one is [%s]\n", count, arguments[count - 1]);
        return 0;
    }
    printf("I am %s\n", arguments[0]);
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        run(lines[i]);
    return run_longest();
}
