/* Between the files of bench. */
#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>
#include <stdint.h>

#define SAMPLES_MAX 1000

/* Called once a sample. What it does is what the row measures. */
typedef void operation(void);

struct row {
    const char *name; /* of build/bench.csv */
    uint32_t goal;    /* guest instructions; 0 for none */
    uint32_t samples; /* up to SAMPLES_MAX */
    uint32_t parts;   /* a sample measures so many of what the name says; 1 or more */
    uint32_t mode;    /* of the thread that measures, MODE_... */
    operation *operation;
    /* Before and after all samples, in the measuring thread. Either may be NULL. `prepare` returns
     * NULL, or says why this row cannot be measured. */
    const char *(*prepare)(void);
    void (*finish)(void);
};

extern const struct row rows[];
extern const uint32_t row_count;

/* A step of an operation that failed: the row is worth nothing then. */
void operation_failed(int error);

/* load.c: what `bench load` does, and the process that it kills. They return main's result. */
int load_run(void);
int load_as_victim(void);

/* operations.asm */
operation operation_empty, operation_null_interrupt, operation_null_stub, operation_yield;
operation operation_module_call;
extern uint32_t module_handle, module_function;
operation operation_message;
extern int32_t message_port;
int partner_loop(void *);
extern volatile uint32_t partner_wanted;
extern const char code_that_yields[], code_that_yields_end[];
extern const char code_that_exits[], code_that_exits_end[];
extern const char code_that_replies[], code_that_replies_end[];

#endif
