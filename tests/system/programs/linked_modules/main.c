/*
 * Linked modules: loaded anywhere and as often as wanted, called, refused with an error by name,
 * and gone without a trace, whatever happens to who uses them. The arguments are the part that a
 * child plays.
 */
#include <megha.h>
#include <megha/check.h>
#include <megha/counts.h>
#include <stdlib.h>
#include <string.h>

PROGRAM_RIGHTS(RIGHT_MODULES);

#define SELF       "/apps/linked_modules"
#define BROKEN     "/modules/broken"
#define CYCLES     1000
#define CHILDREN   20
#define STEPS_MAX  400
#define ENOUGH     4 /* successes in a row: no allocation is left to fail */
#define ANY_NUMBER 0xFFFFu
#define SETTLED_MS 100

static bool find_module(const char *name, struct module_status *status)
{
    for (uint32_t i = 0; module_info(i, status) >= 0; i++)
        if (strcmp(status->name, name) == 0)
            return true;
    return false;
}

static int load_named(const char *name)
{
    char path[PATH_MAX] = "/modules/";

    text_copy(path + strlen(path), name, sizeof(path) - strlen(path));
    return module_load(name, path);
}

static int call(const char *name, const char *function, uint32_t a, uint32_t b, uint32_t c)
{
    int handle = module_open(name);
    int number = handle < 0 ? handle : module_find((uint32_t)handle, function);
    int result = number < 0 ? number : module_call((uint32_t)handle, (uint32_t)number, a, b, c);

    if (handle >= 0)
        module_close((uint32_t)handle);
    return result;
}

static int start(const char *part)
{
    return process_create(SELF, part, PRIORITY_NORMAL, QUANTUM_DEFAULT_MS, MODE_USER);
}

static int wait_for(int pid)
{
    struct process_result result = {.status = 1};

    return process_wait(pid, &result, WAIT_FOREVER) < 0 ? -1 : result.status;
}

/* ---- What children do --------------------------------------------------------------------------
 */

static int sleep_inside(void)
{
    return call("broken", "broken_sleep", WAIT_FOREVER, 0, 0);
}

static int load_without_end(void)
{
    return module_load("broken_wait", BROKEN);
}

/* ---- Checks ------------------------------------------------------------------------------------
 */

static void check_calls(void)
{
    uint32_t from[2] = {0x12345678, 0x9ABCDEF0}, to[2] = {0, 0};

    check_error(module_load("broken", BROKEN), 0, "a module is loaded");
    check(call("broken", "broken_add", 1, 2, 3) == 321, "its function gets three arguments");
    check_error(call("broken", "broken_copy", (uint32_t)to, (uint32_t)from, 8), 0,
                "it copies from and to the caller's memory");
    check(to[0] == from[0] && to[1] == from[1], "and the bytes are right");
    check_error(call("broken", "broken_copy", 0xC0100000, (uint32_t)from, 8), ERR_BAD_ADDRESS,
                "it cannot be led to the kernel's memory");
    check_error(call("broken", "broken_copy", (uint32_t)to, 0xF0001000, 8), ERR_BAD_ADDRESS,
                "nor to a module's");
    check_error(call("broken", "module_init", 0, 0, 0), ERR_NOT_FOUND,
                "what is not for programs is not found");
    check_error(call("broken", "broken_sleep", 10, 0, 0), 0, "a function may block");
}

static void check_handles(void)
{
    int handles[MODULES_OPEN_MAX];
    int more;

    for (int i = 0; i < MODULES_OPEN_MAX; i++)
        handles[i] = module_open("broken");
    more = module_open("broken");
    check(handles[MODULES_OPEN_MAX - 1] >= 0, "a process may hold 16 handles");
    check_error(more, ERR_LIMIT, "and no more");
    check_error(module_unload("broken"), ERR_BUSY, "a module that is open stays");
    for (int i = 0; i < MODULES_OPEN_MAX; i++)
        module_close((uint32_t)handles[i]);
    check_error(module_close((uint32_t)handles[0]), ERR_NOT_FOUND, "a handle is closed once");
    check_error(module_call((uint32_t)handles[0], 0, 0, 0, 0), ERR_NOT_FOUND,
                "a closed handle leads nowhere");
    check_error(module_call(0xFFFFFFFF, 0, 0, 0, 0), ERR_NOT_FOUND, "nor does a wrong one");
    handles[0] = module_open("broken");
    check_error(module_call((uint32_t)handles[0], ANY_NUMBER, 0, 0, 0), ERR_NOT_FOUND,
                "a wrong function is not called");
    module_close((uint32_t)handles[0]);
    check_error(module_open("nothing"), ERR_NOT_FOUND, "a module that is not there is not opened");
    check_error(module_load((const char *)0xC0000000, BROKEN), ERR_BAD_ADDRESS,
                "a name has to be the caller's memory");
    check_error(module_info(0, (struct module_status *)0xF0000000), ERR_BAD_ADDRESS,
                "and so has a status");
}

