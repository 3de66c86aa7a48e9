/*
 * The stage on which a host and a guest meet (kernel/core/sched/meeting.c): a process with memory,
 * threads, a port, a child and a module, so that every act has something to act upon.
 */
#ifndef STAGE_H
#define STAGE_H

#include <megha.h>
#include <stdbool.h>
#include <string.h>

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

    ENDS_PROCESS = 64, /* a host: a guest of the same process would end before the first point */
    IN_CHILD = 128,    /* a host: the points are those of the child that run() starts */
};

/* The result of a host that found something to be as it must not be. */
#define BROKEN_PROMISE (-63)

/* Errors as bits. */
#define E(name) (1ull << -ERR_##name)
#define WAITS   (E(TIMED_OUT) | E(CANCELLED)) /* of a call that waits */

/* A system call as the host makes it. */
struct host {
    const char *name;
    const char *call;     /* of abi/syscalls.def */
    int (*prepare)(void); /* before it is armed, or NULL; 0 or an error */
    int (*run)(void);
    uint32_t wants;
    uint64_t errors; /* that its documentation allows, beside those of the act */
};

/* What the guest does. */
struct act {
    const char *name;
    void (*run)(void);
    uint32_t wants;
    uint64_t errors; /* that it may cause */
    bool outside;    /* the guest is the director, not a thread of the stage */
};

/* hosts.c, and hosts_messages.c */
extern const struct host hosts[], message_hosts[];
extern const unsigned host_count, message_host_count;

/* All of them by one number; NULL behind the last. */
static inline const struct host *host_at(unsigned index)
{
    if (index < host_count)
        return &hosts[index];
    return index - host_count < message_host_count ? &message_hosts[index - host_count] : NULL;
}

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

static inline void put(char *place, const char *text)
{
    memcpy(place, text, strlen(text) + 1);
}

/* It is that thread whose points count. */
void stage_host_is(int32_t thread);

/* Whether the calls that seem to have no points have none. */
void check_stills(void);

/* What the stage tells the director by events. */
#define TOLD_MET    1
#define TOLD_RESULT 0x10000 /* less a negative result */

/* ---- The director (meet.c) ---------------------------------------------------------------------
 */

struct outcome {
    bool met;
    bool returned; /* the host's call did */
    int result;
    struct process_result end;
};

/* How many have met, and how often something was wrong. */
extern unsigned meetings, wrong;

void canary_start(void);

/* Lets them meet at that point; returns whether they did. */
bool meet(unsigned host, unsigned act, unsigned point);

void complain(const struct host *host, const struct act *act, unsigned point, const char *of);

/* Starts this program to play a part; its pid or an error. */
int start(const char *part, uint32_t mode);

/* Ends the process, whose pid becomes 0. */
void end(int32_t *pid);

/* The stage as `words` say, in a group of its own, with a parent of its own where the act wants
 * that; its pid or an error. */
int32_t start_stage(const struct act *act, const char *words);
void act_from_outside(const struct act *act, struct outcome *outcome);
bool await_end(struct outcome *outcome);

/* What the stage has told, up to now. */
void hear(struct outcome *outcome);
void end_left_over(void);

/* ---- The others (parts.c) ----------------------------------------------------------------------
 */

/* Plays the part that the words name, the first of which is its name. */
int play(char **words);

int message(uint32_t call, int32_t number, uint32_t timeout_ms);

#endif
