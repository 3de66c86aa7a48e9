/* The system calls in which nobody else can run: they are counted to have no point at all. */
#include "stage.h"

#include <stdio.h>
#include <string.h>

static int do_null(void)
{
    return null();
}

static int32_t quiet;

static int kill(void)
{
    return process_kill(quiet);
}

static int refuse_group(void)
{
    return group_kill(0);
}

static int yield(void)
{
    return thread_yield();
}

static int drop(void)
{
    return rights_drop(0);
}

static int send_event(void)
{
    return event_send(process_self()->pid, 1);
}

static int set_timer(void)
{
    return timer_set(0, 0, 0);
}

static int name_foreground(void)
{
    return console_foreground(0);
}

static int close_module(void)
{
    return module_close((uint32_t)module_open("clock"));
}

static int refuse_power(void)
{
    return power(0);
}

static int fail_no_memory(void)
{
    return test_fail_memory(0);
}

static const struct {
    const char *call;
    int (*run)(void);
} stills[] = {
    {"null", do_null},
    {"process_kill", kill},
    {"group_kill", refuse_group},
    {"thread_yield", yield},
    {"rights_drop", drop},
    {"event_send", send_event},
    {"timer_set", set_timer},
    {"console_foreground", name_foreground},
    {"module_close", close_module},
    {"power", refuse_power},
    {"test_fail_memory", fail_no_memory},
    {"test_meeting", NULL}, /* the meeting itself */
};

void check_stills(void)
{
    quiet = process_create(PATH, "as quiet", PRIORITY_NORMAL, 1, MODE_USER);
    for (unsigned i = 0; i < sizeof(stills) / sizeof(stills[0]); i++) {
        int points = 0;

        if (stills[i].run) {
            test_meeting(MEETING_ARM, 0, 0);
            stills[i].run();
            points = test_meeting(MEETING_END, 0, 0);
        }
        if (points != 0 && ++wrong != 0)
            printf("WRONG: %s has %d points: make a host of it\n", stills[i].call, points);
        else
            printf("still (%s): no point\n", stills[i].call);
    }
}
