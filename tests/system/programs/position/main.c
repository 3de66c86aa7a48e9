/*
 * A position-independent program: its pointers are right wherever it is loaded, it calls the
 * library that all such programs share, in either ring, and its faults are named.
 */
#include <megha.h>
#include <megha/check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

PROGRAM_RIGHTS(RIGHT_RING0);

#define SELF     "/apps/position"
#define SECOND   "/apps/position_second"
#define CHILDREN 6
#define PATIENCE 5000 /* milliseconds */

extern int defined_by_nobody(void) __attribute__((weak));

static int add(int a, int b)
{
    return a + b;
}

static int multiply(int a, int b)
{
    return a * b;
}

static int number = 41;

/* Words that are written when the program is loaded: addresses of its functions, data and texts,
 * and of a function of the library. */
static int (*volatile operations[])(int, int) = {add, multiply};
static int *volatile pointer = &number;
static const char *volatile words[] = {"one", "two", "three"};
static int (*volatile library_function)(const char *format, ...) = printf;
static size_t (*volatile length)(const char *text) = strlen;

static bool lies_in(uint32_t address, uint32_t base)
{
    return base % PAGE_SIZE == 0 && address >= base && address - base < 0x10000;
}

static bool pointers_are_right(void)
{
    const struct process_info *self = process_self();

    return lies_in((uint32_t)operations[0], self->program_base) && operations[0](2, 3) == 5 &&
           operations[1](2, 3) == 6 && *pointer == 41 && pointer == &number &&
           strcmp(words[2], "three") == 0 &&
           lies_in((uint32_t)library_function, self->library_base) && library_function == printf;
}

static int answer(void *argument)
{
    return pointers_are_right() && argument == &number ? (int)ring_now() + 1 : -1;
}

static int thread_result(uint32_t mode)
{
    int32_t status = -1;
    int thread = thread_start(answer, &number, 0x2000, mode);

    return thread_join(thread, &status, PATIENCE) < 0 ? -2 : status;
}

static int start(const char *path, const char *arguments, uint32_t mode)
{
    return process_create(path, arguments, PRIORITY_NORMAL, QUANTUM_DEFAULT_MS, mode);
}

/* Runs this program again; returns what its main returned, or how it ended instead. */
static int run(const char *arguments, uint32_t mode)
{
    struct process_result result = {0};
    int pid = start(SELF, arguments, mode);

    if (pid < 0 || process_wait(pid, &result, PATIENCE) != pid)
        return pid;
    return result.reason == ENDED_EXIT ? (int)result.status : 1000 + (int)result.reason;
}

static void check_here(void)
{
    const struct process_info *self = process_self();

    check(self->program_base >= USER_START && self->program_base % PAGE_SIZE == 0,
          "the program is told where it was loaded");
    check(lies_in((uint32_t)check_here, self->program_base), "and is there");
    check(self->library_base > self->program_base && lies_in((uint32_t)printf, self->library_base),
          "the library is behind it");
    check(pointers_are_right(), "words that hold addresses are right");
    check(defined_by_nobody == NULL, "a weak name that nobody defines is null");
    check(null() == 0 && process_self()->pid > 0, "system calls go through the kernel's stub page");
    check(thread_result(MODE_USER) == 4, "a thread in ring 3 uses program and library");
    check(thread_result(MODE_KERNEL) == 1, "a thread in ring 0 too");
}

/* Two processes of one program have different bases, and different memory. */
static void check_again(void)
{
    char arguments[32];

    snprintf(arguments, sizeof(arguments), "child 0x%x", process_self()->program_base);
    number = 42;
    check(run(arguments, MODE_USER) == 7, "the program runs at another address as well");
    check(run(arguments, MODE_KERNEL) == 7, "in ring 0 too");
    number = 41;
}

static int child(const char *base_of_parent)
{
    bool moved = strtoul(base_of_parent, NULL, 0) != process_self()->program_base;
    char *memory = malloc(100);

    snprintf(memory, 100, "%u", (unsigned int)(10000000000ull / 1000000000u));
    return moved && pointers_are_right() && strcmp(memory, "10") == 0 ? 7 : 8;
}

static uint32_t user_pages(void)
{
    struct memory_info info;

    memory_info(&info);
    return info.user;
}

struct pages {
    uint32_t own;    /* RAM behind what the process may write, and its information page */
    uint32_t shared; /* of program and library, not writable */
};

static struct pages count_pages(int pid)
{
    struct region_status region = {0};
    struct pages pages = {0, 0};

    while (region_next(pid, region.end, &region) >= 0) {
        if ((region.kind == REGION_PROGRAM || region.kind == REGION_LIBRARY) &&
            !(region.access & ACCESS_WRITE))
            pages.shared += region.backed / PAGE_SIZE;
        else if (region.kind != REGION_STUB)
            pages.own += region.backed / PAGE_SIZE;
    }
    return pages;
}

static bool is_waiting(int pid)
{
    struct thread_status status = {0};

    return thread_next(pid, 0, &status) >= 0 && status.state == STATE_BLOCKED;
}

static int start_waiting(int turn)
{
    int pid = start(turn % 2 ? SECOND : SELF, "wait", turn % 3 ? MODE_USER : MODE_KERNEL);

    while (pid > 0 && !is_waiting(pid))
        thread_sleep(1);
    return pid;
}

/* Children of two programs live at once; RAM holds what none of them writes only once. */
static void check_shared(void)
{
    struct process_result result;
    struct pages all = {0, 0};
    uint32_t before = user_pages();
    int pids[CHILDREN];

    for (int i = 0; i < CHILDREN; i++) {
        struct pages pages;

        pids[i] = start_waiting(i);
        pages = count_pages(pids[i]);
        all.own += pages.own;
        all.shared += pages.shared;
    }
    check(all.shared >= CHILDREN * 6, "two programs live in six processes, with the library");
    check(user_pages() == before + all.own, "what none of them writes is in RAM once");
    for (int i = 0; i < CHILDREN; i++) {
        process_kill(pids[i]);
        process_wait(pids[i], &result, PATIENCE);
    }
    check(user_pages() == before, "all of it comes back");
}

static __attribute__((noinline)) int fail(const char *where)
{
    return strcmp(where, "program") == 0 ? *(volatile int *)0 : (int)length(NULL);
}

static void check_faults(void)
{
    for (uint32_t mode = MODE_USER; mode <= MODE_KERNEL; mode++) {
        check(run("fail program", mode) == 1000 + ENDED_FAULT, "its own function is named");
        check(run("fail library", mode) == 1000 + ENDED_FAULT, "and one of the library");
    }
}

int main(int count, char **arguments)
{
    if (count == 3)
        return strcmp(arguments[1], "child") == 0 ? child(arguments[2]) : fail(arguments[2]);
    if (count == 2)
        return thread_sleep(WAIT_FOREVER);
    check_here();
    check_again();
    check_shared();
    check_faults();
    return check_result();
}
