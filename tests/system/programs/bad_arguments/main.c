/* Each system call with arguments that are out of range: it names the error, and nothing happens.
 */
#include <megha.h>
#include <megha/check.h>
#include <string.h>

PROGRAM_RIGHTS(RIGHT_RING0);

#define PATH    "/apps/bad_arguments"
#define KERNEL  ((void *)0xC0100000)
#define LAST    ((void *)0xFFFFFFFC)
#define NOWHERE 9999
#define RW      (ACCESS_READ | ACCESS_WRITE)

/* Text, and read-only: not to be written by the kernel either. */
static const char read_only[64] = "read only";

static int create(const char *path, const char *arguments, uint32_t priority, uint32_t quantum,
                  uint32_t mode)
{
    return process_create(path, arguments, priority, quantum, mode);
}

static void check_create(void)
{
    static char longest[ARGUMENTS_MAX + 1];
    memset(longest, 'a', ARGUMENTS_MAX);
    check_error(create(NULL, "", 0, 10, MODE_USER), ERR_BAD_ADDRESS, "create: no path");
    check_error(create(KERNEL, "", 0, 10, MODE_USER), ERR_BAD_ADDRESS, "create: a kernel address");
    check_error(create(PATH, NULL, 0, 10, MODE_USER), ERR_BAD_ADDRESS, "create: no arguments");
    check_error(create(PATH, LAST, 0, 10, MODE_USER), ERR_BAD_ADDRESS, "create: the last address");
    check_error(create(longest, "", 0, 10, MODE_USER), ERR_TOO_LONG, "create: a long path");
    check_error(create(PATH, longest, 0, 10, MODE_USER), ERR_TOO_LONG, "create: long arguments");
    check_error(create("/apps/none", "", 0, 10, MODE_USER), ERR_NOT_FOUND, "create: no such file");
    check_error(create("", "", 0, 10, MODE_USER), ERR_NOT_FOUND, "create: an empty path");
    check_error(create(PATH, "", PRIORITY_LEVELS, 10, MODE_USER), ERR_INVALID,
                "create: a priority too high");
    check_error(create(PATH, "", 0, QUANTUM_MAX_MS + 1, MODE_USER), ERR_INVALID,
                "create: a quantum too long");
    check_error(create(PATH, "", 0, 10, 2), ERR_INVALID, "create: an unknown mode");
}

static void check_wait(void)
{
    struct process_result result;
    check_error(process_wait(NOWHERE, &result, 0), ERR_NO_CHILD, "wait: no such child");
    check_error(process_wait(-1, &result, 0), ERR_NO_CHILD, "wait: a negative pid");
    check_error(process_wait(1, &result, 0), ERR_NO_CHILD, "wait: somebody else's child");
    check_error(process_wait(process_self()->pid, &result, 0), ERR_NO_CHILD, "wait: oneself");
    check_error(process_kill(NOWHERE), ERR_NOT_FOUND, "kill: no such process");
    check_error(process_kill(0), ERR_NOT_FOUND, "kill: process number 0");
    check_error(process_kill(-1), ERR_NOT_FOUND, "kill: a negative pid");
    check_error(process_kill(1), ERR_NOT_ALLOWED, "kill: init");
    check_error(process_kill(process_self()->parent), ERR_NOT_ALLOWED, "kill: the parent");
}

static void check_threads(void)
{
    int32_t status;
    uint32_t entry = (uint32_t)check_threads;
    check_error(thread_create(entry, 0, 0, 0, MODE_USER), ERR_INVALID, "thread: no stack");
    check_error(thread_create(0, 0, 0, STACK_SIZE_MIN, MODE_USER), ERR_BAD_ADDRESS,
                "thread: no function");
    check_error(thread_create((uint32_t)KERNEL, 0, 0, STACK_SIZE_MIN, MODE_KERNEL), ERR_BAD_ADDRESS,
                "thread: a function of the kernel");
    check_error(thread_create(entry, 0, 0, STACK_SIZE_MAX + 1, MODE_USER), ERR_INVALID,
                "thread: a stack too large");
    check_error(thread_create(entry, 0, 0, 0xFFFFFFFF, MODE_USER), ERR_INVALID,
                "thread: a stack of all sizes");
    check_error(thread_create(entry, 0, 0, STACK_SIZE_MIN, 2), ERR_INVALID,
                "thread: an unknown mode");
    check_error(thread_join(NOWHERE, &status, 0), ERR_NOT_FOUND, "join: no such thread");
    check_error(thread_join(-1, &status, 0), ERR_NOT_FOUND, "join: a negative id");
}

