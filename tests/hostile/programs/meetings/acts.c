/* What a guest does while the host stands at a point of its call. */
#include "stage.h"

#define PAGES_A_PIECE 64

static void unmap_range(void)
{
    memory_unmap(stage.range, RANGE_PAGES * PAGE_SIZE);
}

static void unmap_part(void)
{
    memory_unmap(stage.range + 2 * PAGE_SIZE, PAGE_SIZE);
}

static void unmap_neighbours(void)
{
    memory_unmap(stage.before, PAGE_SIZE);
    memory_unmap(stage.after, PAGE_SIZE);
}

static void unmap_new(void)
{
    memory_unmap(stage.next, NEW_PAGES * PAGE_SIZE);
}

static void unmap_part_of_new(void)
{
    memory_unmap(stage.next + PAGE_SIZE, PAGE_SIZE);
}

static void map_into(void)
{
    memory_map(PAGE_SIZE, ACCESS_READ);
    memory_map(NEW_PAGES * PAGE_SIZE, ACCESS_READ | ACCESS_WRITE);
}

static void end_thread(void)
{
    thread_exit(0);
}

static void end_process(void)
{
    process_exit(0);
}

static void join_host(void)
{
    int32_t status;

    thread_join(stage.host_thread, &status, MOMENT_MS);
}

static void join_sleeper(void)
{
    int32_t status;

    thread_join(stage.sleeper, &status, MOMENT_MS);
}

static void close_port(void)
{
    port_close(stage.port);
}

static void receive_and_reply(void)
{
    int32_t caller = message(CALL_message_receive, stage.port, MOMENT_MS);

    if (caller > 0)
        message(CALL_message_reply, caller, 0);
}

static void reply_twice(void)
{
    int32_t caller = message(CALL_message_receive, stage.port, MOMENT_MS);

    if (caller <= 0)
        return;
    message(CALL_message_reply, caller, 0);
    message(CALL_message_reply, caller, 0);
}

/* It was the host that received the call. */
static void reply_for_host(void)
{
    message(CALL_message_reply, stage.caller, 0);
}

static void send(void)
{
    message(CALL_message_send, stage.port, MOMENT_MS);
}

static void drop_ring0(void)
{
    rights_drop(RIGHT_RING0);
}

static void drop_modules(void)
{
    rights_drop(RIGHT_MODULES);
}

static void drop_others(void)
{
    rights_drop(RIGHT_POWER);
    rights_drop(RIGHT_KILL_ANY);
}

static void load_module(void)
{
    module_load("calendar", "/modules/calendar");
}

static void unload_module(void)
{
    module_unload("calendar");
    module_unload("clock");
}

static void close_module(void)
{
    module_close((uint32_t)stage.module);
}

static void take_all_memory(void)
{
    for (uint32_t pages = PAGES_A_PIECE; pages != 0; pages /= 2)
        while (!address_is_error(memory_map(pages * PAGE_SIZE, ACCESS_READ | ACCESS_WRITE)))
            ;
}

static void take_and_give_back(void)
{
    uint32_t first = 0, pieces = 0, at;

    while (!address_is_error(at = memory_map(PAGES_A_PIECE * PAGE_SIZE, ACCESS_READ))) {
        first = pieces++ ? first : at;
        if (at != first + (pieces - 1) * PAGES_A_PIECE * PAGE_SIZE)
            break; /* what lies elsewhere goes with the process */
    }
    for (uint32_t i = 0; i < pieces; i++)
        memory_unmap(first + i * PAGES_A_PIECE * PAGE_SIZE, PAGES_A_PIECE * PAGE_SIZE);
}

static void let_memory_fail(void)
{
    test_fail_memory(1);
}

static void start_child(void)
{
    process_create(PATH, "as quick", PRIORITY_NORMAL, 1, MODE_USER);
}

static void start_thread(void)
{
    thread_create(0, 0, 0, STACK, MODE_KERNEL); /* the entry is bad: what happens before counts */
    thread_create((uint32_t)(uintptr_t)end_thread, 0, 0, STACK, MODE_USER);
}

static void kill_child(void)
{
    process_kill(stage.child);
}

static void wait_for_child(void)
{
    struct process_result result;

    process_wait(ANY_CHILD, &result, MOMENT_MS);
}

