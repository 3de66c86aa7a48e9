/* Between the files of the storm: storm.c, and storm_messages.c for time-outs, ports and messages.
 */
#ifndef BENCH_STORM_H
#define BENCH_STORM_H

#include "bench.h"

#include <megha.h>

#define CROWD        5000
#define THREADS_EACH 500
#define PROCESSES    (CROWD / THREADS_EACH)
#define FOR_LONG     (WAIT_FOREVER - 1)
#define PATIENCE_MS  60000
#define SETTLED_MS   1500 /* all of a crowd wait by then */

uint32_t now_ms(void); /* rounded up */

/* Starts a process of this program that plays the role; its pid or an error. end_all ends it. */
int start(const char *role, uint32_t first, uint32_t second);

/* Starts PROCESSES of them. */
int start_crowd(const char *role, uint32_t first, uint32_t second);

/* Pids of those that were started. */
extern int started[PROCESSES + 2];
extern uint32_t started_count;

/* Plays the role in a process of its own and waits for its end. */
int run_alone(const char *role);

/* Kills all that were started and waits for them. */
int end_all(void);

/* What the role was started with. */
extern uint32_t given[2];

/* Starts so many threads of this process, and then only waits. */
int start_threads(int (*function)(void *), uint32_t count);

/* Parts and roles of storm_messages.c. */
int be_sleepers(void);
int be_callers(void);
int be_server(void);
int be_finders(void);
int be_port_maker(void);
int be_bad_senders(void);
int be_senders(void);
int be_chain(void);
int be_largest_server(void);
int let_sleepers_wake(void);
int time_out_at_one_server(void);
int time_out_at_many_servers(void);
int kill_callers(void);
int kill_their_server(void);
int fill_the_table_of_ports(void);
int receive_from_bad_senders(void);
int close_a_full_port(void);
int exchange_the_largest(void);
char *map(uint32_t size);

#endif
