/*
 * The stage on which a host and a guest meet (kernel/core/sched/meeting.c): a process with memory,
 * threads, a port, a child and a module, so that every act has something to act upon.
 */
#ifndef STAGE_H
#define STAGE_H

#include <megha.h>
#include <stdbool.h>

#define PATH       "/apps/meetings"
#define MOMENT_MS  3
#define PATIENT_MS 3000
#define STACK      0x4000

#define RANGE_PAGES 70 /* so that taking it out has preemption points */
#define NEW_PAGES   36 /* more than are changed between two points */

/* What a part of the stage is there for; it is built only where a call or an act wants it. */
enum {
    WANTS_SERVER = 1, /* a process that replies to what comes to its port */
    WANTS_CLIENT = 2, /* a process that calls the stage's port again and again */
    WANTS_CHILD = 4,  /* a child of the stage that waits for an event */
    WANTS_SLEEPER = 8,
    WANTS_MODULE = 16,
    WANTS_PARENT = 32, /* the stage's parent is not the director */
};

/* The result of a host that found something to be as it must not be. */
#define BROKEN_PROMISE (-63)

/* Errors as bits. */
#define E(name) (1ull << -ERR_##name)

/* A system call as the host makes it. */
struct host {
    const char *name;
    const char *call;     /* of abi/syscalls.def */
    int (*prepare)(void); /* before it is armed, or NULL; 0 or an error */
    int (*run)(void);
    uint32_t wants;
    uint64_t errors;   /* that its documentation allows, beside those of the act */
    bool ends_process; /* a guest of the same process would end before the first point */
    bool in_child;     /* the points are those of the stage's child, which run() starts */
};

/* What the guest does. */
struct act {
    const char *name;
    void (*run)(void);
    uint32_t wants;
    uint64_t errors; /* that it may cause */
    bool outside;    /* the guest is the director, not a thread of the stage */
};

extern const struct host hosts[];
extern const unsigned host_count;
extern const struct act acts[];
extern const unsigned act_count;

extern struct stage {
    uint32_t before, range, after; /* three regions side by side */
    uint32_t next;                 /* where memory_map will put NEW_PAGES pages */
    int32_t port;                  /* the stage's own */
    int32_t server;                /* the server's port */
    int32_t caller;                /* whose call the host has received */
    int32_t child;
    int32_t sleeper;
    int32_t host_thread;
    int32_t module; /* handle */
} stage;

/* For acts from outside: pids. */
extern struct cast {
    int32_t stage, parent, server, client;
    int32_t group; /* of the stage, and of its parent if that is not the director */
    bool server_was_killed;
} cast;

/* The pointer to the last two bytes of a page of the range: what is longer lies on two pages. */
static inline void *across(void)
{
    return (void *)(stage.range + 2 * PAGE_SIZE - 2);
}

/* It is that thread whose points count. */
void stage_host_is(int32_t thread);

/* Whether the calls that seem to have no points have none; returns how many have. */
unsigned check_stills(void);

int message(uint32_t call, int32_t number, uint32_t timeout_ms);

#endif
