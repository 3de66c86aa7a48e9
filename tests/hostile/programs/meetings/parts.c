/* The parts of the others: the stage with its host and guest, its parent, the server, the client.
 */
#include "stage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NEVER 0xFFFFFFFFu /* a point that is not reached */

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
    const struct host *host = host_at((unsigned)atoi(words[1]));
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
    arm(host->wants & IN_CHILD ? NEVER : point_wanted);
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

int play(char **words)
{
    struct event event;

    if (strcmp(words[0], "stage") == 0)
        return be_stage(words);
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