static void check_memory(void)
{
    char local;
    uint32_t stack_page = (uint32_t)&local / PAGE_SIZE * PAGE_SIZE;
    uint32_t code_page = (uint32_t)check_memory / PAGE_SIZE * PAGE_SIZE;
    uint32_t memory = memory_map(PAGE_SIZE, RW);
    check_error((int)memory_map(0, RW), ERR_INVALID, "map: no size");
    check_error((int)memory_map(PAGE_SIZE, 8), ERR_INVALID, "map: unknown rights");
    check_error((int)memory_map(PAGE_SIZE, RW | 0x80000000), ERR_INVALID, "map: more of them");
    check_error(memory_unmap(memory, 0), ERR_INVALID, "unmap: no size");
    check_error(memory_unmap(memory + 1, PAGE_SIZE), ERR_INVALID, "unmap: an odd address");
    check_error(memory_unmap(memory + PAGE_SIZE * 16, PAGE_SIZE), ERR_INVALID, "unmap: nothing");
    check_error(memory_unmap(memory, 0xFFFFFFFF), ERR_INVALID, "unmap: far too much");
    check_error(memory_unmap(stack_page, PAGE_SIZE), ERR_INVALID, "unmap: the stack");
    check_error(memory_unmap(code_page, PAGE_SIZE), ERR_INVALID, "unmap: the program");
    check_error(memory_unmap(PROCESS_INFO_VA, PAGE_SIZE), ERR_INVALID, "unmap: the information");
    check_error(memory_unmap((uint32_t)KERNEL, PAGE_SIZE), ERR_INVALID, "unmap: the kernel");
    check_error(memory_unmap(0, PAGE_SIZE), ERR_INVALID, "unmap: page 0");
    check_error(memory_unmap(memory, PAGE_SIZE), 0, "unmap: what was mapped");
    check_error(memory_info(NULL), ERR_BAD_ADDRESS, "info: nowhere");
    check_error(memory_info((struct memory_info *)(uintptr_t)read_only), ERR_BAD_ADDRESS,
                "info: to memory that is read-only");
}

/* A buffer of which the first page is there and the second is not. */
static void check_edge(void)
{
    uint32_t memory = memory_map(2 * PAGE_SIZE, RW);
    memory_unmap(memory + PAGE_SIZE, PAGE_SIZE);
    char *edge = (char *)memory + PAGE_SIZE - 4;
    memset(edge, 'e', 4);
    check_error(console_write(edge, 5), ERR_BAD_ADDRESS, "write: over the edge of memory");
    check_error(file_read(0, 0, edge, 5), ERR_BAD_ADDRESS, "read: over the edge of memory");
    check(file_read(0, 0, edge, 4) == 4, "read: up to the edge");
    check_error(clock_now((uint64_t *)edge), ERR_BAD_ADDRESS, "clock: over the edge of memory");
    memset(edge, 'e', 4);
    check_error(file_find(edge), ERR_BAD_ADDRESS, "find: a path that runs over the edge");
    memory_unmap(memory, PAGE_SIZE);
    check_error(file_find(edge), ERR_BAD_ADDRESS, "find: a path in memory that is gone");
}

static void check_rest(void)
{
    char buffer[4];
    struct file_info info;
    check_error(console_write(NULL, 1), ERR_BAD_ADDRESS, "write: from nowhere");
    check_error(console_write(KERNEL, 4), ERR_BAD_ADDRESS, "write: from the kernel");
    check_error(console_write("x", 0xFFFFFFFF), ERR_INVALID, "write: all memory");
    check_error(console_read(buffer, 0, 0), ERR_INVALID, "keys: none");
    check_error(console_read(KERNEL, 4, 0), ERR_BAD_ADDRESS, "keys: to the kernel");
    check_error(file_info(NOWHERE, &info), ERR_NOT_FOUND, "file: a number too large");
    check_error(file_info(0xFFFFFFFF, &info), ERR_NOT_FOUND, "file: the largest number");
    check_error(file_info(0, NULL), ERR_BAD_ADDRESS, "file: to nowhere");
    check_error(file_find(NULL), ERR_BAD_ADDRESS, "find: no path");
    check_error(file_read(NOWHERE, 0, buffer, 4), ERR_NOT_FOUND, "read: no such file");
    check_error(file_read(0, 0, KERNEL, 4), ERR_BAD_ADDRESS, "read: to the kernel");
    check_error(file_read(0, 0, (char *)(uintptr_t)read_only, 4), ERR_BAD_ADDRESS,
                "read: to memory that is read-only");
    check_error(clock_now(NULL), ERR_BAD_ADDRESS, "clock: to nowhere");
    check_error(power(0), ERR_INVALID, "power: nothing");
    check_error(power(NOWHERE), ERR_INVALID, "power: something unknown");
    check(memcmp(read_only, "read only", 10) == 0, "read-only memory is as it was");
}

static int32_t call(uint32_t number)
{
    int32_t result;
    __asm__ volatile("int $0x80"
                     : "=a"(result)
                     : "a"(number), "b"(0), "c"(0), "d"(0), "S"(0), "D"(0)
                     : "memory");
    return result;
}

static void check_numbers(void)
{
    static const uint32_t numbers[] = {1000,       4095,       65535,     65536,
                                       0x7FFFFFFF, 0x80000000, 0xFFFFFFFF};
    bool right = true;
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        right = call(numbers[i]) == ERR_NO_CALL && right;
    check(right, "a number without a call is told");
    check_error(call(CALL_null), 0, "the call that does nothing does it");
}

int main(void)
{
    check_create();
    check_wait();
    check_threads();
    check_memory();
    check_edge();
    check_rest();
    check_numbers();
    return check_result();
}
