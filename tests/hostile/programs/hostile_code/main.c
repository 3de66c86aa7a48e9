/*
 * Runs pieces of machine code that try to hurt the machine, each as a process of its own, and
 * checks how they end.
 *
 *     hostile_code exceptions | privileged | state | ring0 | vectors
 */
#include <megha.h>
#include <megha/check.h>
#include <stdio.h>
#include <string.h>

#include "cases.h"

PROGRAM_RIGHTS(RIGHT_RING0);

/* cases.inc has these numbers as well. */
_Static_assert(KERNEL_STUB_VA == 0xBFFFD000 && PROCESS_INFO_VA == 0xBFFFE000, "change cases.inc");
_Static_assert(PROCESS_STACK_VA_START == 0xBFF00000 && PROCESS_STACK_SIZE == 0x10000,
               "change cases.inc");
_Static_assert((int)CALL_process_exit == 1 && (int)CALL_thread_create == 5 &&
                   (int)ERR_NO_CALL == -2,
               "change cases.inc");

#define PATIENCE_MS 20000

static int start_code(const char *name, const uint8_t *code, uint32_t size, uint32_t mode)
{
    struct code_order order = {
        .code = (uint32_t)code,
        .code_size = size,
        .name = (uint32_t)name,
        .arguments = (uint32_t) "",
        .priority = PRIORITY_NORMAL - 1,
        .quantum_ms = 2,
        .mode = mode,
        .rights = mode == MODE_KERNEL ? RIGHT_RING0 : 0,
    };

    return process_create_code(&order);
}

static bool is_right(const struct process_result *result, uint32_t end)
{
    bool well = result->reason == ENDED_EXIT && result->status == 0;
    bool fault = result->reason == ENDED_FAULT;

    switch (end) {
    case ENDS_WELL:
        return well;
    case ENDS_BY_FAULT:
        return fault;
    case ENDS:
        return well || fault;
    case GP_OR_NOTHING:
        return well || (fault && result->status == 13);
    default:
        return fault && result->status == (int32_t)end;
    }
}

/* Runs one and says what was wrong, if something was. */
static bool run_code(const char *name, const uint8_t *code, uint32_t size, uint32_t mode,
                     uint32_t end)
{
    struct process_result result = {.reason = 0};
    int pid = start_code("code", code, size, mode);
    int waited = pid < 0 ? pid : process_wait(pid, &result, PATIENCE_MS);

    if (waited == ERR_TIMED_OUT) {
        process_kill(pid);
        process_wait(pid, &result, PATIENCE_MS);
        result.reason = 0;
    }
    if (waited == pid && pid > 0 && is_right(&result, end)) {
        if (end == GP_OR_NOTHING && result.reason == ENDED_EXIT)
            printf("IGNORED: %s\n", name);
        return true;
    }
    printf("WRONG: %s: waited %d, reason %u, status %d, expected %u\n", name, waited,
           (unsigned int)result.reason, (int)result.status, (unsigned int)end);
    return false;
}

static int run_cases(const struct code_case *cases, uint32_t mode)
{
    int count = 0, right = 0;

    for (; cases->name != NULL; cases++, count++) {
        char name[NAME_MAX];

        snprintf(name, sizeof(name), "%s", cases->name);
        right += run_code(cases->name, cases->code, (uint32_t)(cases[1].code - cases->code), mode,
                          cases->end);
    }
    printf("%d of %d ended as they had to\n", right, count);
    return right == count ? 0 : 1;
}

/* INT with every number. A program may raise a breakpoint and an overflow, and call the kernel. */
static int run_vectors(void)
{
    int right = 0;

    for (unsigned int vector = 0; vector < 256; vector++) {
        /* mov eax, CALL_process_exit; xor ebx, ebx; int vector; ud2 */
        const uint8_t code[] = {0xB8, CALL_process_exit, 0,    0,   0, 0x31, 0xDB,
                                0xCD, (uint8_t)vector,   0x0F, 0x0B};
        uint32_t end = vector == 3 || vector == 4 ? vector : 13;
        char name[16];

        snprintf(name, sizeof(name), "int %u", vector);
        right += run_code(name, code, sizeof(code), MODE_USER, vector == 0x80 ? ENDS_WELL : end);
    }
    printf("%d of 256 ended as they had to\n", right);
    return right == 256 ? 0 : 1;
}

int main(int count, char **arguments)
{
    const char *what = count > 1 ? arguments[1] : "";

    if (strcmp(what, "exceptions") == 0)
        return run_cases(exception_cases, MODE_USER);
    if (strcmp(what, "privileged") == 0)
        return run_cases(privileged_cases, MODE_USER);
    if (strcmp(what, "state") == 0)
        return run_cases(state_cases, MODE_USER);
    if (strcmp(what, "ring0") == 0)
        return run_cases(ring0_cases, MODE_KERNEL);
    if (strcmp(what, "vectors") == 0)
        return run_vectors();
    puts("hostile_code exceptions | privileged | state | ring0 | vectors");
    return 1;
}
