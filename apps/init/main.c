/*
 * The first process. It greets, runs the self-test if it was asked to, and keeps a shell running;
 * it is the parent of every process whose own parent has ended, and takes their results away.
 */
#include "services.h"

#include <megha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

PROGRAM_RIGHTS(RIGHTS_ALL);

#define SHELL_PATH     "/apps/shell"
#define SELFTEST_PATH  "/apps/selftest"
#define SHELL_PRIORITY (PRIORITY_NORMAL + 2)

#define QUICK_FAILURES_MAX 5
#define QUICK_US           3000000u /* a shell that ends sooner has failed */
#define PAUSE_MS           500

/* Runs as a thread of its own: the first one of the system that stands on a mapped stack. */
static int greet(void *unused)
{
    struct memory_info info;
    (void)unused;
    if (memory_info(&info) < 0)
        return EXIT_FAILURE;
    printf("Megha is ready, %lu KiB of memory are free. Type help for a list.\n",
           (unsigned long)info.free * (PAGE_SIZE / 1024));
    return EXIT_SUCCESS;
}

static void run_greeting(void)
{
    int thread = thread_start(greet, NULL, 0x4000, MODE_USER);
    int32_t status = EXIT_SUCCESS;
    int error = thread < 0 ? thread : thread_join(thread, &status, WAIT_FOREVER);
    if (error < 0)
        printf("init: a second thread cannot run: %s.\n", error_text(error));
}

/* Waits for that child. Services that end meanwhile are seen to; other children are orphans, and
 * their results are dropped. */
static int wait_for(int pid, struct process_result *result)
{
    for (;;) {
        int ended = process_wait(ANY_CHILD, result, WAIT_FOREVER);

        if (ended < 0 || ended == pid)
            return ended;
        services_ended(ended, result);
    }
}

static void run_selftest(void)
{
    char words[END_WORDS_MAX];
    struct process_result result;
    int pid = process_create(SELFTEST_PATH, "", PRIORITY_NORMAL, QUANTUM_DEFAULT_MS,
                             MODE_USER | MODE_NEW_GROUP);
    int error = pid < 0 ? pid : wait_for(pid, &result);
    if (error < 0)
        printf("selftest: failed: %s cannot run: %s.\n", SELFTEST_PATH, error_text(error));
    else if (result.reason == ENDED_EXIT && result.status == 0)
        puts("selftest: passed");
    else
        printf("selftest: failed: %s.\n", describe_end(&result, words));
}

/* Runs a shell until it ends. Returns how many failures that is in a row, with those before. */
static int run_shell(int failures)
{
    char words[END_WORDS_MAX];
    struct process_result result;
    uint64_t start = 0, end = 0;

    clock_now(&start);
    int pid = process_create(SHELL_PATH, "", SHELL_PRIORITY, QUANTUM_DEFAULT_MS, MODE_USER);
    if (pid < 0) {
        printf("init: %s cannot be started: %s.\n"
               "Copy one that works onto the boot disk and restart the machine.\n",
               SHELL_PATH, error_text(pid));
        return QUICK_FAILURES_MAX;
    }
    int error = wait_for(pid, &result);
    clock_now(&end);
    if (error < 0)
        printf("init: cannot wait for the shell: %s.\n", error_text(error));
    else
        printf("init: the shell (pid %d) is gone: %s.\n", pid, describe_end(&result, words));
    return end - start < QUICK_US ? failures + 1 : 0;
}

/* Asks what to do when no shell will run. Returns to try again. */
static void ask(void)
{
    for (;;) {
        puts("init: there is no shell. Press s to start it again, o to switch the machine off, "
             "r to restart it.");
        int key = getchar();
        int error = 0;
        if (key == 's' || key == 'S')
            return;
        if (key == 'o' || key == 'O')
            error = power(POWER_OFF);
        else if (key == 'r' || key == 'R')
            error = power(POWER_RESTART);
        else if (key == EOF)
            thread_sleep(10 * PAUSE_MS);
        if (error < 0)
            printf("init: the machine does not do it (%s); use its switch.\n", error_text(error));
    }
}

static void keep_shell(void)
{
    int failures = 0;
    while (failures < QUICK_FAILURES_MAX) {
        failures = run_shell(failures);
        thread_sleep(PAUSE_MS);
    }
}

/* What follows `key` in one of the arguments, or "". */
static const char *value_of(const char *key, int count, char **arguments)
{
    for (int i = 1; i < count; i++)
        if (strncmp(arguments[i], key, strlen(key)) == 0)
            return arguments[i] + strlen(key);
    return "";
}

int main(int count, char **arguments)
{
    if (process_self()->pid != INIT_PID) {
        puts("init is the first process, which the kernel starts; there is one already.");
        return EXIT_FAILURE;
    }
    run_greeting();
    for (int i = 1; i < count; i++) {
        if (strcmp(arguments[i], "selftest") == 0)
            run_selftest();
    }
    services_start(value_of("services=", count, arguments), value_of("restart=", count, arguments));
    for (;;) {
        keep_shell();
        ask();
    }
}
