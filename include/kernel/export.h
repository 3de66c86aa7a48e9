/*
 * What the kernel offers to its linked modules, and what the source of such a module says of
 * itself. docs/modules.md teaches how to write one.
 *
 * In the kernel, KERNEL_EXPORT(function) stands behind the function. A module has once MODULE(...),
 * and may have MODULE_NEEDS, MODULE_EXPORT and MODULE_CALL as often as it likes; module_init and
 * module_exit are optional.
 */
#ifndef KERNEL_EXPORT_H
#define KERNEL_EXPORT_H

#include <abi/types.h>
#include <stdint.h>

/* Grows when an exported function changes its meaning: a module of another version is refused. */
#define MODULE_INTERFACE 1
#define MODULE_MAGIC     0x4D474D4Du /* "MMGM" */

#define EXPORT_NAME_MAX 28 /* with its end */

/* An entry of a list of functions. The name stands in the entry itself, so that it can be checked
 * before anything is relocated. */
struct export
{
    void (*function)(void);
    char name[EXPORT_NAME_MAX];
};

struct module_description {
    uint32_t magic;
    uint32_t interface; /* MODULE_INTERFACE when it was compiled */
    char text[MODULE_TEXT_MAX];
};

struct module_need {
    char name[MODULE_NAME_MAX];
};

_Static_assert(sizeof(struct module_description) == 64, "part of the module's file format");

#define MODULE_SECTION         ".module"
#define MODULE_SECTION_NEEDS   ".module.needs"
#define MODULE_SECTION_EXPORTS ".module.exports"
#define MODULE_SECTION_CALLS   ".module.calls"

#define EXPORT_IN(list, label, exported)                                                           \
    _Static_assert(sizeof(#exported) <= EXPORT_NAME_MAX, "an exported name has 27 letters");       \
    static const struct export label##exported                                                     \
        __attribute__((used, section(list), aligned(4))) = {(void (*)(void))(exported), #exported}

#ifdef MEGHA_MODULE

/* What the module is for, in a sentence of at most 55 letters. */
#define MODULE(sentence)                                                                           \
    _Static_assert(sizeof(sentence) <= MODULE_TEXT_MAX, "the description is too long");            \
    static const struct module_description module_description                                      \
        __attribute__((used, section(MODULE_SECTION), aligned(4))) = {MODULE_MAGIC,                \
                                                                      MODULE_INTERFACE, sentence}

/* The module with that name is loaded before this one, which may use its exports. */
#define MODULE_NEEDS(needed)          MODULE_NEEDS_AT(needed, __LINE__)
#define MODULE_NEEDS_AT(needed, line) MODULE_NEEDS_NAMED(needed, line)
#define MODULE_NEEDS_NAMED(needed, line)                                                           \
    _Static_assert(sizeof(needed) <= MODULE_NAME_MAX, "a module's name has 23 letters");           \
    static const struct module_need module_need_##line                                             \
        __attribute__((used, section(MODULE_SECTION_NEEDS), aligned(4))) = {needed}

/* Other modules may call the function. */
#define MODULE_EXPORT(exported) EXPORT_IN(MODULE_SECTION_EXPORTS, export_of_, exported)

/*
 * Programs may call the function, through module_call: `int32_t function(a, b, c)`, where each of
 * the three is a uint32_t or a user_ptr. It trusts no argument, and its result is 0 or more, or an
 * error.
 */
#define MODULE_CALL(exported) EXPORT_IN(MODULE_SECTION_CALLS, call_of_, exported)

/* Called once when everything is in place; `name` is what it was loaded as. An error undoes the
 * loading. It may block: other threads may run. */
int module_init(const char *name);

/* Called when nobody uses the module any more, right before its memory goes. It may block: other
 * threads may run. */
void module_exit(void);

#elif defined(MEGHA_KERNEL)

#define KERNEL_EXPORT(exported) EXPORT_IN(".exports", export_of_, exported)

#else /* unit tests on the host */

#define KERNEL_EXPORT(exported) _Static_assert(sizeof(&(exported)) != 0, "it exists")

#endif

#endif
