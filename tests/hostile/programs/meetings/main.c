/*
 * Every preemption point, every neighbour. For each system call (hosts.c), for each of its
 * preemption points and waits, and for each act of a neighbour (acts.c) the director builds a
 * stage, lets the two meet exactly there, and looks at what is left: the result has to be one that
 * the call's documentation allows, all counters have to be as before, and a canary unharmed.
 *
 *     meetings lose POINT                     the one act that needs the shell
 *     meetings [all] [HOST [ACT [POINT]]]     without `all` of many points only some
 *
 * `meetings as PART` is how it starts the others.
 */
#include "stage.h"

#include <megha/counts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

PROGRAM_RIGHTS(RIGHTS_ALL);

#define CANARY_WORDS 4096
#define PATTERN      0x5EED0000u
#define WRONG_MOST   10          /* then it stops: what comes next would only follow from that */
#define NEVER        0xFFFFFFFFu /* a point that is not reached */
#define TOLD_MET     1
#define TOLD_RESULT  0x10000 /* less a negative result */

struct cast cast;

static uint32_t canary[CANARY_WORDS];
static unsigned meetings, wrong;
static bool all;

static int start(const char *part, uint32_t mode)
{
    char words[80];

    snprintf(words, sizeof(words), "as %s", part);
    return process_create(PATH, words, PRIORITY_NORMAL, 5, mode);
}

static void end(int32_t *pid)
{
    struct process_result result;

    if (*pid > 0) {
        process_kill(*pid);
        process_wait(*pid, &result, PATIENT_MS);
    }
    *pid = 0;
}

static bool is_there(int32_t pid)
{
    struct process_status status;

    return pid > 0 && process_next(pid - 1, &status) == pid && status.state != STATE_ENDED;
}

/* What a stage has left to init: all that began after the director is of this test. */
static void end_left_over(void)
{
    struct process_status status;

    for (int pid = process_self()->pid; (pid = process_next(pid, &status)) > 0;)
        if (pid != cast.server)
            process_kill(pid);
}

/* ---- The scene ---------------------------------------------------------------------------------
 */

static void set_scene(uint32_t wants)
{
    module_load("clock", "/modules/clock");
    module_unload("calendar");
    if (wants & WANTS_SERVER && !is_there(cast.server)) {
        end(&cast.server);
        cast.server = start("server", MODE_USER);
        port_find("meetings server", PATIENT_MS);
    }
}

static bool canary_is_well(void)
{
    for (unsigned i = 0; i < CANARY_WORDS; i++)
        if (canary[i] != (PATTERN | i))
            return false;
    return true;
}

static bool counts_settle(const struct memory_info *before)
{
    struct memory_info now = counts_take();

    for (int i = 0; i < 100 && !counts_equal(before, &now); i++) {
        thread_sleep(1);
        now = counts_take();
    }
    return counts_equal(before, &now) || counts_same(before);
}

/* ---- One meeting -------------------------------------------------------------------------------
 */

struct outcome {
    bool met;
    bool returned; /* the host's call did */
    int result;
    struct process_result end;
};

/* What the stage has told, up to now. */
static void hear(struct outcome *outcome)
{
    struct event event;

    while (event_wait(&event, 0) == 0) {
        if (event.kind != EVENT_USER || event.source != cast.stage)
            continue;
        if (event.value == TOLD_MET)
            outcome->met = true;
        if (event.value >= TOLD_RESULT) {
            outcome->returned = true;
            outcome->result = (int)(TOLD_RESULT - event.value);
        }
    }
}

static void act_from_outside(const struct act *act, struct outcome *outcome)
{
    if (test_meeting(MEETING_WAIT, 0, PATIENT_MS) != 0)
        return;
    outcome->met = true;
    act->run();
    test_meeting(MEETING_END, 0, 0);
}

/* The stage tells its pid where its parent is another process. */
static int32_t start_stage(const struct act *act, const char *words)
{
    struct event event = {.kind = 0};
    int32_t pid = start(words, MODE_USER | MODE_NEW_GROUP);

    cast.group = pid;
    cast.parent = 0;
    if (!(act->wants & WANTS_PARENT))
        return pid;
    cast.parent = pid;
    while (event_wait(&event, PATIENT_MS) == 0)
        if (event.kind == EVENT_USER && event.source == pid)
            return (int32_t)event.value;
    return ERR_TIMED_OUT;
}

