/* Between the files of bench. */
#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>
#include <stdint.h>

#define SAMPLES_MAX 1000
#define ROWS_MAX    32

/* Called once a sample. What it does is what the row measures. */
typedef void operation(void);

/* The least that a row can cost: so many of what a bare handler does, which is measured in the same
 * run, and copying so many times four bytes. */
struct floor {
    uint16_t calls, switches, pages, words;
};

struct row {
    const char *name; /* of build/bench.csv; NULL for what is no row, but a part of a floor */
    uint32_t goal;    /* guest instructions; 0 for none */
    uint32_t samples; /* up to SAMPLES_MAX */
    uint32_t parts;   /* a sample measures so many of what the name says; 1 or more */
    uint32_t mode;    /* of the thread that measures, MODE_... */
    operation *operation;
    /* Before and after all samples, in the measuring thread. Either may be NULL. `prepare` returns
     * NULL, or says why this row cannot be measured. */
    const char *(*prepare)(void);
    void (*finish)(void);
    struct floor floor; /* none where it is all 0 */
    bool crowded;       /* also measured among crowds: it must not cost more then */
};

extern const struct row rows[];
extern const uint32_t row_count;

/* So many threads, or processes, that sleep while a row is measured. */
enum crowd_kind { CROWD_THREADS, CROWD_PROCESSES, CROWD_OWN_THREADS };

struct crowd {
    uint32_t size;
    enum crowd_kind kind;
};

/* crowd.c: returns NULL once all of them live, or says why they cannot. After it, crowd_leave;
 * but our own threads stay until we end. */
const char *crowd_gather(const struct crowd *crowd);
void crowd_leave(void);

/* What a process that was started as "crowd" or "crowd N" does. Returns main's result. */
int crowd_live(uint32_t threads);

/* rows.c */
void check(int result);
uint32_t own_priority(void);
int start_code(const char *code, const char *end);
void wait_for(int pid);

/* The processes "server" and "echo" of rows.c. They return main's result. */
int serve_bytes(void);
int echo_events(void);

/* A step of an operation that failed: the row is worth nothing then. */
void operation_failed(int error);

/* floors.c: puts the bare handlers up for the operations below, which the calling thread in ring 0
 * measures next, and takes them down. Returns NULL, or says why there can be no floors. */
const char *floors_prepare(void);
void floors_finish(void);

/* load.c: what `bench load` does, and the process that it kills. They return main's result. */
int load_run(void);
int load_as_victim(void);

/* operations.asm */
operation operation_empty, operation_null_interrupt, operation_null_stub, operation_yield;
operation operation_module_call;
extern uint32_t module_handle, module_function;
operation operation_message;
extern int32_t message_port;
operation operation_bare_call, operation_bare_switch, operation_bare_page;
extern const char bare_handler[];
extern uint32_t bare_frame[1024];
int partner_loop(void *);
extern volatile uint32_t partner_wanted;
extern const char code_that_yields[], code_that_yields_end[];
extern const char code_that_sleeps[], code_that_sleeps_end[];
extern const char code_that_exits[], code_that_exits_end[];
extern const char code_that_replies[], code_that_replies_end[];

#endif
