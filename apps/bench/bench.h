/* Between the files of bench. */
#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>
#include <stdint.h>

#define SAMPLES_MAX 1000
#define ROWS_MAX    32
#define OWN_PROGRAM "/apps/bench"

/* Called once a sample. What it does is what the row measures. */
typedef void operation(void);

/* The least that a row can cost: so many of what a bare handler does, which is measured in the same
 * run, copying so many times four bytes, and so many accesses to ports. */
struct floor {
    uint16_t calls, switches, pages, words, ports;
};

struct row {
    const char *name; /* of build/bench.csv; NULL for what is no row, but a part of a floor */
    uint32_t goal;    /* guest instructions; 0 for none */
    uint32_t samples; /* up to SAMPLES_MAX */
    uint32_t parts;   /* a sample measures so many of what the name says; 1 or 2 */
    uint32_t mode;    /* of the thread that measures, MODE_... */
    operation *operation;
    /* In place of `operation`, where a sample is not the time from its call to its return: takes
     * one and returns it. */
    uint32_t (*sample)(void);
    /* Before each sample, and not measured. May be NULL. */
    void (*before)(void);
    /* Before and after all samples, in the measuring thread. Either may be NULL. `prepare` returns
     * NULL, or says why this row cannot be measured; then there is no `finish`. */
    const char *(*prepare)(void);
    void (*finish)(void);
    struct floor floor; /* none where it is all 0 */
    bool idles;         /* idle time counts in it, which differs from crowd to crowd */
    bool crowded;       /* measured in crowds of every size, not only in the largest */
};

extern const struct row rows[];
extern const uint32_t row_count;

/* So many threads, or processes, that sleep while a row is measured. */
enum crowd_kind { CROWD_THREADS, CROWD_PROCESSES, CROWD_OWN_THREADS };

struct crowd {
    uint32_t size;
    enum crowd_kind kind;
};

/* For tools/bench_events.c, which watches the machine from outside: instructions that change
 * nothing but flags. A sample lies between MARK_START and MARK_END. */
#define MARK(number) __asm__ volatile("testl %0, %%eax" : : "i"(0x4D454700 + (number)) : "cc")
#define MARK_ROW     0
#define MARK_START   1
#define MARK_END     2

#define MARK_ROW_OF_TWO 3 /* parts */
#define MARK_ROW_END    4

static inline uint32_t time_stamp(void)
{
    uint32_t low;

    __asm__ volatile("rdtsc" : "=a"(low) : : "edx", "memory");
    return low;
}

/* main.c: what one call of it takes, with what lies between the two readings. */
uint32_t time_of(operation *function);

/* Takes all events that wait for us. */
void forget_events(void);

/* crowd.c: returns NULL once all of them live, or says why they cannot. After it, crowd_leave;
 * but our own threads stay until we end. */
const char *crowd_gather(const struct crowd *crowd);
void crowd_leave(void);

/* What a process that was started as "crowd" or "crowd N" does. Returns main's result. */
int crowd_live(uint32_t threads);

/* A step of an operation that failed: the row is worth nothing then. */
void operation_failed(int error);

static inline void check(int result)
{
    if (result < 0)
        operation_failed(result);
}

/* partners.c: threads and processes that a row needs beside the measuring thread. One at a time;
 * `partner` is its id or pid. Those that start one return NULL, or say why they cannot. */
extern int32_t partner;
extern uint32_t priority; /* ours, which who started us has chosen; before rows are measured: */
void find_own_priority(void);
/* A process from machine code, in ring 3. Returns the pid or an error. */
int start_code(const char *code, const char *end);
void wait_for(int pid);
const char *start_thread_partner(void);
void end_thread_partner(void);
const char *start_process_partner(void);
const char *start_server(void);
const char *start_byte_server(void);
const char *start_echo(void);
/* bench itself, with that argument, which main.c knows. */
const char *start_bench_as(const char *argument, uint32_t with_priority, uint32_t mode);
void end_process_partner(void);
void exchange_16(void);
void exchange_4096(void);
void wake_and_be_woken(void);
/* What the processes "partner", "server" and "echo" do. They return main's result. */
int yield_for_long(void);
int serve_bytes(void);
int echo_events(void);

/* keys.c: a key from the keyboard's interrupt to a program that waits for it. */
const char *keys_prepare(void);
uint32_t keys_sample(void);
void keys_finish(void);
/* What the process "keys" does. Returns main's result. */
int press_keys(void);

/* floors.c: puts the bare handlers up for the operations below, which the calling thread in ring 0
 * measures next, and takes them down. Returns NULL, or says why there can be no floors. */
const char *floors_prepare(void);
void floors_finish(void);

/* load.c: what `bench load` does, and the process that it kills. They return main's result. */
int load_run(void);
int load_as_victim(void);

/* storm.c: what `bench storm` does, only the part of that name if it is not NULL; what `bench
 * crashes` does; and what a process does that was started as "storm ROLE FIRST SECOND". They return
 * main's result. */
int storm_run(const char *only);
int storm_of_crashes(void);
int storm_play(const char *role, uint32_t first, uint32_t second);

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
extern const char code_that_naps[], code_that_naps_end[];
extern const char code_that_exits[], code_that_exits_end[];
extern const char code_that_replies[], code_that_replies_end[];

#endif
