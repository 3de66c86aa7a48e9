#include <megha.h>
#include <megha/check.h>
#include <stdio.h>

static int checks;
static int failures;

bool check_at(bool holds, const char *sentence, const char *file, int line)
{
    checks++;
    if (holds) {
        printf("ok: %s\n", sentence);
    } else {
        failures++;
        printf("FAILED: %s (%s:%d)\n", sentence, file, line);
    }
    return holds;
}

static const char *result_name(int result)
{
    return result > 0 ? "a number above 0" : error_name(result);
}

bool check_error_at(int result, int expected, const char *sentence, const char *file, int line)
{
    if (result != expected)
        printf("expected %s, got %s (%d):\n", result_name(expected), result_name(result), result);
    return check_at(result == expected, sentence, file, line);
}

int check_result(void)
{
    if (failures == 0)
        puts("passed");
    else
        printf("failed: %d of %d\n", failures, checks);
    return failures == 0 ? 0 : 1;
}
