/*
 * Events: what a process is told without asking each time. The queue is bounded: equal events that
 * wait together are one with a count, and what finds no room is refused, or, where it may not be
 * lost, told less exactly.
 */
#include "process_private.h"

#include <abi/errors.h>
#include <lib/divide.h>

void events_init(struct process *process)
{
    wait_queue_init(&process->events.waiters);
    timeout_init(&process->timer.timeout, timer_fire);
}

static struct event *find_equal(struct event_queue *queue, uint32_t kind, int32_t source,
                                uint32_t value)
{
    for (uint32_t i = 0; i < queue->count; i++) {
        struct event *event = &queue->events[i];

        if (event->kind == kind && event->source == source && event->value == value)
            return event;
    }
    return NULL;
}

int event_put(struct process *process, uint32_t kind, int32_t source, uint32_t value)
{
    struct event_queue *queue = &process->events;
    struct event *event = find_equal(queue, kind, source, value);

    if (event) {
        if (event->count != UINT32_MAX)
            event->count++;
        return 0;
    }
    if (queue->count == EVENTS_MAX)
        return ERR_LIMIT;
    queue->events[queue->count++] =
        (struct event){.kind = kind, .source = source, .value = value, .count = 1};
    sched_wake_one(&queue->waiters, 0);
    return 0;
}

/* The last place of a full queue tells of a child that ended without saying which: process_wait
 * with ANY_CHILD does. */
void event_child_ended(struct process *parent, int32_t pid)
{
    struct event_queue *queue = &parent->events;

    if (event_put(parent, EVENT_CHILD_ENDED, pid, 0) == 0)
        return;
    queue->events[EVENTS_MAX - 1] =
        (struct event){.kind = EVENT_CHILD_ENDED, .source = ANY_CHILD, .count = 1};
}

static void take_first(struct event_queue *queue, struct event *event)
{
    *event = queue->events[0];
    queue->count--;
    for (uint32_t i = 0; i < queue->count; i++)
        queue->events[i] = queue->events[i + 1];
}

/* The timer goes on in its rhythm. The periods that have passed since it fired count as well. */
static void timer_go_on(struct timer *timer, struct event_queue *queue, struct event *taken)
{
    bool is_taken = taken->kind == EVENT_TIMER && taken->value == timer->value;
    struct event *event = is_taken ? taken : find_equal(queue, EVENT_TIMER, 0, timer->value);
    uint64_t now_ms = divide_by_32(sched_deadline(0), 1000, NULL);
    uint64_t late = now_ms - timer->timeout.deadline_ms;
    uint32_t rest;

    if (now_ms < timer->timeout.deadline_ms)
        late = 0;
    late = divide_by_32(late, timer->period_ms, &rest);
    if (event)
        event->count += (uint32_t)late;
    timer->rests = false;
    timeout_start(&timer->timeout, process_current()->priority, timer->period_ms - rest - 1);
}

int event_take(struct event *event, uint32_t timeout_ms)
{
    struct event_queue *queue = &process_current()->events;
    uint64_t deadline = sched_deadline(timeout_ms);

    while (queue->count == 0) {
        int error = sched_block(&queue->waiters, sched_time_left(deadline));

        if (error < 0)
            return error;
    }
    take_first(queue, event);
    if (process_current()->timer.rests)
        timer_go_on(&process_current()->timer, queue, event);
    return 0;
}

/* In interrupt context, and so only once for each event that the process takes: else processes of
 * any priority could keep the machine busy with their timers. */
void timer_fire(struct timeout *timeout)
{
    struct timer *timer = LINK_OWNER(timeout, struct timer, timeout);
    struct process *process = LINK_OWNER(timer, struct process, timer);

    (void)event_put(process, EVENT_TIMER, 0, timer->value);
    timer->rests = timer->period_ms != 0;
}

void timer_set(uint32_t delay_ms, uint32_t period_ms, uint32_t value)
{
    struct timer *timer = &process_current()->timer;

    timeout_stop(&timer->timeout);
    timer->period_ms = period_ms;
    timer->value = value;
    timer->rests = false;
    if (delay_ms)
        timeout_start(&timer->timeout, process_current()->priority, delay_ms);
}