static void check_two_names(void)
{
    struct module_status one, two;

    check_error(module_load("broken", BROKEN), ERR_EXISTS, "a name is loaded once");
    check_error(module_load("other", BROKEN), 0, "the same file is loaded under another name");
    check(find_module("broken", &one) && find_module("other", &two), "both are listed");
    check(one.address != two.address, "they lie at different addresses");
    check(call("other", "broken_add", 4, 5, 6) == 654 &&
              call("broken", "broken_add", 7, 8, 9) == 987,
          "both work");
    check_error(module_unload("broken"), 0, "one goes");
    check(call("other", "broken_add", 1, 1, 1) == 111, "the other one stays");
    check_error(module_load("broken", BROKEN), 0, "it is loaded again");
    check_error(module_unload("other"), 0, "both");
    check_error(module_unload("broken"), 0, "go");
    check_error(module_unload("broken"), ERR_NOT_FOUND, "a module is unloaded once");
}

static void check_needs(void)
{
    struct module_status clock, calendar;

    check_error(load_named("calendar"), 0, "a module brings the one that it needs");
    check(find_module("clock", &clock) && find_module("calendar", &calendar), "both are there");
    check(clock.users == 1 && strcmp(calendar.needs[0], "clock") == 0, "the need is listed");
    check_error(module_unload("clock"), ERR_BUSY, "what is needed stays");
    check_error(module_unload("calendar"), 0, "until who needs it");
    check_error(module_unload("clock"), 0, "is gone");
}

static void check_refused(void)
{
    check_error(load_named("bad_symbol"), ERR_UNDEFINED_SYMBOL, "a name that nobody exports");
    check_error(load_named("bad_version"), ERR_WRONG_VERSION, "a module for another kernel");
    check_error(load_named("no_module"), ERR_NOT_MODULE, "an object file that is no module");
    check_error(load_named("circle_one"), ERR_CIRCLE, "modules that need each other");
    check_error(load_named("needs_missing"), ERR_NOT_FOUND, "a need that is not there");
    check_error(load_named("needs_bad"), ERR_UNDEFINED_SYMBOL, "a need that cannot be loaded");
    check_error(load_named("ambiguous"), ERR_EXISTS, "a name that two modules export");
    check_error(load_named("hides_kernel"), ERR_EXISTS, "an export of a name that is the kernel's");
    check_error(module_load("nothing", "/modules/nothing"), ERR_NOT_FOUND,
                "a file that is not there");
    check_error(module_load("hello", "/apps/hello"), ERR_NOT_MODULE, "a program");
    check_error(module_load("text", "/boot/boot.cfg"), ERR_NOT_FOUND, "a file that was not loaded");
    check_error(module_load("", BROKEN), ERR_INVALID, "no name");
    check_error(module_load("A\033[2J", BROKEN), ERR_INVALID, "a name that is none");
    check_error(module_load("a-name-of-24-letters-....", BROKEN), ERR_TOO_LONG, "a long name");
    check_error(module_load("broken_init", BROKEN), ERR_NO_DEVICE, "a start that fails");
    check_error(module_load("broken_result", BROKEN), ERR_INVALID, "a start with a strange result");
    check_error(module_load("broken_memory", BROKEN), ERR_NO_MEMORY,
                "a start that wants all memory");
}

