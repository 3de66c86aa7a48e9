/* Processes from plain machine code in a buffer. */
#include <megha.h>
#include <megha/check.h>
#include <megha/counts.h>
#include <string.h>

#define HELD (RIGHT_RING0 | RIGHT_KILL_ANY)
PROGRAM_RIGHTS(HELD);

#define RW                (ACCESS_READ | ACCESS_WRITE)
#define VECTOR_BREAKPOINT 3
#define KERNEL            0xC0100000u

/* In code.asm. */
extern const uint8_t code_report[], code_report_end[], code_exit[], code_exit_end[];

static struct code_order order(const void *code, uint32_t size, uint32_t mode)
{
    return (struct code_order){
        .code = (uint32_t)code,
        .code_size = size,
        .name = (uint32_t) "code",
        .arguments = (uint32_t) "",
        .priority = PRIORITY_NORMAL,
        .quantum_ms = QUANTUM_DEFAULT_MS,
        .mode = mode,
        .rights = mode == MODE_KERNEL ? RIGHT_RING0 : 0,
    };
}

static struct process_result wait_for(int pid)
{
    struct process_result result = {.reason = 0};
    if (pid > 0)
        process_wait(pid, &result, WAIT_FOREVER);
    return result;
}

static struct process_result run(const void *code, uint32_t size, uint32_t mode)
{
    struct code_order given = order(code, size, mode);
    return wait_for(process_create_code(&given));
}

/* The next value that the process sends. */
static uint32_t receive(int pid)
{
    struct event event;
    while (event_wait(&event, 5000) == 0) {
        if (event.kind == EVENT_USER && event.source == pid)
            return event.value;
    }
    return 0;
}

static void check_first_instruction(uint32_t mode)
{
    uint32_t ring = mode == MODE_KERNEL ? 0 : 3;
    struct code_order given = order(code_report, (uint32_t)(code_report_end - code_report), mode);
    int pid = process_create_code(&given);
    check(pid > 0, mode == MODE_USER ? "code runs in ring 3" : "code runs in ring 0");
    check(receive(pid) == PROCESS_STACK_VA_START, "ESP is the top of its stack");
    check(receive(pid) == 1, "EBP is 0");
    uint32_t cs = receive(pid), ss = receive(pid);
    check(cs > 3 && (cs & 3) == ring && ss > 3 && (ss & 3) == ring, "CS and SS are of its ring");
    check(receive(pid) == 2, "ESI is 0");
    struct process_result result = wait_for(pid);
    check(result.reason == ENDED_EXIT && result.status == 5, "it ends with its status");
}

static void check_sizes(void)
{
    static const uint8_t breakpoint = 0xCC;
    uint32_t exit_size = (uint32_t)(code_exit_end - code_exit);
    uint8_t *large = (uint8_t *)memory_map(CODE_SIZE_MAX + 1, RW);
    uint32_t distance = CODE_SIZE_MAX - exit_size - 5;

    struct process_result result = run(&breakpoint, 1, MODE_USER);
    check(result.reason == ENDED_FAULT && result.status == VECTOR_BREAKPOINT, "one byte is enough");
    large[0] = 0xE9; /* jmp to the end of the code */
    memcpy(large + 1, &distance, sizeof(distance));
    memcpy(large + CODE_SIZE_MAX - exit_size, code_exit, exit_size);
    check(run(large, CODE_SIZE_MAX, MODE_USER).status == 42, "CODE_SIZE_MAX bytes are taken whole");
    check(run(large, CODE_SIZE_MAX, MODE_KERNEL).status == 42, "also in ring 0");
    struct code_order given = order(large, CODE_SIZE_MAX + 1, MODE_USER);
    check_error(process_create_code(&given), ERR_INVALID, "a byte more is refused");
    given.code_size = 0;
    check_error(process_create_code(&given), ERR_INVALID, "no byte is refused");
    given.code_size = UINT32_MAX;
    check_error(process_create_code(&given), ERR_INVALID, "4 GiB are refused");
    given = order(large + CODE_SIZE_MAX - PAGE_SIZE + 1, 2 * PAGE_SIZE, MODE_USER);
    check_error(process_create_code(&given), ERR_BAD_ADDRESS, "code that ends behind the memory");
    memory_unmap((uint32_t)large, CODE_SIZE_MAX + 1);
}

