/*
 * Counts primes: work for the processor that gives it up for nobody. Run it with & and the prompt
 * still answers, because the timer takes the processor away.
 */
#include <lib/divide.h>
#include <megha.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#define BOUND_DEFAULT 100000u
#define BOUND_MAX     100000000u

static bool is_prime(uint32_t number)
{
    if (number % 2 == 0)
        return number == 2;
    for (uint32_t divisor = 3; divisor * divisor <= number; divisor += 2) {
        if (number % divisor == 0)
            return false;
    }
    return number > 1;
}

static uint64_t now_us(void)
{
    uint64_t now = 0;
    clock_now(&now);
    return now;
}

static unsigned long milliseconds(uint64_t microseconds)
{
    return (unsigned long)divide_by_32(microseconds, 1000, NULL);
}

/* How long this program has run so far, and how often it got the processor. */
static struct thread_status so_far(void)
{
    struct thread_status self = {.switches = 0};
    thread_next(process_self()->pid, 0, &self);
    return self;
}

static void print_time(uint64_t elapsed_us, const struct thread_status *before)
{
    struct thread_status now = so_far();
    printf("It took %lu ms, of which this program ran for %lu ms; others had "
           "the processor %lu times in between.\n",
           milliseconds(elapsed_us), milliseconds(now.run_microseconds - before->run_microseconds),
           (unsigned long)(now.switches - before->switches));
}

int main(int count, char **arguments)
{
    char *end = NULL;
    unsigned long bound = count == 2 ? strtoul(arguments[1], &end, 10) : BOUND_DEFAULT;
    uint32_t primes = 0, largest = 0;
    uint64_t start = now_us();
    struct thread_status before = so_far();

    if (count > 2 || (end != NULL && *end != '\0') || bound < 2 || bound > BOUND_MAX) {
        printf("usage: primes [BOUND], from 2 to %lu: counts the primes up to there.\n",
               (unsigned long)BOUND_MAX);
        return EXIT_FAILURE;
    }
    for (uint32_t number = 2; number <= bound; number++) {
        if (is_prime(number)) {
            primes++;
            largest = number;
        }
    }
    printf("There are %lu primes up to %lu; the largest is %lu.\n", (unsigned long)primes, bound,
           (unsigned long)largest);
    print_time(now_us() - start, &before);
    return EXIT_SUCCESS;
}
