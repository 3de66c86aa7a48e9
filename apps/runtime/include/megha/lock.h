/* A lock for threads of one process, in any ring. Zero is unlocked. Meant for short stretches: who
 * waits for it gives up the processor again and again. */
#ifndef MEGHA_LOCK_H
#define MEGHA_LOCK_H

#include <megha.h>

struct lock {
    int taken;
};

static inline void lock_take(struct lock *lock)
{
    while (__atomic_exchange_n(&lock->taken, 1, __ATOMIC_ACQUIRE) != 0)
        thread_yield();
}

static inline void lock_release(struct lock *lock)
{
    __atomic_store_n(&lock->taken, 0, __ATOMIC_RELEASE);
}

#endif