/* They are inside the module, and are ended there; the module is free when they are gone. */
static void check_kills(void)
{
    struct module_status status = {.calls = 0};
    int pids[CHILDREN];
    bool right = true;

    module_load("broken", BROKEN);
    for (int i = 0; i < CHILDREN; i++)
        pids[i] = start("sleep");
    for (int waited = 0; status.calls < CHILDREN && waited < 5000; waited += 10) {
        thread_sleep(10);
        find_module("broken", &status);
    }
    check(status.calls == CHILDREN && status.opens == CHILDREN, "20 processes are in a call");
    check_error(module_unload("broken"), ERR_BUSY, "a module with a call in it stays");
    for (int i = 0; i < CHILDREN; i += 2)
        process_kill(pids[i]);
    for (int i = 0; i < CHILDREN; i += 2)
        wait_for(pids[i]);
    for (uint32_t i = 0; i < 1000; i++)
        right = right && call("broken", "broken_add", i % 10, 0, 0) == (int)(i % 10);
    check(right, "calls go on while half of them are killed");
    for (int i = 1; i < CHILDREN; i += 2)
        process_kill(pids[i]);
    for (int i = 1; i < CHILDREN; i += 2)
        wait_for(pids[i]);
    find_module("broken", &status);
    check(status.calls == 0 && status.opens == 0 && status.users == 0,
          "all calls and handles are back");
    check_error(module_unload("broken"), 0, "and the module goes");
}

/* Whoever comes later waits for a loading that takes long; when its process is killed, it is
 * undone. */
static void check_killed_loader(void)
{
    struct module_status status;
    int pid = start("load");

    thread_sleep(SETTLED_MS);
    check_error(module_open("broken_wait"), ERR_BUSY, "a module that still starts is not opened");
    process_kill(pid);
    check_error(module_load("broken", BROKEN), 0,
                "one that was killed while loading is in nobody's way");
    wait_for(pid);
    check(!find_module("broken_wait", &status), "and leaves nothing");
    module_unload("broken");
}

static void check_cycles(void)
{
    bool right = true;

    for (int i = 0; i < CYCLES && right; i++)
        right = module_load("broken", BROKEN) == 0 && module_unload("broken") == 0;
    check(right, "1000 times loaded and unloaded");
    for (int i = 0; i < CYCLES / 20 && right; i++)
        right = load_named("calendar") == 0 && module_unload("calendar") == 0 &&
                module_unload("clock") == 0;
    check(right, "50 times with the module that it needs");
}

/* Each allocation fails once; clock, which was loaded for calendar, has to go as well. */
static void check_no_memory(void)
{
    struct memory_info before = counts_take();
    bool right = true, same = true;
    int complete = 0, refused = 0;

    for (uint32_t after = 1; after < STEPS_MAX && complete < ENOUGH; after++) {
        int error;

        test_fail_memory(after);
        error = load_named("calendar");
        test_fail_memory(0);
        complete = error == 0 ? complete + 1 : 0;
        refused += error == ERR_NO_MEMORY;
        right = right && (error == 0 || error == ERR_NO_MEMORY);
        if (error == 0 && (module_unload("calendar") < 0 || module_unload("clock") < 0))
            right = false;
        same = same && counts_same(&before);
    }
    check(right && refused > 6 && complete == ENOUGH, "memory may run out at every step");
    check(same, "and nothing is left of what was begun");
}

/* A child that has given up the right loads and unloads nothing, but calls. */
static int do_without_right(void)
{
    rights_drop(RIGHT_MODULES);
    if (module_load("other", BROKEN) != ERR_NOT_ALLOWED)
        return 1;
    if (module_unload("broken") != ERR_NOT_ALLOWED)
        return 2;
    return call("broken", "broken_add", 1, 2, 3) == 321 ? 0 : 3;
}

static void check_rights(void)
{
    module_load("broken", BROKEN);
    check(wait_for(start("rights")) == 0, "loading and unloading want the right, calling does not");
    check_error(module_unload("broken"), 0, "who has it unloads");
}

int main(int count, char **arguments)
{
    struct memory_info before = counts_take();
    struct module_status status;

    if (count == 2 && strcmp(arguments[1], "sleep") == 0)
        return sleep_inside();
    if (count == 2 && strcmp(arguments[1], "load") == 0)
        return load_without_end();
    if (count == 2 && strcmp(arguments[1], "rights") == 0)
        return do_without_right();
    check_calls();
    check_handles();
    check_two_names();
    check_needs();
    check_refused();
    check_kills();
    check_killed_loader();
    check_cycles();
    check_rights();
    check(module_info(0, &status) == ERR_NOT_FOUND, "no module is left");
    check(counts_same(&before), "everything came back");
    check_no_memory();
    return check_result();
}
