/*
 * x87 and SSE registers belong to one thread: others, in any ring and process, neither see nor
 * change them. The compiler uses neither, so what is loaded here stays until the kernel touches it.
 */
#include <megha.h>
#include <megha/check.h>
#include <string.h>

PROGRAM_RIGHTS(RIGHT_RING0);

#define PATH             "/apps/fpu"
#define STACK_SIZE       0x4000
#define ROUNDS           400
#define SPIN_TURNS       20000
#define X87_CONTROL      0x037F
#define SSE_CONTROL      0x1F80
#define CPU_FEATURE_FXSR (1u << 24)
#define CPU_FEATURE_SSE  (1u << 25)

static bool has_sse(void)
{
    uint32_t both = CPU_FEATURE_FXSR | CPU_FEATURE_SSE;
    return (process_self()->cpu_features & both) == both;
}

static bool x87_is_fresh(void)
{
    uint16_t control = 0, status = 0;
    __asm__ volatile("fnstcw %0\n fnstsw %1" : "=m"(control), "=m"(status));
    return control == X87_CONTROL && status == 0;
}

static bool sse_is_fresh(void)
{
    static const uint32_t zero[4];
    uint32_t control = 0, first[4], last[4];
    if (!has_sse())
        return true;
    __asm__ volatile("stmxcsr %0\n movups %%xmm0, %1\n movups %%xmm7, %2"
                     : "=m"(control), "=m"(first), "=m"(last));
    return control == SSE_CONTROL && memcmp(first, zero, 16) == 0 && memcmp(last, zero, 16) == 0;
}

static void load(const int32_t *values)
{
    __asm__ volatile("fninit\n fildl %0\n fildl %1" : : "m"(values[0]), "m"(values[1]));
    if (has_sse())
        __asm__ volatile("movups %0, %%xmm0\n movups %0, %%xmm7" : : "m"(*(int32_t(*)[4])values));
}

/* Takes the values out of the registers again. */
static bool are_loaded(const int32_t *values)
{
    int32_t first = 0, second = 0;
    int32_t low[4], high[4];
    __asm__ volatile("fistpl %1\n fistpl %0" : "=m"(first), "=m"(second));
    if (first != values[0] || second != values[1])
        return false;
    if (!has_sse())
        return true;
    __asm__ volatile("movups %%xmm0, %0\n movups %%xmm7, %1" : "=m"(low), "=m"(high));
    return memcmp(low, values, 16) == 0 && memcmp(high, values, 16) == 0;
}

static void spin(void)
{
    for (volatile int turns = 0; turns < SPIN_TURNS; turns++)
        continue;
}

/* Every second round is interrupted by the timer rather than by a call. Returns 0 when all was
 * kept. */
static int hold(void *seed)
{
    int32_t own = process_self()->pid * 1000 + *(const int32_t *)seed;
    for (int32_t round = 0; round < ROUNDS; round++) {
        int32_t values[4] = {own + round, -own - round, own ^ round, round};
        load(values);
        if (round % 2 == 0)
            thread_yield();
        else
            spin();
        if (!are_loaded(values))
            return 1;
    }
    return 0;
}

/* Three threads of this process hold values at once. */
static int hold_in_threads(void)
{
    static const int32_t seeds[] = {100, 200, 300};
    int32_t one = -1, two = -1;
    int user = thread_start(hold, (void *)(uintptr_t)&seeds[0], STACK_SIZE, MODE_USER);
    int kernel = thread_start(hold, (void *)(uintptr_t)&seeds[1], STACK_SIZE, MODE_KERNEL);
    int mine = hold((void *)(uintptr_t)&seeds[2]);
    thread_join(user, &one, WAIT_FOREVER);
    thread_join(kernel, &two, WAIT_FOREVER);
    return mine == 0 && one == 0 && two == 0 ? 0 : 1;
}

static int start(const char *part, uint32_t mode)
{
    return process_create(PATH, part, PRIORITY_NORMAL, QUANTUM_DEFAULT_MS, mode);
}

static bool ends_well(int pid)
{
    struct process_result result = {.status = -1};
    return process_wait(pid, &result, WAIT_FOREVER) == pid && result.reason == ENDED_EXIT &&
           result.status == 0;
}

static int play(const char *part)
{
    static const int32_t secret[4] = {0x5EC4E7, 0x5EC4E7, 0x5EC4E7, 0x5EC4E7};
    if (strcmp(part, "hold") == 0)
        return hold_in_threads();
    if (strcmp(part, "leave") == 0) {
        load(secret);
        return 0;
    }
    return x87_is_fresh() && sse_is_fresh() ? 0 : 1;
}

int main(int count, char **arguments)
{
    if (count > 1)
        return play(arguments[1]);
    check(x87_is_fresh(), "the x87 begins as FNINIT leaves it");
    check(sse_is_fresh(), "SSE registers begin as zeroes");
    int user = start("hold", MODE_USER);
    int kernel = start("hold", MODE_KERNEL);
    check(hold_in_threads() == 0, "threads of both rings keep their values");
    check(ends_well(user), "so do those of a ring-3 process beside them");
    check(ends_well(kernel), "and those of a ring-0 process");
    check(ends_well(start("leave", MODE_USER)) && ends_well(start("look", MODE_USER)),
          "what a process leaves in them is not seen by the next");
    check(ends_well(start("leave", MODE_KERNEL)) && ends_well(start("look", MODE_USER)),
          "nor what a ring-0 process leaves");
    return check_result();
}
