/*
 * Time-outs: what happens at a time. However many programs start, the work of one tick is bounded,
 * and those of a higher priority are served first.
 *
 * There is a tree for each priority, a leftist heap: no deadline comes before the one above it, so
 * the earliest is at the root. Two trees are merged along their right spines, and a node's longer
 * spine is always on its left:
 *
 *              10
 *            /    \            distance: how many nodes the right spine has, from here down
 *          12      30          10: 2, 12: 2, 30: 1, 40: 1, 17: 1
 *         /  \
 *       40    17
 *
 * So the right spine of n nodes has at most log2(n + 1): 12 where every thread of the machine
 * waits. Starting is a merge with one node, stopping one of both children.
 */
#include "sched_private.h"

#include <kernel/export.h>
#include <lib/divide.h>

/* In steps of a merge, which ending a wait takes several times. */
#define SHARE_OF_TICK 320
#define PRICE_OF_FIRE 6

static struct timeout *roots[PRIORITY_LEVELS];
static uint32_t running; /* bit n: roots[n] is not empty */
static uint32_t steps;   /* of merges, for the account of a tick */
static uint64_t tick_ms;
static bool is_behind;
static uint64_t (*clock)(void);

void timeouts_start(uint64_t (*microseconds)(void))
{
    clock = microseconds;
}

/* ---- Trees -------------------------------------------------------------------------------------
 */

static uint32_t distance_of(const struct timeout *tree)
{
    return tree ? tree->distance : 0;
}

/* Puts the longer spine on the left. Returns whether the distance is another one now. */
static bool balance(struct timeout *tree)
{
    uint32_t before = tree->distance;
    struct timeout *left = tree->left;

    if (distance_of(left) < distance_of(tree->right)) {
        tree->left = tree->right;
        tree->right = left;
    }
    tree->distance = distance_of(tree->right) + 1;
    return tree->distance != before;
}

/* The calls nest as deep as both right spines together. */
static struct timeout *merge(struct timeout *tree, struct timeout *other)
{
    if (!tree || !other)
        return tree ? tree : other;
    if (other->deadline_ms < tree->deadline_ms) {
        struct timeout *later = tree;

        tree = other;
        other = later;
    }
    steps++;
    tree->right = merge(tree->right, other);
    tree->right->parent = tree;
    (void)balance(tree);
    return tree;
}

static void set_root(uint32_t priority, struct timeout *tree)
{
    roots[priority] = tree;
    if (tree) {
        tree->parent = NULL;
        running |= 1u << priority;
    } else {
        running &= ~(1u << priority);
    }
}

void timeout_take_out(struct timeout *timeout)
{
    struct timeout *rest = merge(timeout->left, timeout->right);
    struct timeout *parent = timeout->parent;

    timeout->distance = 0;
    if (!parent) {
        set_root(timeout->priority, rest);
        return;
    }
    if (rest)
        rest->parent = parent;
    if (parent->left == timeout)
        parent->left = rest;
    else
        parent->right = rest;
    while (parent && balance(parent))
        parent = parent->parent;
}

/* ---- Starting ----------------------------------------------------------------------------------
 */

void timeout_init(struct timeout *timeout, void (*fire)(struct timeout *timeout))
{
    timeout->distance = 0;
    timeout->fire = fire;
}
KERNEL_EXPORT(timeout_init);

/* From the clock, which may be ahead of the last tick, and rounded up: never too early. */
void timeout_start(struct timeout *timeout, uint32_t priority, uint32_t delay_ms)
{
    timeout->deadline_ms = divide_by_32(clock() + 999, 1000, NULL) + delay_ms;
    if (timeout->deadline_ms <= tick_ms)
        timeout->deadline_ms = tick_ms + 1;
    timeout->priority = priority;
    timeout->distance = 1;
    timeout->left = NULL;
    timeout->right = NULL;
    set_root(priority, merge(roots[priority], timeout));
}
KERNEL_EXPORT(timeout_start);

uint64_t sched_deadline(uint32_t timeout_ms)
{
    return timeout_ms == WAIT_FOREVER ? 0 : clock() + (uint64_t)timeout_ms * 1000;
}

uint32_t sched_time_left(uint64_t deadline)
{
    uint64_t now;

    if (deadline == 0)
        return WAIT_FOREVER;
    now = clock();
    return now < deadline ? (uint32_t)((deadline - now + 999) / 1000) : 0;
}

/* ---- Serving -----------------------------------------------------------------------------------
 */

/* Of the highest priority that has one that is due; NULL where nobody has. */
static struct timeout *find_due(void)
{
    for (uint32_t levels = running; levels;) {
        uint32_t level = 31 - (uint32_t)__builtin_clz(levels);

        if (roots[level]->deadline_ms <= tick_ms)
            return roots[level];
        levels &= ~(1u << level);
    }
    return NULL;
}

static void serve(void)
{
    uint32_t fired = 0;

    steps = 0;
    is_behind = false;
    for (;;) {
        struct timeout *timeout = find_due();

        if (!timeout)
            return;
        if (steps + fired * PRICE_OF_FIRE >= SHARE_OF_TICK)
            break;
        timeout_take_out(timeout);
        timeout->fire(timeout);
        fired++;
    }
    is_behind = true;
}

bool timeouts_catch_up(void)
{
    if (is_behind)
        serve();
    return is_behind;
}

/* Ticks may have been lost while interrupts were off: the clock says what is due. */
void sched_tick(uint64_t milliseconds)
{
    uint64_t passed = milliseconds - tick_ms;

    tick_ms = milliseconds;
    serve();
    if (passed)
        sched_charge(passed < QUANTUM_MAX_MS ? (uint32_t)passed : QUANTUM_MAX_MS);
}
