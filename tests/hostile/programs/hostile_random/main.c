/*
 * Random bytes as programs, and as threads. Some of them are bent towards what reaches the kernel:
 * system calls by both instructions, loads of segments, odd flags.
 *
 *     hostile_random programs SEED COUNT
 *     hostile_random threads SEED COUNT
 */
#include <megha.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CODE_SIZE   512
#define TURN_MS     8 /* what does not end in that time never will */
#define PATIENCE_MS 20000
#define TOGETHER    8
#define STACK_SIZE  0x1000

static uint32_t state;

static uint32_t next(void)
{
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state;
}

static const struct bend {
    uint8_t size;
    uint8_t bytes[6];
} bends[] = {
    {2, {0xCD, 0x80}},       /* int 0x80 */
    {2, {0x0F, 0x34}},       /* sysenter */
    {1, {0x9D}},             /* popfd */
    {1, {0xCF}},             /* iret */
    {1, {0xCB}},             /* retf */
    {2, {0x8E, 0xD8}},       /* mov ds, eax */
    {2, {0x8E, 0xE0}},       /* mov fs, eax */
    {2, {0x8B, 0xE0}},       /* mov esp, eax */
    {1, {0xFD}},             /* std */
    {2, {0xF3, 0xAA}},       /* rep stosb */
    {2, {0x31, 0xC0}},       /* xor eax, eax */
    {2, {0x6A, 0xFF}},       /* push -1 */
    {2, {0xB0, 0x05}},       /* mov al, 5 */
    {3, {0x0F, 0xAE, 0x00}}, /* fxsave [eax] */
    {2, {0xD9, 0x28}},       /* fldcw [eax] */
    {5, {0x9A, 0, 0, 0, 0}}, /* a far call */
};

static void make_code(uint8_t *code)
{
    bool bent = next() % 2 == 0;

    for (uint32_t i = 0; i < CODE_SIZE; i++)
        code[i] = (uint8_t)(next() >> 11);
    for (uint32_t at = 0; bent && at + sizeof(bends[0].bytes) < CODE_SIZE; at += next() % 12) {
        const struct bend *bend = &bends[next() % (sizeof(bends) / sizeof(bends[0]))];

        memcpy(&code[at], bend->bytes, bend->size);
        at += bend->size;
    }
}

static int start_code(const uint8_t *code)
{
    struct code_order order = {
        .code = (uint32_t)code,
        .code_size = CODE_SIZE,
        .name = (uint32_t) "random",
        .arguments = (uint32_t) "",
        .priority = PRIORITY_NORMAL - 1,
        .quantum_ms = 1,
        .mode = MODE_USER,
    };

    return process_create_code(&order);
}

/* Waits for all of them, and kills those that take too long. Returns whether all have ended. */
static bool end_all(const int *pids, uint32_t count)
{
    struct process_result result;

    for (uint32_t i = 0; i < count; i++)
        if (process_wait(pids[i], &result, i == 0 ? TURN_MS : 1) == ERR_TIMED_OUT)
            process_kill(pids[i]);
    for (uint32_t i = 0; i < count; i++)
        if (process_wait(pids[i], &result, PATIENCE_MS) == ERR_TIMED_OUT)
            return false;
    return true;
}

static int run_programs(uint32_t count)
{
    static uint8_t code[CODE_SIZE];
    uint32_t done = 0;

    while (done < count) {
        int pids[TOGETHER];
        uint32_t started;

        for (started = 0; started < TOGETHER && done < count; started++, done++) {
            make_code(code);
            pids[started] = start_code(code);
            if (pids[started] < 0) {
                printf("WRONG: program %u cannot start: %s\n", (unsigned int)done,
                       error_text(pids[started]));
                return 1;
            }
        }
        if (!end_all(pids, started)) {
            printf("WRONG: of the programs before number %u one does not end\n",
                   (unsigned int)done);
            return 1;
        }
    }
    printf("%u random programs have ended\n", (unsigned int)done);
    return 0;
}

/* Starts threads at random bytes until one of them ends this process. */
static int play_threads(uint32_t count)
{
    uint8_t *code = (uint8_t *)memory_map(CODE_SIZE, ACCESS_READ | ACCESS_WRITE | ACCESS_EXECUTE);

    for (uint32_t i = 0; i < count; i++) {
        make_code(code);
        thread_create((uint32_t)code + next() % CODE_SIZE, next(), next(), STACK_SIZE, MODE_USER);
        thread_yield();
    }
    thread_sleep(TURN_MS);
    return 0;
}

static int run_threads(uint32_t seed, uint32_t count)
{
    for (uint32_t done = 0; done < count; done++) {
        struct process_result result;
        char words[64];
        int pid;

        snprintf(words, sizeof(words), "play %lu %u", (unsigned long)(seed + done), 8u);
        pid = process_create("/apps/hostile_random", words, PRIORITY_NORMAL - 1, 1, MODE_USER);
        if (pid < 0 || process_wait(pid, &result, PATIENCE_MS) != pid) {
            printf("WRONG: the threads of seed %lu do not end\n", (unsigned long)(seed + done));
            return 1;
        }
    }
    printf("%u processes with random threads have ended\n", (unsigned int)count);
    return 0;
}

int main(int count, char **arguments)
{
    uint32_t seed, number;

    if (count != 4) {
        puts("hostile_random programs | threads SEED COUNT");
        return 1;
    }
    seed = strtoul(arguments[2], NULL, 10);
    number = strtoul(arguments[3], NULL, 10);
    state = seed * 2654435761u | 1;
    if (strcmp(arguments[1], "programs") == 0)
        return run_programs(number);
    if (strcmp(arguments[1], "threads") == 0)
        return run_threads(seed, number);
    return play_threads(number);
}
