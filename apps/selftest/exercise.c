#include "exercise.h"

#include <megha.h>
#include <stdbool.h>

#define YIELDS      1000
#define SPIN_US     30000u /* thirty timer ticks */
#define SPIN_TURNS  20000u
#define STACK_WORDS 64

static uint32_t read_cr3(void)
{
    uint32_t cr3;
    __asm__ volatile("mov %%cr3, %0" : "=r"(cr3));
    return cr3;
}

/* The value of a word in a round: different in each word, round, ring and process. */
static uint32_t pattern(const struct exercise *exercise, uint32_t round, uint32_t word)
{
    uint32_t own = (uint32_t)process_self()->pid * 4 + exercise->ring;
    return own * 0x9E3779B9u ^ round * 0x85EBCA6Bu ^ word * 0xC2B2AE35u;
}

static void fill(const struct exercise *exercise, uint32_t round, volatile uint32_t *words,
                 uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        words[i] = pattern(exercise, round, i);
}

static bool holds(const struct exercise *exercise, uint32_t round, const volatile uint32_t *words,
                  uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (words[i] != pattern(exercise, round, i))
            return false;
    }
    return true;
}

/* One round: known contents, then a yield or a stretch of spinning, then a look at everything. */
static enum exercise_result run_round(struct exercise *exercise, uint32_t round, bool spin)
{
    volatile uint32_t stack[STACK_WORDS];
    uint32_t cr3 = exercise->ring == 0 ? read_cr3() : 0;

    fill(exercise, round, stack, STACK_WORDS);
    fill(exercise, round, exercise->data, EXERCISE_WORDS);
    int kept =
        spin ? registers_survive_spin(SPIN_TURNS) : registers_survive_call(CALL_thread_yield);
    if (ring_now() != exercise->ring)
        return EXERCISE_RING;
    if (!kept)
        return EXERCISE_REGISTERS;
    if (!holds(exercise, round, stack, STACK_WORDS))
        return EXERCISE_STACK;
    if (!holds(exercise, round, exercise->data, EXERCISE_WORDS))
        return EXERCISE_DATA;
    if (exercise->ring == 0 && read_cr3() != cr3)
        return EXERCISE_SPACE;
    return EXERCISE_FINE;
}

int exercise_run(void *argument)
{
    struct exercise *exercise = argument;
    enum exercise_result result = EXERCISE_FINE;
    uint64_t start = 0, now = 0;

    if (ring_now() != exercise->ring)
        return EXERCISE_RING;
    for (uint32_t round = 0; round < YIELDS && result == EXERCISE_FINE; round++)
        result = run_round(exercise, round, false);
    clock_now(&start);
    now = start;
    for (uint32_t round = 0; now - start < SPIN_US && result == EXERCISE_FINE; round++) {
        result = run_round(exercise, round, true);
        clock_now(&now);
    }
    return (int)result;
}

const char *exercise_text(int result)
{
    switch (result) {
    case EXERCISE_RING:
        return "it ran in another ring";
    case EXERCISE_REGISTERS:
        return "a register changed";
    case EXERCISE_STACK:
        return "the contents of its stack changed";
    case EXERCISE_DATA:
        return "the data of its process changed";
    case EXERCISE_SPACE:
        return "CR3 changed";
    case EXERCISE_THREAD:
        return "a thread could not be started or joined";
    default:
        return "it did not run to its end";
    }
}