static void check_pointers(void)
{
    struct code_order good = order(code_exit, (uint32_t)(code_exit_end - code_exit), MODE_USER);
    struct code_order given = good;
    given.code = 0;
    check_error(process_create_code(&given), ERR_BAD_ADDRESS, "code at 0");
    given.code = KERNEL;
    check_error(process_create_code(&given), ERR_BAD_ADDRESS, "code in the kernel");
    given.code = UINT32_MAX - 4;
    check_error(process_create_code(&given), ERR_BAD_ADDRESS, "code at the end of all addresses");
    given = good;
    given.name = 0;
    check_error(process_create_code(&given), ERR_BAD_ADDRESS, "a name at 0");
    given = good;
    given.arguments = KERNEL;
    check_error(process_create_code(&given), ERR_BAD_ADDRESS, "arguments in the kernel");
    check_error(process_create_code(NULL), ERR_BAD_ADDRESS, "an order at 0");
    check_error(process_create_code((struct code_order *)(KERNEL - 4)), ERR_BAD_ADDRESS,
                "an order that reaches into the kernel");
}

static void check_texts_and_numbers(void)
{
    static char text[ARGUMENTS_MAX + 1];
    struct code_order good = order(code_exit, (uint32_t)(code_exit_end - code_exit), MODE_USER);
    struct code_order given = good;

    memset(text, 'x', sizeof(text) - 1);
    given.name = (uint32_t)text;
    check_error(process_create_code(&given), ERR_TOO_LONG, "a name that is too long");
    given = good;
    given.arguments = (uint32_t)text;
    check_error(process_create_code(&given), ERR_TOO_LONG, "arguments that are too long");
    given = good;
    given.priority = PRIORITY_LEVELS;
    check_error(process_create_code(&given), ERR_INVALID, "a priority that is none");
    given.priority = PRIORITY_NORMAL + 1;
    check_error(process_create_code(&given), ERR_NOT_ALLOWED, "a priority above the creator's");
    given = good;
    given.quantum_ms = QUANTUM_MAX_MS + 1;
    check_error(process_create_code(&given), ERR_INVALID, "a quantum that is too long");
    given = good;
    given.mode = 7;
    check_error(process_create_code(&given), ERR_INVALID, "a ring that is none");
}

static uint32_t rights_given(uint32_t named, uint32_t mode)
{
    struct process_status status = {.rights = 0xFF};
    struct code_order given = order(code_exit, (uint32_t)(code_exit_end - code_exit), mode);
    given.rights = named;
    int pid = process_create_code(&given);
    if (pid < 0)
        return (uint32_t)pid;
    process_next(pid - 1, &status);
    wait_for(pid);
    return status.rights;
}

static void check_rights(void)
{
    check(rights_given(0, MODE_USER) == 0, "code has no rights of itself");
    check(rights_given(RIGHTS_ALL, MODE_USER) == HELD, "but those that are named and held");
    check(rights_given(RIGHT_KILL_ANY, MODE_USER) == RIGHT_KILL_ANY, "no more than are named");
    check(rights_given(RIGHTS_ALL, MODE_USER | MODE_WITHHOLD(RIGHT_RING0)) == RIGHT_KILL_ANY,
          "nor those that are withheld");
    check(rights_given(RIGHT_KILL_ANY, MODE_KERNEL) == (uint32_t)ERR_NOT_ALLOWED,
          "ring 0 has to be named");
}

int main(void)
{
    check_sizes();
    struct memory_info before = counts_take();
    check_first_instruction(MODE_USER);
    check_first_instruction(MODE_KERNEL);
    check_sizes();
    check_pointers();
    check_texts_and_numbers();
    check_rights();
    check(counts_same(&before), "and nothing of them is left");
    return check_result();
}
