/* One meeting: the director builds a stage, lets host and guest meet, and judges what is left. */
#include "stage.h"

#include <megha/counts.h>
#include <stdio.h>
#include <string.h>

#define CANARY_WORDS 4096
#define PATTERN      0x5EED0000u

struct cast cast;

static uint32_t canary[CANARY_WORDS];
unsigned meetings, wrong;

int start(const char *part, uint32_t mode)
{
    char words[80];

    snprintf(words, sizeof(words), "as %s", part);
    return process_create(PATH, words, PRIORITY_NORMAL, 5, mode);
}

void end(int32_t *pid)
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
void end_left_over(void)
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

void canary_start(void)
{
    for (unsigned i = 0; i < CANARY_WORDS; i++)
        canary[i] = PATTERN | i;
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

void hear(struct outcome *outcome)
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

void act_from_outside(const struct act *act, struct outcome *outcome)
{
    if (test_meeting(MEETING_WAIT, 0, PATIENT_MS) != 0)
        return;
    outcome->met = true;
    act->run();
    test_meeting(MEETING_END, 0, 0);
}

/* The stage tells its pid where its parent is another process. */
int32_t start_stage(const struct act *act, const char *words)
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

bool await_end(struct outcome *outcome)
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

void complain(const struct host *host, const struct act *act, unsigned point, const char *of)
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
bool meet(unsigned host_index, unsigned act_index, unsigned point)
{
    const struct host *host = host_at(host_index);
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
