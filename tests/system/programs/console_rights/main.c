/* Keys are for the console's owner and for what it has in the foreground. */
#include <megha.h>
#include <megha/check.h>
#include <stdio.h>
#include <string.h>

#define PATH        "/apps/console_rights"
#define PATIENCE_MS 5000

/* Ends with the error of a read that does not wait. */
static int reader(void)
{
    char key;

    return console_read(&key, 1, 0);
}

static int status_of(const char *what)
{
    struct process_result result = {0};
    int pid = process_create(PATH, what, PRIORITY_NORMAL, 0, MODE_USER);

    return process_wait(pid, &result, PATIENCE_MS) == pid ? result.status : -1000;
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "reader") == 0)
        return reader();
    if (argc > 1 && strcmp(argv[1], "late") == 0) {
        thread_sleep(300);
        printf("in the background: %s\n", error_name(reader()));
        return 0;
    }
    check_error(reader(), ERR_TIMED_OUT, "what runs in the foreground may read keys");
    check_error(status_of("reader"), ERR_TIMED_OUT, "so may its children");
    check_error(console_foreground(0), ERR_NOT_ALLOWED, "but it does not own the console");
    return check_result();
}
