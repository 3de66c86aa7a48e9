/*
 * For programs that test: does everything come back?
 *
 *     struct memory_info before = counts_take();
 *     ...
 *     check(counts_same(&before), "all comes back");
 */
#ifndef MEGHA_COUNTS_H
#define MEGHA_COUNTS_H

#include <megha.h>
#include <stdbool.h>
#include <stdio.h>

#define COUNTS_PATIENCE_MS 2000 /* init may still have to wait for orphans */

static inline struct memory_info counts_take(void)
{
    struct memory_info now = {.total = 0};
    memory_info(&now);
    return now;
}

static inline bool counts_equal(const struct memory_info *a, const struct memory_info *b)
{
    return a->free == b->free && a->kernel == b->kernel && a->files == b->files &&
           a->stacks == b->stacks && a->tables == b->tables && a->user == b->user &&
           a->heap_bytes == b->heap_bytes && a->processes == b->processes &&
           a->threads == b->threads;
}

static inline void counts_print(const char *when, const struct memory_info *counts)
{
    printf("%s: pages free %lu, kernel %lu, stacks %lu, tables %lu, user %lu; heap %lu bytes; "
           "%lu processes, %lu threads\n",
           when, (unsigned long)counts->free, (unsigned long)counts->kernel,
           (unsigned long)counts->stacks, (unsigned long)counts->tables,
           (unsigned long)counts->user, (unsigned long)counts->heap_bytes,
           (unsigned long)counts->processes, (unsigned long)counts->threads);
}

/* Whether all counts are, or soon become, what they were; prints both if not. */
static inline bool counts_same(const struct memory_info *before)
{
    struct memory_info now = counts_take();
    for (int waited = 0; !counts_equal(before, &now) && waited < COUNTS_PATIENCE_MS; waited += 10) {
        thread_sleep(10);
        now = counts_take();
    }
    if (counts_equal(before, &now))
        return true;
    counts_print("before", before);
    counts_print("after", &now);
    return false;
}

#endif
