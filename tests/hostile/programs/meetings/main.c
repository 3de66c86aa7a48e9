/*
 * Every preemption point, every neighbour. For each system call (hosts.c), for each of its
 * preemption points and waits, and for each act of a neighbour (acts.c) the director builds a
 * stage, lets the two meet exactly there, and looks at what is left: the result has to be one that
 * the call's documentation allows, all counters have to be as before, and a canary unharmed.
 *
 *     meetings lose POINT               the one act that needs the shell
 *     meetings all HOST ACT POINT       with these words it does only that; without `all`, of many
 *                                       points only some
 *
 * `meetings as PART` is how it starts the others.
 */
#include "stage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

PROGRAM_RIGHTS(RIGHTS_ALL);

#define WRONG_MOST 10 /* then it stops: what comes next would only follow from that */

static bool all;

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
    if (met == 0 && wrong < WRONG_MOST && !why_apart(host_at(host), &acts[act]))
        complain(host_at(host), &acts[act], 0, "they never met");
    return met;
}

static bool fits(const char *name, const char *wanted)
{
    return wanted == NULL || strcmp(name, wanted) == 0;
}

static void direct(const char *host, const char *act, const char *point)
{
    for (unsigned h = 0; host_at(h); h++) {
        unsigned before = meetings;

        if (!fits(host_at(h)->name, host))
            continue;
        for (unsigned a = 0; a < act_count; a++) {
            if (!fits(acts[a].name, act) || (host_at(h)->wants & ENDS_PROCESS && !acts[a].outside))
                continue;
            if (point)
                meet(h, a, (unsigned)atoi(point));
            else
                go_through(h, a);
        }
        printf("%s (%s): %u meetings\n", host_at(h)->name, host_at(h)->call, meetings - before);
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

    while (strcmp(host_at(host)->name, "read_keys") != 0)
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

int main(int count, char **words)
{
    if (count > 2 && strcmp(words[1], "as") == 0)
        return strcmp(words[2], "loser") == 0 ? be_loser(&words[2]) : play(&words[2]);
    if (test_meeting(MEETING_END, 0, 0) == ERR_NOT_ALLOWED)
        return puts("meetings: this kernel is not the checked one"), 1;
    if (count > 2 && strcmp(words[1], "lose") == 0)
        return lose_foreground(words[2]);
    all = count > 1 && strcmp(words[1], "all") == 0;
    if (all) {
        words++;
        count--;
    }
    canary_start();
    if (count == 1) {
        module_load("clock", "/modules/clock");
        check_stills();
        end_left_over();
    }
    direct(count > 1 ? words[1] : NULL, count > 2 ? words[2] : NULL, count > 3 ? words[3] : NULL);
    end(&cast.server);
    printf("meetings: %u of %u calls with %u acts, %u wrong\n", meetings,
           host_count + message_host_count, act_count, wrong);
    return wrong != 0;
}