static bool await_end(struct outcome *outcome)
{
    if (cast.parent == 0)
        return process_wait(cast.stage, &outcome->end, PATIENT_MS) == cast.stage;
    for (int i = 0; i < PATIENT_MS && is_there(cast.stage); i++)
        thread_sleep(1);
    return !is_there(cast.stage);
}

static bool is_allowed(const struct host *host, const struct act *act, int result)
{
    return result >= 0 || (result > -64 && ((host->errors | act->errors) >> -result & 1));
}

static void complain(const struct host *host, const struct act *act, unsigned point, const char *of)
{
    printf("WRONG: %s, %s, point %u: %s\n", host->name, act->name, point, of);
    wrong++;
}

static void judge(const struct host *host, const struct act *act, unsigned point,
                  const struct outcome *outcome)
{
    char text[64];

    if (outcome->returned && !is_allowed(host, act, outcome->result)) {
        snprintf(text, sizeof(text), "%s is no result of this",
                 outcome->result == BROKEN_PROMISE ? "a broken promise"
                                                   : error_name(outcome->result));
        complain(host, act, point, text);
    }
    if (cast.parent == 0 && outcome->end.reason == ENDED_FAULT)
        complain(host, act, point, "the stage had a fault");
    if (!canary_is_well())
        complain(host, act, point, "the canary is not well");
}

/* Returns whether they met. */
static bool meet(unsigned host_index, unsigned act_index, unsigned point)
{
    const struct host *host = &hosts[host_index];
    const struct act *act = &acts[act_index];
    uint32_t wants = host->wants | act->wants;
    struct outcome outcome = {.met = false};
    struct memory_info before;
    char words[64];

    set_scene(wants);
    before = counts_take();
    snprintf(words, sizeof(words), "%s %u %u %u %d", act->wants & WANTS_PARENT ? "parent" : "stage",
             host_index, act_index, point, (int)process_self()->pid);
    cast.client = wants & WANTS_CLIENT ? start("client", MODE_USER) : 0;
    cast.stage = start_stage(act, words);
    if (cast.stage < 0) {
        complain(host, act, point, "the stage could not be started");
        return false;
    }
    if (act->outside)
        act_from_outside(act, &outcome);
    if (!await_end(&outcome)) {
        complain(host, act, point, "the stage does not end");
        process_kill(cast.stage);
    }
    hear(&outcome);
    end(&cast.parent);
    end(&cast.client);
    if (cast.server_was_killed)
        end(&cast.server);
    cast.server_was_killed = false;
    end_left_over();
    test_fail_memory(0);
    judge(host, act, point, &outcome);
    set_scene(wants);
    if (!counts_settle(&before))
        complain(host, act, point, "something is left behind");
    meetings += outcome.met;
    return outcome.met;
}

/* ---- All of them -------------------------------------------------------------------------------
 */

/* Pairs that cannot meet, and why; the rest has to. */
static const struct {
    const char *host, *act; /* NULL: any */
    const char *why;
} apart[] = {
    {"user_thread", NULL, "nothing is mapped for a stack of ring 3"},
};

static const char *why_apart(const struct host *host, const struct act *act)
{
    for (unsigned i = 0; i < sizeof(apart) / sizeof(apart[0]); i++)
        if ((!apart[i].host || strcmp(apart[i].host, host->name) == 0) &&
            (!apart[i].act || strcmp(apart[i].act, act->name) == 0))
            return apart[i].why;
    return NULL;
}

/* All points of a call are tried, or, of many, the first ones and then some. */
static unsigned next_point(unsigned point)
{
    return all || point < 4 ? point + 1 : point + point / 2;
}

static unsigned go_through(unsigned host, unsigned act)
{
    unsigned point = 1, met = 0;

    while (wrong < WRONG_MOST && meet(host, act, point)) {
        met++;
        point = next_point(point);
    }
    if (met == 0 && wrong < WRONG_MOST && !why_apart(&hosts[host], &acts[act]))
        complain(&hosts[host], &acts[act], 0, "they never met");
    return met;
}

