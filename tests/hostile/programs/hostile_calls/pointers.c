/*
 * Every pointer argument of every call with every bad address: the kernel has to answer
 * BAD_ADDRESS, whatever the other arguments are, unless it finds something else wrong first; and at
 * least once it must not.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

#define PATIENCE_MS 20000
#define MODULE      "clock"
#define OPTION_MS   100 /* a call that takes NULL for "nothing" may wait for ever */

enum verdict { VERDICT_RIGHT, VERDICT_NOT_REACHED, VERDICT_WRONG };

/* Whether that address has to be refused for that argument. */
static bool is_bad(const struct fuzz_call *call, uint32_t argument, uint32_t when)
{
    uint32_t kind = call->arguments[argument].kind;

    switch (when) {
    case BAD_LARGE:
        return kind == FUZZ_TEXT || call->arguments[argument].size > FUZZ_EDGE;
    case BAD_WRITE:
        return kind == FUZZ_OUT;
    default:
        return true;
    }
}

/* Gives every other argument the same value, or good memory. */
static void fill(const struct fuzz_call *call, uint32_t *arguments, uint32_t value)
{
    for (uint32_t i = 0; i < call->count; i++) {
        if (call->arguments[i].kind == FUZZ_TEXT)
            arguments[i] = (uint32_t)fuzz_path;
        else if (fuzz_is_pointer(call, i))
            arguments[i] = (uint32_t)fuzz_page;
        else
            arguments[i] = call->arguments[i].kind == FUZZ_TIME ? 0 : value;
    }
}

/* One address, with many values for the other arguments. */
static enum verdict try_pointer(const struct fuzz_call *call, uint32_t argument,
                                const struct fuzz_pointer *pointer, int32_t port)
{
    const uint32_t values[] = {0, 1, 2, 4, 64, (uint32_t)process_self()->pid, (uint32_t)port};
    enum verdict verdict = VERDICT_NOT_REACHED;

    for (size_t i = 0; i < 2 * sizeof(values) / sizeof(values[0]); i++) {
        uint32_t arguments[FUZZ_ARGUMENTS] = {0};
        int32_t result;

        fill(call, arguments, values[i / 2]);
        arguments[argument] = pointer->address;
        result = i % 2 == 0 ? fuzz_by_interrupt(call->number, arguments)
                            : fuzz_by_stub(call->number, arguments);
        if (result == ERR_BAD_ADDRESS)
            verdict = VERDICT_RIGHT;
        if (pointer->when == BAD_LARGE && result <= FUZZ_EDGE)
            continue; /* so many bytes were asked for */
        if (result > 0 || (result == 0 && call->count == 1))
            return VERDICT_WRONG;
    }
    return verdict;
}

/* Tells what is wrong; returns the worst verdict. */
static enum verdict try_argument(const struct fuzz_call *call, uint32_t argument, bool null)
{
    struct fuzz_pointer pointers[FUZZ_POINTERS_MAX];
    struct process_info before = *process_self();
    uint32_t count = fuzz_bad_pointers(pointers);
    int32_t port = port_create("hostile_calls");
    enum verdict worst = VERDICT_RIGHT;

    for (uint32_t i = 0; i < count; i++) {
        enum verdict verdict;

        if ((pointers[i].when == BAD_OPTION) != null || !is_bad(call, argument, pointers[i].when))
            continue;
        verdict = try_pointer(call, argument, &pointers[i], port);
        if (verdict == VERDICT_NOT_REACHED && pointers[i].when != BAD_ALWAYS)
            verdict = VERDICT_RIGHT;
        if (verdict != VERDICT_RIGHT)
            printf("WRONG: %s, argument %u: %s is %s\n", call->name, (unsigned int)argument,
                   pointers[i].name, verdict == VERDICT_WRONG ? "accepted" : "never looked at");
        if (verdict > worst)
            worst = verdict;
    }
    if (memcmp(&before, process_self(), sizeof(before)) != 0)
        worst = VERDICT_WRONG;
    return worst;
}

int fuzz_pointer_child(char **words)
{
    const struct fuzz_call *call = &fuzz_calls[atoi(words[1])];

    return (int)try_argument(call, (uint32_t)atoi(words[2]), strcmp(words[0], "null") == 0);
}

/* In a process of its own. With NULL a call may wait for ever: then it is killed. */
static bool run_child(const char *part, uint32_t call, uint32_t argument, uint32_t patience_ms)
{
    struct process_result result = {.reason = 0};
    char words[ARGUMENTS_MAX];
    int pid, waited;

    snprintf(words, sizeof(words), "%s %u %u", part, (unsigned int)call, (unsigned int)argument);
    pid = process_create(fuzz_path, words, PRIORITY_NORMAL, QUANTUM_DEFAULT_MS, MODE_USER);
    waited = pid < 0 ? pid : process_wait(pid, &result, patience_ms);
    if (waited == ERR_TIMED_OUT) {
        process_kill(pid);
        return process_wait(pid, &result, PATIENCE_MS) == pid && patience_ms == OPTION_MS;
    }
    if (waited == pid && result.reason == ENDED_EXIT && result.status == VERDICT_RIGHT)
        return true;
    printf("WRONG: %s, argument %u (%s): waited %d, reason %u, status %d\n", fuzz_calls[call].name,
           (unsigned int)argument, part, waited, (unsigned int)result.reason, (int)result.status);
    return false;
}

/* The addresses inside the structure of process_create_code. */
static bool nested_pointers(void)
{
    static const uint8_t code[] = {0x0F, 0x0B};
    struct fuzz_pointer pointers[FUZZ_POINTERS_MAX];
    uint32_t count = fuzz_bad_pointers(pointers);
    bool right = true;

    for (uint32_t i = 0; i < 3 * count; i++) {
        struct code_order order = {.code = (uint32_t)code, .code_size = PAGE_SIZE + 8};
        uint32_t *fields[] = {&order.code, &order.name, &order.arguments};

        order.name = order.arguments = (uint32_t) "";
        if (pointers[i / 3].when == BAD_WRITE)
            continue;
        *fields[i % 3] = pointers[i / 3].address;
        if (process_create_code(&order) == ERR_BAD_ADDRESS)
            continue;
        printf("WRONG: field %u of code_order takes %s\n", (unsigned int)(i % 3),
               pointers[i / 3].name);
        right = false;
    }
    return right;
}

int fuzz_pointers(void)
{
    unsigned int tried = 0, right = 0;

    module_load(MODULE, "/modules/" MODULE); /* so that there is something to tell about modules */
    for (uint32_t call = 0; call < fuzz_call_count; call++) {
        for (uint32_t argument = 0; argument < fuzz_calls[call].count; argument++) {
            if (!fuzz_is_pointer(&fuzz_calls[call], argument))
                continue;
            tried++;
            right += run_child("pointer", call, argument, PATIENCE_MS) &&
                     run_child("null", call, argument, OPTION_MS);
        }
    }
    module_unload(MODULE);
    tried++;
    right += nested_pointers();
    printf("%u of %u pointers are guarded\n", right, tried);
    return right == tried ? 0 : 1;
}
