/*
 * Loading and unloading of linked modules. One thread does it at a time; others wait. A module is
 * in the list from the start of its loading on, so that a circle of needs is seen.
 */
#include "module_private.h"

#include <abi/errors.h>
#include <kernel/debug.h>
#include <kernel/memory.h>
#include <kernel/sched.h>
#include <lib/format.h>
#include <lib/string.h>

#define FOLDER    "/modules/"
#define DEPTH_MAX 8 /* of needs: each step stands on the kernel's stack */

struct link modules = {&modules, &modules};

static bool at_work;
static uint32_t depth;
static struct wait_queue waiting = {{&waiting.waiters, &waiting.waiters}};

/* Waits until nobody else loads or unloads. ERR_CANCELLED. */
static int begin_work(void)
{
    while (at_work) {
        int error = sched_block(&waiting, WAIT_FOREVER);

        if (error < 0)
            return error;
    }
    at_work = true;
    return 0;
}

static void end_work(void)
{
    at_work = false;
    (void)sched_wake_one(&waiting, 0);
}

struct module *module_named(const char *name)
{
    LINK_EACH(&modules, item, following)
    {
        struct module *module = LINK_OWNER(item, struct module, all);

        if (strcmp(module->name, name) == 0)
            return module;
    }
    return NULL;
}

/* It is read in panics and lists, so there is nothing in it that could mislead. */
static bool is_name(const char *name)
{
    for (const char *at = name; *at; at++)
        if (!(*at >= 'a' && *at <= 'z') && !(*at >= '0' && *at <= '9') && *at != '_' && *at != '-')
            return false;
    return *name != '\0';
}

static int check_name(const char *name)
{
    if (is_name(name))
        return 0;
    log_plain("a module's name is made of small letters, digits, _ and -");
    return ERR_INVALID;
}

static void discard(struct module *module)
{
    module_displace(module);
    link_remove(&module->all);
    heap_give(module);
}

/* ---- Loading -----------------------------------------------------------------------------------
 */

static int load(const char *name, const char *path);

/* Finds or loads a module that another one needs, and counts the need. */
static int load_need(struct module *module, const char *name)
{
    struct module *needed = module_named(name);
    int error = 0;

    if (needed && needed->state == MODULE_LOADING) {
        log_from_thread("module %s needs %s, which is waiting for it", module->name, name);
        return ERR_CIRCLE;
    }
    if (!needed) {
        char path[sizeof(FOLDER) + MODULE_NAME_MAX];

        (void)format_text(path, sizeof(path), FOLDER "%s", name);
        error = load(name, path);
        if (error < 0 && error != ERR_NO_MEMORY) /* that is no fault of the module */
            log_from_thread("module %s needs %s, which cannot be loaded", module->name, name);
        if (error < 0)
            return error;
        needed = module_named(name);
    }
    needed->users++;
    module->needs[module->need_count++] = needed;
    return 0;
}

static int start(struct module *module)
{
    int error = module->init ? module->init(module->name) : 0;

    if (error != 0) {
        log_from_thread("module %s does not start: its module_init returned %d", module->name,
                        error);
        return error < 0 && error >= ERR_LARGEST ? error : ERR_INVALID;
    }
    module->state = MODULE_LIVE;
    return 0;
}

static int load(const char *name, const char *path)
{
    struct module *module;
    int error = check_name(name);
    const struct file *file;

    if (error == 0)
        error = file_find(path);
    if (error < 0)
        return error;
    file = file_at((uint32_t)error);
    if (module_named(name))
        return ERR_EXISTS;
    if (depth == DEPTH_MAX)
        return ERR_LIMIT;
    module = heap_take(sizeof(*module));
    if (!module)
        return ERR_NO_MEMORY;
    text_copy(module->name, name, sizeof(module->name));
    module->file = file;
    module->fresh = true;
    link_append(&modules, &module->all);

    depth++;
    error = module_place(module, load_need);
    depth--;
    if (error == 0)
        error = start(module);
    if (error < 0)
        discard(module);
    return error;
}

/* ---- Unloading ---------------------------------------------------------------------------------
 */

static int unload(struct module *module)
{
    if (module->users || module->in_flight || module->state != MODULE_LIVE)
        return ERR_BUSY;
    module->state = MODULE_UNLOADING;
    if (module->exit)
        module->exit();
    discard(module);
    return 0;
}

/* The first that was loaded on the way and that nobody uses. */
static struct module *find_left_over(void)
{
    LINK_EACH(&modules, item, following)
    {
        struct module *module = LINK_OWNER(item, struct module, all);

        if (module->fresh && !module->users && !module->in_flight && module->state == MODULE_LIVE)
            return module;
    }
    return NULL;
}

/* What was loaded only because another one needed it goes when that one was not loaded after all.
 */
static void settle(bool failed)
{
    struct module *left_over;

    while (failed && (left_over = find_left_over()) != NULL)
        unload(left_over);
    LINK_EACH(&modules, item, following)
    {
        LINK_OWNER(item, struct module, all)->fresh = false;
    }
}

int module_load(const char *name, const char *path)
{
    int error = begin_work();

    if (error < 0)
        return error;
    error = load(name, path);
    settle(error < 0);
    end_work();
    return error;
}

int module_unload(const char *name)
{
    struct module *module;
    int error = begin_work();

    if (error < 0)
        return error;
    module = module_named(name);
    error = module ? unload(module) : ERR_NOT_FOUND;
    end_work();
    return error;
}