static bool fits(const char *name, const char *wanted)
{
    return wanted == NULL || strcmp(name, wanted) == 0;
}

static void direct(const char *host, const char *act, const char *point)
{
    for (unsigned h = 0; h < host_count; h++) {
        unsigned before = meetings;

        if (!fits(hosts[h].name, host))
            continue;
        for (unsigned a = 0; a < act_count; a++) {
            if (!fits(acts[a].name, act) || (hosts[h].ends_process && !acts[a].outside))
                continue;
            if (point)
                meet(h, a, (unsigned)atoi(point));
            else
                go_through(h, a);
        }
        printf("%s (%s): %u meetings\n", hosts[h].name, hosts[h].call, meetings - before);
    }
}

/* ---- The foreground ----------------------------------------------------------------------------
 * Only the shell can take it away, and does so when what was typed has ended. So the first process
 * only starts another director, whose one act is to end the first.
 */

static int be_loser(char **words)
{
    const struct act act = {.name = "lose_foreground", .outside = true};
    struct outcome outcome = {.met = false};
    char stage_words[64];
    unsigned host = 0;

    while (strcmp(hosts[host].name, "read_keys") != 0)
        host++;
    snprintf(stage_words, sizeof(stage_words), "stage %u %u %s %d", host, act_count, words[1],
             (int)process_self()->pid);
    cast.stage = start_stage(&act, stage_words);
    if (test_meeting(MEETING_WAIT, 0, PATIENT_MS) == 0) {
        process_kill(process_self()->parent);
        thread_sleep(10 * MOMENT_MS);
        test_meeting(MEETING_END, 0, 0);
        outcome.met = true;
    }
    await_end(&outcome);
    hear(&outcome);
    printf("point %s: %s, then %s\n", words[1], outcome.met ? "met" : "never met",
           error_name(outcome.result));
    return 0;
}

static int lose_foreground(const char *point)
{
    struct process_result result;
    char words[32];

    snprintf(words, sizeof(words), "loser %s", point);
    return process_wait(start(words, MODE_USER), &result, WAIT_FOREVER);
}

/* ---- The parts of the others -------------------------------------------------------------------
 */

struct stage stage;
static unsigned point_wanted;
static int32_t director;

int message(uint32_t call, int32_t number, uint32_t timeout_ms)
{
    struct message_options options = {.timeout_ms = timeout_ms};
    uint32_t words[MESSAGE_WORDS] = {0};

    return message_exchange(call, number, words, &options);
}

static void arm(uint32_t point)
{
    while (test_meeting(MEETING_ARM, 0, point) == ERR_NOT_FOUND)
        thread_sleep(1); /* the guest does not wait yet */
}

void stage_host_is(int32_t thread)
{
    test_meeting(MEETING_ARM, thread, point_wanted);
}

static int be_guest(void *act)
{
    if (test_meeting(MEETING_WAIT, 0, PATIENT_MS) != 0)
        return 0;
    event_send(director, TOLD_MET);
    ((const struct act *)act)->run();
    return test_meeting(MEETING_END, 0, 0);
}

static int be_sleeper(void *unused)
{
    (void)unused;
    return thread_sleep(10 * MOMENT_MS);
}

static void build(uint32_t wants)
{
    struct thread_status self;

    thread_next(process_self()->pid, 0, &self);
    stage.host_thread = self.id;
    stage.before = memory_map(PAGE_SIZE, ACCESS_READ | ACCESS_WRITE);
    stage.range = memory_map(RANGE_PAGES * PAGE_SIZE, ACCESS_READ | ACCESS_WRITE);
    stage.after = memory_map(PAGE_SIZE, ACCESS_READ | ACCESS_WRITE);
    stage.port = port_create("stage");
    if (wants & WANTS_SERVER)
        stage.server = port_find("meetings server", PATIENT_MS);
    if (wants & WANTS_CHILD)
        stage.child = start("quiet", MODE_USER);
    if (wants & WANTS_SLEEPER)
        stage.sleeper = thread_start(be_sleeper, NULL, STACK, MODE_USER);
    if (wants & WANTS_MODULE)
        stage.module = module_open("clock");
}