static void send_event(void)
{
    event_send(process_self()->pid, 7);
}

static void set_timer(void)
{
    timer_set(1, 1, 9);
}

/* ---- From outside ------------------------------------------------------------------------------
 */

static void kill_host(void)
{
    process_kill(cast.stage);
}

static void kill_group(void)
{
    group_kill(cast.group);
    thread_sleep(MOMENT_MS);
}

static void kill_parent(void)
{
    process_kill(cast.parent);
    thread_sleep(MOMENT_MS);
}

static void kill_server(void)
{
    process_kill(cast.server);
    cast.server_was_killed = true;
    thread_sleep(MOMENT_MS); /* it may end only behind the host's call */
}

static void kill_client(void)
{
    process_kill(cast.client);
    thread_sleep(MOMENT_MS);
}

static void look(void)
{
    struct thread_status thread = {.id = 0};
    struct region_status region = {.end = 0};
    struct process_status process;

    process_next(cast.stage - 1, &process);
    while (thread_next(cast.stage, thread.id, &thread) > 0)
        ;
    while (region_next(cast.stage, region.end, &region) == 0)
        ;
}

#define MEMORY_ERRORS (E(BAD_ADDRESS) | E(BUSY) | E(INVALID))
#define PORT_ERRORS   (E(PORT_GONE) | E(NOT_FOUND))
#define MODULE_ERRORS (E(NOT_FOUND) | E(BUSY) | E(EXISTS))

const struct act acts[] = {
    {"unmap_range", unmap_range, 0, MEMORY_ERRORS, false},
    {"unmap_part", unmap_part, 0, MEMORY_ERRORS, false},
    {"unmap_neighbours", unmap_neighbours, 0, MEMORY_ERRORS, false},
    {"unmap_new", unmap_new, 0, MEMORY_ERRORS, false},
    {"unmap_part_of_new", unmap_part_of_new, 0, MEMORY_ERRORS, false},
    {"map_into", map_into, 0, 0, false},
    {"end_thread", end_thread, 0, 0, false},
    {"end_process", end_process, 0, E(CANCELLED), false},
    {"join_host", join_host, 0, 0, false},
    {"join_sleeper", join_sleeper, WANTS_SLEEPER, E(BUSY) | E(NOT_FOUND), false},
    {"close_port", close_port, 0, PORT_ERRORS, false},
    {"receive_and_reply", receive_and_reply, 0, 0, false},
    {"reply_twice", reply_twice, 0, 0, false},
    {"reply_for_host", reply_for_host, 0, E(NOT_FOUND), false},
    {"send", send, 0, 0, false},
    {"drop_ring0", drop_ring0, 0, E(NOT_ALLOWED), false},
    {"drop_modules", drop_modules, 0, E(NOT_ALLOWED), false},
    {"drop_others", drop_others, 0, 0, false},
    {"load_module", load_module, 0, MODULE_ERRORS, false},
    {"unload_module", unload_module, 0, MODULE_ERRORS, false},
    {"close_module", close_module, WANTS_MODULE, MODULE_ERRORS, false},
    {"take_all_memory", take_all_memory, 0, E(NO_MEMORY), false},
    {"take_and_give_back", take_and_give_back, 0, E(NO_MEMORY), false},
    {"let_memory_fail", let_memory_fail, 0, E(NO_MEMORY), false},
    {"start_child", start_child, 0, 0, false},
    {"start_thread", start_thread, 0, 0, false},
    {"kill_child", kill_child, WANTS_CHILD, E(NO_CHILD), false},
    {"wait_for_child", wait_for_child, WANTS_CHILD, E(NO_CHILD), false},
    {"send_event", send_event, 0, 0, false},
    {"set_timer", set_timer, 0, 0, false},
    {"kill_host", kill_host, 0, E(CANCELLED), true},
    {"kill_group", kill_group, WANTS_PARENT, E(CANCELLED), true},
    {"kill_parent", kill_parent, WANTS_PARENT, 0, true},
    {"kill_server", kill_server, WANTS_SERVER, PORT_ERRORS, true},
    {"kill_client", kill_client, WANTS_CLIENT, E(NOT_FOUND), true},
    {"look", look, 0, 0, true},
};
const unsigned act_count = sizeof(acts) / sizeof(acts[0]);
