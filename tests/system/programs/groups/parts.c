#include "parts.h"

#include <megha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STACK_SIZE 0x4000
#define RUNNERS    3
#define THREADS    6

static uint32_t own_priority(void)
{
    struct process_status status = {.priority = PRIORITY_LOWEST};

    process_next(process_self()->pid - 1, &status);
    return status.priority;
}

int start(const char *part)
{
    return process_create(GROUPS_PATH, part, own_priority(), QUANTUM_DEFAULT_MS, MODE_USER);
}

int start_group(const char *part, uint32_t priority)
{
    return process_create(GROUPS_PATH, part, priority, QUANTUM_DEFAULT_MS,
                          MODE_USER | MODE_NEW_GROUP);
}

static int stay(void)
{
    return thread_sleep(WAIT_FOREVER);
}

/* ---- What multiplies ---------------------------------------------------------------------------
 */

/* Starts itself anew for ever: who looks for it by its pid is too late. */
static int play_chain(void)
{
    return start("chain") > 0 ? 0 : 1;
}

static int start_again_and_again(void *unused)
{
    (void)unused;
    for (;;) {
        struct process_result result;
        int pid = start("brief");

        if (pid < 0 || process_wait(pid, &result, WAIT_FOREVER) < 0)
            thread_yield();
    }
    return 0;
}

/* Many threads that each start one process behind the other, beside a chain. */
static int play_runner(void)
{
    start("chain");
    for (int i = 0; i < THREADS; i++)
        thread_start(start_again_and_again, NULL, STACK_SIZE, MODE_USER);
    return stay();
}

static int play_crowd(void)
{
    for (int i = 0; i < RUNNERS; i++)
        start("runner");
    return stay();
}

static int play_bomb(void)
{
    struct memory_info info;

    for (;;) {
        memory_info(&info);
        if (info.processes >= BOMB_MAX || start("bomb") < 0)
            thread_yield();
    }
    return 0;
}

/* Nearly always in the middle of a creation: the code is copied page by page. */
static int play_slow_creator(void)
{
    uint32_t code = memory_map(CODE_SIZE_MAX, ACCESS_READ | ACCESS_WRITE);
    struct code_order order = {
        .code = code,
        .code_size = CODE_SIZE_MAX,
        .name = (uint32_t) "copied",
        .arguments = (uint32_t) "",
        .priority = PRIORITY_LOWEST,
    };

    memcpy((void *)code, "\xEB\xFE", 2); /* jmp to itself */
    for (;;) {
        struct process_result result;
        int pid = process_create_code(&order);

        process_kill(pid);
        process_wait(pid, &result, WAIT_FOREVER);
    }
    return 0;
}

static int play_spin(void)
{
    for (;;)
        ;
    return 0;
}

/* ---- What waits --------------------------------------------------------------------------------
 */

static int exchange(uint32_t call, int32_t number)
{
    uint32_t words[MESSAGE_WORDS] = {0};

    return message_exchange(call, number, words, NULL);
}

static int sleep_in_thread(void *unused)
{
    (void)unused;
    return stay();
}

static int receive_and_stay(void *port)
{
    exchange(CALL_message_receive, *(int32_t *)port);
    return stay();
}

static int wait_sleep(void)
{
    return stay();
}

static int wait_join(void)
{
    int32_t status;

    return thread_join(thread_start(sleep_in_thread, NULL, STACK_SIZE, MODE_USER), &status,
                       WAIT_FOREVER);
}

static int wait_child(void)
{
    struct process_result result;

    return process_wait(start("stay"), &result, WAIT_FOREVER);
}

static int wait_key(void)
{
    char key;

    return console_read(&key, 1, WAIT_FOREVER);
}

static int wait_event(void)
{
    struct event event;

    return event_wait(&event, WAIT_FOREVER);
}

static int wait_port(void)
{
    return port_find("nobody makes it", WAIT_FOREVER);
}

static int wait_receive(void)
{
    return exchange(CALL_message_receive, port_create("groups receive"));
}

static int wait_send(void)
{
    return exchange(CALL_message_send, port_create("groups send"));
}

/* For the reply of a server that has received. */
static int wait_call(void)
{
    static int32_t port;

    port = port_create("groups call");
    thread_start(receive_and_stay, &port, STACK_SIZE, MODE_USER);
    thread_sleep(1);
    return exchange(CALL_message_call, port);
}

static int wait_module(void)
{
    int handle = module_open(MODULE);
    int function = handle < 0 ? handle : module_find((uint32_t)handle, "broken_sleep");

    return function < 0 ? function
                        : module_call((uint32_t)handle, (uint32_t)function, WAIT_FOREVER, 0, 0);
}

static int (*const ways[])(void) = {wait_sleep, wait_join, wait_child,   wait_key,  wait_event,
                                    wait_port,  wait_send, wait_receive, wait_call, wait_module};
const uint32_t ways_to_wait = sizeof(ways) / sizeof(ways[0]);

static int play_waits(void)
{
    char text[16];

    for (uint32_t i = 0; i < ways_to_wait; i++) {
        snprintf(text, sizeof(text), "way %lu", (unsigned long)i);
        start(text);
    }
    return play_spin();
}

/* ---- What looks at groups ----------------------------------------------------------------------
 */

/* Ends with how many groups fit inside each other below its own. */
static int play_deeper(void)
{
    struct process_result result = {.status = ERR_INVALID};
    int pid = start_group("deeper", own_priority());

    if (pid == ERR_LIMIT)
        return 0;
    process_wait(pid, &result, WAIT_FOREVER);
    return result.status < 0 ? result.status : result.status + 1;
}

/* Tells its parent of a group that it has made. */
static int play_maker(void)
{
    event_send(process_self()->parent, (uint32_t)start_group("stay", own_priority()));
    return stay();
}

static int play_parent(const char *child)
{
    start(child);
    return stay();
}

static const struct {
    const char *name;
    int (*play)(void);
} parts[] = {
    {"stay", stay},
    {"chain", play_chain},
    {"runner", play_runner},
    {"crowd", play_crowd},
    {"bomb", play_bomb},
    {"spin", play_spin},
    {"slow", play_slow_creator},
    {"waits", play_waits},
    {"deeper", play_deeper},
    {"maker", play_maker},
};

int play(const char *part, const char *word)
{
    for (uint32_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        if (strcmp(part, parts[i].name) == 0)
            return parts[i].play();
    if (strcmp(part, "way") == 0)
        return ways[(uint32_t)atoi(word) % ways_to_wait]();
    if (strcmp(part, "kill") == 0)
        return group_kill(atoi(word));
    if (strcmp(part, "leave") == 0)
        return start(word) > 0 ? 0 : 1;
    if (strcmp(part, "keep") == 0)
        return play_parent(word);
    return 0; /* brief */
}
