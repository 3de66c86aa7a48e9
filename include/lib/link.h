/* A doubly linked ring through its head: joining and leaving take constant time. */
#ifndef LIB_LINK_H
#define LIB_LINK_H

#include <stdbool.h>
#include <stddef.h>

struct link {
    struct link *next;
    struct link *previous;
};

/* Tells that the ring at `link` is damaged and does not return; who uses rings provides it. */
void link_broken(const struct link *link) __attribute__((noreturn));

/* A head without items, or an item in no ring. */
static inline void link_init(struct link *link)
{
    link->next = link;
    link->previous = link;
}

/* For a head: no items. For an item: in no ring. */
static inline bool link_alone(const struct link *link)
{
    return link->next == link;
}

/* Both neighbours have to point back: what was written over, freed or linked twice does not. */
static inline void link_check(const struct link *link)
{
    if (link->previous->next != link || link->next->previous != link)
        link_broken(link);
}

/*
 * link_append and link_remove without the check, for the scheduler's own rings, where it would cost
 * a tenth of a yield. The checked kernel checks these, too.
 */
static inline void link_append_fast(struct link *head, struct link *item)
{
#ifdef MEGHA_CHECKED
    link_check(head);
#endif
    item->next = head;
    item->previous = head->previous;
    head->previous->next = item;
    head->previous = item;
}

static inline void link_remove_fast(struct link *item)
{
#ifdef MEGHA_CHECKED
    link_check(item);
#endif
    item->previous->next = item->next;
    item->next->previous = item->previous;
    link_init(item);
}

/* Adds an item that is in no ring as the last. */
static inline void link_append(struct link *head, struct link *item)
{
    link_check(head);
    link_append_fast(head, item);
}

/* Leaves its ring; an item in no ring may leave as well. */
static inline void link_remove(struct link *item)
{
    link_check(item);
    link_remove_fast(item);
}

/* Appends all items of another head, in their order. */
static inline void link_append_all(struct link *head, struct link *other)
{
    struct link *first = other->next, *last = other->previous;

    if (link_alone(other))
        return;
    first->previous = head->previous;
    head->previous->next = first;
    last->next = head;
    head->previous = last;
    link_init(other);
}

/* The structure that holds a link as `member`. */
#define LINK_OWNER(item, type, member) ((type *)(void *)((char *)(item)-offsetof(type, member)))

/* Walks a ring; `item` may leave it in the body. */
#define LINK_EACH(head, item, following)                                                           \
    for (struct link *item = (head)->next, *following = item->next; item != (head);                \
         item = following, following = item->next)

#endif
