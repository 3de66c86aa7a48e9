/* Work that keeps the kernel busy for long: `./build.sh bench` watches how long interrupts are off.
 */
#include "bench.h"

#include <megha.h>
#include <stdio.h>
#include <string.h>

#define MEMORY_SIZE    0x400000
#define SLEEPERS       100
#define SLEEPER_STACK  0x4000
#define SLEEP_MS       20
#define VICTIM_LIVES   50
#define TEXT_SIZE      2000
#define FILE_SIZE_MOST 0x10000

static int sleeper(void *argument)
{
    return thread_sleep((uint32_t)argument);
}

/* All of them wake in the same millisecond. */
static int start_sleepers(int *threads, uint32_t milliseconds)
{
    for (uint32_t i = 0; i < SLEEPERS; i++) {
        threads[i] = thread_start(sleeper, (void *)milliseconds, SLEEPER_STACK,
                                  i % 2 ? MODE_KERNEL : MODE_USER);
        if (threads[i] < 0)
            return threads[i];
    }
    return 0;
}

static int join_sleepers(const int *threads)
{
    int error = 0;

    for (uint32_t i = 0; i < SLEEPERS && error >= 0; i++) {
        int32_t status;

        error = thread_join(threads[i], &status, WAIT_FOREVER);
    }
    return error;
}

static int use_memory(void)
{
    uint32_t address = memory_map(MEMORY_SIZE, ACCESS_READ | ACCESS_WRITE);

    if (address_is_error(address))
        return (int)address;
    memset((void *)address, 1, MEMORY_SIZE);
    return memory_unmap(address, MEMORY_SIZE);
}

static int read_a_file(void)
{
    static char contents[FILE_SIZE_MOST];
    int file = file_find(OWN_PROGRAM);

    return file < 0 ? file : file_read((uint32_t)file, 0, contents, sizeof(contents));
}

static int write_text(void)
{
    static char text[TEXT_SIZE];

    for (uint32_t i = 0; i < TEXT_SIZE; i++)
        text[i] = i % 50 == 49 ? '\n' : '.';
    return console_write_all(text, TEXT_SIZE);
}

/* A process with many threads and much memory, that never ends by itself. */
static int kill_a_victim(void)
{
    struct process_result result;
    int pid = process_create(OWN_PROGRAM, "victim", PRIORITY_NORMAL, QUANTUM_DEFAULT_MS, MODE_USER);
    int error = pid;

    if (pid >= 0)
        error = thread_sleep(VICTIM_LIVES);
    if (error >= 0)
        error = process_kill(pid);
    if (error >= 0)
        error = process_wait(pid, &result, WAIT_FOREVER);
    return error;
}

int load_as_victim(void)
{
    static int threads[SLEEPERS];
    uint32_t address = memory_map(MEMORY_SIZE, ACCESS_READ | ACCESS_WRITE);

    if (!address_is_error(address))
        start_sleepers(threads, WAIT_FOREVER - 1);
    return thread_sleep(WAIT_FOREVER - 1);
}

int load_run(void)
{
    static int threads[SLEEPERS];
    int error = use_memory();

    if (error >= 0)
        error = start_sleepers(threads, SLEEP_MS);
    if (error >= 0)
        error = join_sleepers(threads);
    if (error >= 0)
        error = read_a_file();
    if (error >= 0)
        error = kill_a_victim();
    if (error >= 0)
        error = write_text();
    if (error < 0)
        printf("The load could not be carried: %s.\n", error_text(error));
    return error < 0;
}