static int be_stage(char **words)
{
    const struct host *host = &hosts[atoi(words[1])];
    static const struct act from_outside = {.outside = true};
    unsigned act_index = (unsigned)atoi(words[2]);
    const struct act *act = act_index < act_count ? &acts[act_index] : &from_outside;
    int result;

    point_wanted = (unsigned)atoi(words[3]);
    director = atoi(words[4]);
    build(host->wants | act->wants);
    if (host->prepare && host->prepare() < 0)
        return 1;
    if (!act->outside)
        thread_start(be_guest, (void *)(uintptr_t)act, STACK, MODE_USER);
    stage.next = memory_map(NEW_PAGES * PAGE_SIZE, ACCESS_READ);
    memory_unmap(stage.next, NEW_PAGES * PAGE_SIZE);
    arm(host->in_child ? NEVER : point_wanted);
    result = host->run();
    test_meeting(MEETING_END, 0, 0);
    test_fail_memory(0);
    event_send(director, (uint32_t)(TOLD_RESULT - (result < 0 ? result : 0)));
    return 0;
}

/* Between the director and the stage. */
static int be_parent(char **words)
{
    struct process_result result;
    char arguments[64];
    int pid;

    snprintf(arguments, sizeof(arguments), "stage %s %s %s %s", words[1], words[2], words[3],
             words[4]);
    pid = start(arguments, MODE_USER);
    event_send(atoi(words[4]), (uint32_t)pid);
    return process_wait(pid, &result, PATIENT_MS);
}

static int be_server(void)
{
    static char room[MESSAGE_SIZE_MAX];
    int32_t port = port_create("meetings server");
    struct message_options options = {
        .timeout_ms = WAIT_FOREVER, .receive = (uint32_t)room, .receive_room = sizeof(room)};
    uint32_t words[MESSAGE_WORDS] = {0};

    while (port > 0) {
        int32_t caller = message_exchange(CALL_message_receive, port, words, &options);

        if (caller > 0)
            message_exchange(CALL_message_reply, caller, words, NULL);
    }
    return port;
}

static int be_client(void)
{
    static char room[64];
    int32_t port = port_find("stage", PATIENT_MS);
    struct message_options options = {
        .timeout_ms = 10 * MOMENT_MS, .receive = (uint32_t)room, .receive_room = sizeof(room)};
    uint32_t words[MESSAGE_WORDS] = {0};

    while (message_exchange(CALL_message_call, port, words, &options) != ERR_NOT_FOUND)
        ;
    return 0;
}

static int play(char **words)
{
    struct event event;

    if (strcmp(words[0], "stage") == 0)
        return be_stage(words);
    if (strcmp(words[0], "loser") == 0)
        return be_loser(words);
    if (strcmp(words[0], "parent") == 0)
        return be_parent(words);
    if (strcmp(words[0], "server") == 0)
        return be_server();
    if (strcmp(words[0], "client") == 0)
        return be_client();
    if (strcmp(words[0], "quiet") == 0)
        return event_wait(&event, PATIENT_MS);
    return 0; /* quick */
}

int main(int count, char **words)
{
    if (count > 2 && strcmp(words[1], "as") == 0)
        return play(&words[2]);
    if (test_meeting(MEETING_END, 0, 0) == ERR_NOT_ALLOWED)
        return puts("meetings: this kernel is not the checked one"), 1;
    if (count > 2 && strcmp(words[1], "lose") == 0)
        return lose_foreground(words[2]);
    all = count > 1 && strcmp(words[1], "all") == 0;
    if (all) {
        words++;
        count--;
    }
    for (unsigned i = 0; i < CANARY_WORDS; i++)
        canary[i] = PATTERN | i;
    if (count == 1) {
        module_load("clock", "/modules/clock");
        wrong += check_stills();
        end_left_over();
    }
    direct(count > 1 ? words[1] : NULL, count > 2 ? words[2] : NULL, count > 3 ? words[3] : NULL);
    end(&cast.server);
    printf("meetings: %u of %u calls with %u acts, %u wrong\n", meetings, host_count, act_count,
           wrong);
    return wrong != 0;
}
