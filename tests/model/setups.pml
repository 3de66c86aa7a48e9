
/*
 * ---- The set-ups --------------------------------------------------------------------------------
 *
 * SETUP says which thread is in which process, who owns the ports, and who calls whom. PRIORITIES
 * are the threads' own priorities, thread 2 first: 123 makes thread 0 the most urgent one.
 */

#if SETUP == 1 /* a chain: thread 0 calls both servers, and server 1 calls server 2 */
#define PROCESS(t)     (t)
#define OWNER(p)       (1 + (p))
#define MAY_CALL(t, p) ((t) <= (p))
#elif SETUP == 2 /* two clients, and one server with both ports */
#define PROCESS(t)     (t)
#define OWNER(p)       2
#define MAY_CALL(t, p) ((t) != 2)
#elif SETUP == 3 /* one client, and two threads of one process that serve both ports */
#define PROCESS(t)     ((t) != 0)
#define OWNER(p)       1
#define MAY_CALL(t, p) ((t) == 0)
#elif SETUP == 4 /* as 1, but everybody calls everybody: circles of servers, a server of itself */
#define PROCESS(t)     (t)
#define OWNER(p)       (1 + (p))
#define MAY_CALL(t, p) true
#else
#error "no such SETUP: say -DSETUP=1, 2, 3 or 4"
#endif

#ifndef PRIORITIES
#error "no PRIORITIES: say -DPRIORITIES=123, for example"
#endif

#define OWNS(t, p) (PROCESS(t) == OWNER(p))

inline set_up(t, own_priority)
{
    thread[t].base_priority = own_priority;
    thread[t].runs_at = own_priority;
    number[t] = NOWHERE;
    threads_alive[PROCESS(t)]++
}
