/*
 * Creates and ends every kind of process and thread again and again, half of them by exit, the
 * others by kills and faults: afterwards all memory and all table entries are free again.
 *
 *   churn                      500 of each kind
 *   churn COUNT                as many of each kind
 *   churn exit|fault|stay      is one of them
 *   churn thread RING fault|stay  is a process whose thread of that ring does it
 */
#include <megha.h>
#include <megha/check.h>
#include <megha/counts.h>
#include <stdlib.h>
#include <string.h>

PROGRAM_RIGHTS(RIGHT_RING0);

#define PATH          "/apps/churn"
#define COUNT_DEFAULT 500
#define FAULT_EACH    20 /* a fault prints a line: few of them */
#define WARM_UP       FAULT_EACH
#define STACK_SIZE    0x4000

enum end { END_EXIT, END_FAULT, END_KILL };

/* mov eax, 1; xor ebx, ebx; int 80h - ud2 - jmp to itself */
static const uint8_t exit_code[] = {0xB8, 1, 0, 0, 0, 0x31, 0xDB, 0xCD, 0x80};
static const uint8_t fault_code[] = {0x0F, 0x0B};
static const uint8_t stay_code[] = {0xEB, 0xFE};

static enum end end_of(int number)
{
    if (number % 2 == 0)
        return END_EXIT;
    return number % FAULT_EACH == 1 ? END_FAULT : END_KILL;
}

/* Kills it if that is its end; some have run before that, some have not. Returns whether it ended
 * as it was to. */
static bool finish(int pid, int number)
{
    static const uint32_t reasons[] = {ENDED_EXIT, ENDED_FAULT, ENDED_KILLED};
    struct process_result result = {.reason = 0};
    enum end end = end_of(number);
    if (pid < 0)
        return false;
    if (end == END_KILL && number % 4 == 3)
        thread_yield();
    if (end == END_KILL && process_kill(pid) != 0)
        return false;
    return process_wait(pid, &result, WAIT_FOREVER) == pid && result.reason == reasons[end];
}

static bool churn_process(int number, uint32_t mode)
{
    static const char *const parts[] = {"exit", "fault", "stay"};
    return finish(
        process_create(PATH, parts[end_of(number)], PRIORITY_NORMAL, QUANTUM_DEFAULT_MS, mode),
        number);
}

static bool churn_code(int number, uint32_t mode)
{
    static const struct {
        const uint8_t *code;
        uint32_t size;
    } codes[] = {{exit_code, sizeof(exit_code)},
                 {fault_code, sizeof(fault_code)},
                 {stay_code, sizeof(stay_code)}};
    enum end end = end_of(number);
    struct code_order order = {
        .code = (uint32_t)codes[end].code,
        .code_size = codes[end].size,
        .name = (uint32_t) "code",
        .arguments = (uint32_t) "",
        .priority = PRIORITY_NORMAL,
        .mode = mode,
    };
    return finish(process_create_code(&order), number);
}

static int return_5(void *unused)
{
    (void)unused;
    return 5;
}

__attribute__((noinline)) static int fault(void *unused)
{
    (void)unused;
    __asm__ volatile("ud2");
    return 0;
}

static int stay(void *unused)
{
    (void)unused;
    return thread_sleep(1000000);
}

static int run_thread(int (*function)(void *), uint32_t mode)
{
    int32_t status = -1;
    int thread = thread_start(function, NULL, STACK_SIZE, mode);
    int error = thread < 0 ? thread : thread_join(thread, &status, WAIT_FOREVER);
    return error < 0 ? error : status;
}

/* A thread's fault or kill is its process's: it needs one of its own for that. */
static bool churn_thread(int number, uint32_t mode)
{
    static const char *const parts[][2] = {{"thread 3 fault", "thread 3 stay"},
                                           {"thread 0 fault", "thread 0 stay"}};
    enum end end = end_of(number);
    if (end == END_EXIT)
        return run_thread(return_5, mode) == 5;
    return finish(process_create(PATH, parts[mode][end == END_KILL], PRIORITY_NORMAL,
                                 QUANTUM_DEFAULT_MS, MODE_USER),
                  number);
}

static void churn(const char *sentence, bool (*one)(int number, uint32_t mode), uint32_t mode,
                  int count)
{
    bool right = true;
    for (int i = 0; i < WARM_UP; i++)
        right = one(i, mode) && right;
    struct memory_info before = counts_take();
    for (int i = 0; i < count; i++)
        right = one(i, mode) && right;
    check(right && counts_same(&before), sentence);
}

static int play(char **arguments)
{
    if (strcmp(arguments[1], "thread") == 0)
        return run_thread(strcmp(arguments[3], "fault") == 0 ? fault : stay,
                          *arguments[2] == '0' ? MODE_KERNEL : MODE_USER);
    if (strcmp(arguments[1], "fault") == 0)
        return fault(NULL);
    return strcmp(arguments[1], "stay") == 0 ? stay(NULL) : EXIT_SUCCESS;
}

int main(int count, char **arguments)
{
    int each = count > 1 ? atoi(arguments[1]) : COUNT_DEFAULT;
    if (each == 0)
        return play(arguments);
    churn("processes in ring 3 come and go", churn_process, MODE_USER, each);
    churn("processes in ring 0 come and go", churn_process, MODE_KERNEL, each);
    churn("processes of machine code come and go", churn_code, MODE_USER, each);
    churn("threads in ring 3 come and go", churn_thread, MODE_USER, each);
    churn("threads in ring 0 come and go", churn_thread, MODE_KERNEL, each);
    return check_result();
}
