/*
 * Who gets the processor? Programs that only count run side by side for a while, first with one
 * priority, then with different ones: round robin inside a priority, and strict order between them.
 */
#include <lib/divide.h>
#include <megha.h>
#include <stdio.h>
#include <stdlib.h>

#define PATH      "/apps/priorities"
#define PROGRAMS  3
#define WHILE_MS  600
#define BAR_WIDTH 40
#define TURNS     1000 /* of counting between two looks at the clock */

static uint32_t now_ms(void)
{
    uint64_t now = 0;
    clock_now(&now);
    return (uint32_t)divide_by_32(now, 1000, NULL);
}

/* A counting program: its status is how often it looked at the clock before the end. */
static int count_until(uint32_t end_ms)
{
    int looks = 0;
    while ((int32_t)(end_ms - now_ms()) > 0) {
        for (volatile int i = 0; i < TURNS; i++) {
        }
        looks++;
    }
    return looks;
}

static void print_bar(int pid, uint32_t priority, uint32_t counted, uint32_t sum)
{
    static const char bar[] = "########################################";
    uint32_t share = sum == 0 ? 0 : (uint32_t)divide_by_32((uint64_t)counted * 100, sum, NULL);
    printf("  pid %d, priority %lu: %3lu %% %.*s\n", pid, (unsigned long)priority,
           (unsigned long)share, (int)(share * BAR_WIDTH / 100), bar);
}

/* Runs one program for each priority; returns 0 or an error. */
static int run(const uint32_t priorities[PROGRAMS])
{
    char arguments[16];
    int pids[PROGRAMS];
    uint32_t counted[PROGRAMS], sum = 0;

    snprintf(arguments, sizeof(arguments), "%lu", (unsigned long)now_ms() + WHILE_MS);
    for (int i = 0; i < PROGRAMS; i++) {
        pids[i] = process_create(PATH, arguments, priorities[i], QUANTUM_DEFAULT_MS, MODE_USER);
        if (pids[i] < 0)
            return pids[i];
    }
    for (int i = 0; i < PROGRAMS; i++) {
        struct process_result result;
        int error = process_wait(pids[i], &result, WAIT_FOREVER);
        if (error < 0)
            return error;
        counted[i] = (uint32_t)result.status;
        sum += counted[i];
    }
    for (int i = 0; i < PROGRAMS; i++)
        print_bar(pids[i], priorities[i], counted[i], sum);
    return 0;
}

int main(int count, char **arguments)
{
    static const uint32_t same[PROGRAMS] = {2, 2, 2};
    static const uint32_t different[PROGRAMS] = {1, 2, 3};

    if (count > 1 && !process_is_own_child()) {
        puts("priorities takes no arguments.");
        return EXIT_FAILURE;
    }
    if (count > 1)
        return count_until((uint32_t)strtoul(arguments[1], NULL, 10));
    printf("Three programs of one priority count for %d ms; they take turns:\n", WHILE_MS);
    int error = run(same);
    if (error == 0) {
        puts("Now of three priorities; while the highest wants to run, nobody else does:");
        error = run(different);
    }
    if (error < 0) {
        printf("priorities: a program cannot be run: %s.\n", error_text(error));
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
